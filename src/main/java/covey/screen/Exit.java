package covey.screen;

/** What a command's exit code tells a script. */
public enum Exit {
    OK(0, "done"),
    FAILED(1, "failed"),
    USAGE(2, "wrong usage: unknown command, option or value"),
    NOT_FOUND(3, "not found: no such account, room, device or token"),
    DENIED(4, "denied, or not logged in"),
    UNREACHABLE(5, "not reachable: no covey process in this home, or no hub"),
    PARTIAL(6, "partly done"),
    DAMAGED(7, "refused as damaged or unverified"),
    OVER_LIMIT(8, "no space left, or over a limit"),
    INTERRUPTED(130, "interrupted by Ctrl-C (143: ended by SIGTERM)");

    private final int code;
    private final String meaning;

    Exit(int code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    public int code() {
        return code;
    }

    /** Every command may end so. */
    public boolean isOfAll() {
        return this == OK || this == FAILED || this == USAGE || this == INTERRUPTED;
    }

    public String meaning() {
        return meaning;
    }

    public CommandFailure because(String sentence) {
        return new CommandFailure(this, sentence);
    }

    /** That of another covey process; codes that none has mean that it failed. */
    public static Exit ofCode(int code) {
        for (Exit exit : values()) {
            if (exit.code == code && exit != OK) {
                return exit;
            }
        }
        return FAILED;
    }

    /** By the name of an {@code ErrorCode}; unknown ones come from a newer process. */
    public static Exit of(String kind) {
        return switch (kind) {
            case "BAD_REQUEST" -> USAGE;
            case "NOT_FOUND" -> NOT_FOUND;
            case "DENIED", "NOT_LOGGED_IN" -> DENIED;
            case "UNREACHABLE", "BUSY" -> UNREACHABLE;
            case "PARTIAL" -> PARTIAL;
            case "DAMAGED" -> DAMAGED;
            case "OVER_LIMIT" -> OVER_LIMIT;
            default -> FAILED;
        };
    }
}
