package covey.hub;

/** Bounds of a hub's soft state, each with its reason. What happens when one is reached stands beside its use. */
final class HubLimits {
    /** A connection that has not said HELLO by then is closed: strangers hold nothing for long. */
    static final int UNOPENED_MILLIS_MAX = 30_000;

    /** After HELLO somebody may be comparing the words of the hub's key, or typing a password. */
    static final int GREETED_MILLIS_MAX = 5 * 60_000;

    /** Connections without a session: 160 MB at most. All devices of a large network may come back at once. */
    static final int UNOPENED_MAX = 8_192;

    /** The same from one address, behind which may be a whole office. */
    static final int UNOPENED_PER_ADDRESS_MAX = 2_048;

    /** Peers ping every 10 s; three missed and a half mean that nobody is there. */
    static final int SILENT_MILLIS_MAX = 35_000;

    /** How often dead and unopened connections are looked for. */
    static final int SWEEP_MILLIS = 5_000;

    /** Requests of one session that wait for an answer; more are answered BUSY. */
    static final int REQUESTS_PER_SESSION_MAX = 64;

    /** Rooms of one session whose acknowledgements wait for the loop; more are dropped and sent again. */
    static final int ROOM_ACKS_WAITING_MAX = 1_024;

    /** A larger bit set of who is online comes after SESSION_OPEN_REPLY, as changes: it must fit a control frame. */
    static final int PRESENCE_SNAPSHOT_BYTES_MAX = 12 * 1024;

    /** Devices of one PRESENCE frame: 4 bytes each at most, so that it fits a control frame. */
    static final int PRESENCE_CHANGES_MAX = 3_500;

    /** Enrolments of one account in a day: each takes an index of the directory for ever. */
    static final int ENROLMENTS_PER_DAY_MAX = 50;

    /** Commands of one session in the log's queue; a client that pipelines deposits needs more of these. */
    static final int COMMANDS_PER_SESSION_MAX = 1_024;

    /** A revoked device may send on and on: after this its session ends whatever it still waits for. */
    static final int LAST_ANSWERS_MILLIS = 500;

    /** Frames of one bulk connection in the log's queue, 256 KiB each at most: enough for the next log entries. */
    static final int BULK_COMMANDS_WAITING_MAX = 16;

    /** A bulk connection on which nothing comes for this long is ended: whoever has more to say dials again. */
    static final int BULK_IDLE_MILLIS = 60_000;

    /** Changes of presence and new heads are told this long after the first of them, all together. */
    static final int PRESENCE_BATCH_MILLIS = 75;

    /** Payload of one MAIL or ROOM_ITEMS frame: leaves room for the header in a control frame. */
    static final int PUSH_FRAME_BYTES = 15 * 1024;

    /** Unacknowledged mail and room items in flight to one device. */
    static final int PUSH_WINDOW_BYTES = 64 * 1024;

    /** How far devices have read in rooms is written this often, for all of them in one command. */
    static final int CURSORS_MILLIS = 5_000;

    /** Cursors of one command: 80 bytes each, so about half of what one log entry takes. */
    static final int CURSORS_PER_COMMAND = 1_000;

    /** Pause before a device that never acknowledged what was pushed is sent it again. */
    static final int PUSH_AGAIN_MILLIS = 20_000;

    /** Rooms whose last index is remembered; of others it is read when it is needed. */
    static final int ROOMS_REMEMBERED_MAX = 4_096;

    /** Argon2id takes 19 MiB each: this many at once is 76 MiB at most, whatever strangers do. */
    static final int PASSWORD_CHECKS_AT_ONCE = 4;

    /** Waiting password checks; past it the answer is BUSY. */
    static final int PASSWORD_CHECKS_WAITING_MAX = 256;

    /** Wrong passwords of one who tries at one account before each further one has to wait. */
    static final int LOGIN_FAILURES_FREE = 5;

    /** Doubling starts here ... */
    static final int LOGIN_WAIT_MILLIS_FIRST = 1_000;

    /** ... and ends here. */
    static final int LOGIN_WAIT_MILLIS_MAX = 15 * 60_000;

    /** Wrong passwords of one account in an hour from where it never came from, before all such wait for each other. */
    static final int STRANGERS_FAILURES_FREE = 30;

    /** Neighbours behind one address are many people: what one fails at delays the others by no more. */
    static final int NEIGHBOURS_FAILURES_FREE = 20;

    static final int NEIGHBOURS_WAIT_MILLIS_MAX = 60_000;

    /** Addresses and devices remembered for having come in. */
    static final int KNOWN_TRIERS_MAX = 10_000;

    /** A device key seen twice: the older session has this long to answer a PING, or it is taken for dead. */
    static final int CLONE_CHECK_MILLIS = 1_500;

    /** Entries of one DIRECTORY_PAGE in bytes. */
    static final int DIRECTORY_PAGE_BYTES = 15 * 1024;

    /** Time passes in the state by a Tick this often: expiry of tokens and mail. */
    static final int TICK_MILLIS = 10_000;

    private HubLimits() {}
}
