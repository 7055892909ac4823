package covey.wire;

/** Every limit of the protocol, with its reason. Checked at the edge, before anything is parsed or stored. */
public final class Limits {
    /** Control frames stay small so that no message waits long behind another on one connection. */
    public static final int CONTROL_FRAME_BYTES_MAX = 16 * 1024;

    /**
     * Payloads on bulk connections, where nothing small waits behind them: large enough that frames cost nothing, small
     * enough that a block's first part goes on before its last one comes.
     */
    public static final int BULK_PAYLOAD_BYTES_MAX = 256 * 1024;

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

    /** Ids of messages, posts and keys, and nonces: drawn at random, never twice in the life of a network. */
    public static final int ID_BYTES = 16;

    /** Ids in one receipt: it must fit an envelope. */
    public static final int RECEIPT_IDS_MAX = 200;

    /** SHA-256: networks, devices, roots, hashes of secrets. */
    public static final int HASH_BYTES = 32;

    /** Ids of rooms: random, or a short word for the one that everybody is in. */
    public static final int ROOM_ID_BYTES_MAX = 32;

    /** SubjectPublicKeyInfo of a P-256 key has 91 bytes; room for another algorithm. */
    public static final int PUBLIC_KEY_BYTES_MAX = 256;

    /** An ECDSA signature over P-256 has at most 72 bytes, Ed25519 has 64. */
    public static final int SIGNATURE_BYTES_MAX = 80;

    /** ML-KEM-768 (FIPS 203). */
    public static final int ML_KEM_CIPHERTEXT_BYTES = 1_088;

    public static final int ML_KEM_PUBLIC_BYTES = 1_184;

    public static final int X25519_BYTES = 32;

    /** A token's secret has 16 bytes; room for a longer one. */
    public static final int SECRET_BYTES_MAX = 64;

    /** A PHC string of Argon2id has about 100 characters. */
    public static final int PASSWORD_HASH_BYTES_MAX = 256;

    /** What is said with an error or a farewell: a few lines of a terminal. */
    public static final int SENTENCE_BYTES_MAX = 4 * 1024;

    /** A DNS name has at most 253 characters, an IPv6 literal with its zone 64. */
    public static final int ADDRESS_BYTES_MAX = 280;

    /** Name and version of a program. */
    public static final int SOFTWARE_BYTES_MAX = 64;

    /** Hubs of one network: Raft over more gains nothing. */
    public static final int HUBS_MAX = 9;

    /** Rosters one after the other, from the first on. */
    public static final int ROSTER_CHAIN_MAX = 256;

    /** Each costs a check, before the other side has proved anything: the hubs' of two rosters and the root key's. */
    public static final int ROSTER_SIGNATURES_MAX = 2 * HUBS_MAX + 1;

    /** How long mail, posts and what opens them are kept. */
    public static final long MAIL_LIFETIME_MILLIS = 30L * 24 * 60 * 60 * 1000;

    /** Ids are remembered longer than a prekey or a mail may live. */
    public static final long SEEN_MILLIS = MAIL_LIFETIME_MILLIS * 3 / 2;

    /** Labels of a token or machine. */
    public static final int LABELS_MAX = 16;

    public static final int LABEL_CHARS_MAX = 64;

    /** The number of the algorithm and a SHA-256. */
    public static final int CONTENT_ID_BYTES = 1 + HASH_BYTES;

    /** Devices that a ticket is for: more than a fetch asks. */
    public static final int TICKET_HOLDERS_MAX = 100;

    /** These, a few more ids, a time and a signature; room for another form. */
    public static final int TICKET_BYTES_MAX = 4096;

    /** Blocks of one content: their bit set has 512 KiB. */
    public static final int BLOCKS_MAX = 4 * 1024 * 1024;

    /** Part of a manifest or block layer in one bulk frame, with room for what is around it. */
    public static final int HASH_PIECE_BYTES_MAX = 192 * 1024;

    /** Blocks named in one WANT: more than anybody keeps asked for at once. */
    public static final int WANTED_BLOCKS_MAX = 256;

    /** Runs in one HAVE: even long ones fit a bulk frame. */
    public static final int HAVE_RUNS_MAX = 16 * 1024;

    /** Names of one REGISTER or WITHDRAW: as many short ones as fit a bulk frame. */
    public static final int SHARES_PER_COMMAND_MAX = 4_096;

    /** Of what is shared, as of what is in a content: half of Linux' 4,096 for a path, 255 for a name. */
    public static final int SHARE_PATH_BYTES_MAX = 2_048;

    public static final int SHARE_NAME_BYTES_MAX = 255;

    /** Where a page of a listing or search goes on: a path and a few numbers. */
    public static final int PAGE_TOKEN_BYTES_MAX = SHARE_PATH_BYTES_MAX + 64;

    /** Protocol versions this build speaks: N and N-1. */
    public static final int PROTOCOL_VERSION = 1;

    public static final int PROTOCOL_VERSION_MIN = 1;

    private Limits() {}
}
