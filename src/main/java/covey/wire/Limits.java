package covey.wire;

/** Every limit of the protocol, with its reason. Checked at the edge, before anything is parsed or stored. */
public final class Limits {
    /** Control frames stay small so that no message waits long behind another on one connection. */
    public static final int CONTROL_FRAME_BYTES_MAX = 16 * 1024;

    /** A header holds a few numbers and one device id. */
    public static final int HEADER_BYTES_MAX = 256;

    /** A page of text; larger things are files. Leaves room for the envelope in a control frame. */
    public static final int TEXT_BYTES_MAX = 8 * 1024;

    /** One sealed message with its session header (1.3 KiB) in a control frame. */
    public static final int ENVELOPE_BYTES_MAX = 12 * 1024;

    /** Names of accounts: short enough for a screen column. */
    public static final int ACCOUNT_NAME_CHARS_MAX = 32;

    /** Names of rooms, with the '#'. */
    public static final int ROOM_NAME_CHARS_MAX = 48;

    public static final int DEVICE_NAME_CHARS_MAX = 64;

    /** Argon2id work must not depend on what a stranger sends. */
    public static final int PASSWORD_BYTES_MAX = 256;

    public static final int PASSWORD_CHARS_MIN = 8;

    /** Devices of one account: a deposit must fit a control frame. */
    public static final int DEVICES_PER_ACCOUNT_MAX = 8;

    /** Addresses one device may announce. */
    public static final int ENDPOINTS_MAX = 16;

    /** Members of one room. */
    public static final int ROOM_MEMBERS_MAX = 1_000;

    /** Protocol versions this build speaks: N and N-1. */
    public static final int PROTOCOL_VERSION = 1;

    public static final int PROTOCOL_VERSION_MIN = 1;

    private Limits() {}
}
