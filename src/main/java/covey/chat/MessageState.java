package covey.chat;

/**
 * How far a message of one's own has come. States only rise, but that a FAILED message may still turn out to be
 * delivered. What came in is DELIVERED, then READ.
 */
public enum MessageState {
    /** Stored here; the reason, when there is one, says what it waits for. */
    QUEUED,
    /** Stored at the hub: in the mailboxes of the receiver's devices, or in the room (where this is the last state). */
    STORED,
    /** Stored by a device of the receiver. */
    DELIVERED,
    /** Seen by the receiver. */
    READ,
    /** Will not arrive; the reason is a sentence. */
    FAILED;

    /** True when nothing more is awaited but that somebody reads it. */
    public boolean isSettled() {
        return this == DELIVERED || this == READ || this == FAILED;
    }
}
