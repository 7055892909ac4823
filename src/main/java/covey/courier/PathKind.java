package covey.courier;

/** How a message can travel to another device now. */
public enum PathKind {
    /** A connection between the two devices. */
    DIRECT,
    /** Through the hub, live. */
    RELAY,
    /** Through the mailbox: only what comes in says so. */
    MAIL,
    /** Not at all at this moment: what cannot wait goes to the mailbox. */
    NONE
}
