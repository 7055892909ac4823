package covey.chat;

/**
 * How far a message of one's own has come. States only rise, but that a FAILED message may still turn out to be
 * delivered. What came in is DELIVERED, then READ.
 */
public enum MessageState {
    /** Stored here; the reason, when there is one, says what it waits for. */
    QUEUED(0),
    /** Stored at the hub: in the mailboxes of the receiver's devices, or in the room (where this is the last state). */
    STORED(1),
    /** Stored by a device of the receiver. */
    DELIVERED(2),
    /** Seen by the receiver. */
    READ(3),
    /** Will not arrive; the reason is a sentence. */
    FAILED(4);

    private final int number;

    MessageState(int number) {
        this.number = number;
    }

    /** As it is stored. */
    int number() {
        return number;
    }

    /** What a later version stored and this one does not know counts as QUEUED. */
    static MessageState of(int number) {
        for (MessageState state : values()) {
            if (state.number == number) {
                return state;
            }
        }
        return QUEUED;
    }

    /** True when nothing more is awaited but that somebody reads it. */
    public boolean isSettled() {
        return this == DELIVERED || this == READ || this == FAILED;
    }
}
