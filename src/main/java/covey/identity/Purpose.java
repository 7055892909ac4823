package covey.identity;

/** What a signature is for; its label is signed too, so that none can be used for another purpose. */
public enum Purpose {
    PREKEY("covey/prekey/1"),
    SESSION("covey/session/1"),
    ROOM_POST("covey/room/1"),
    ROOM_MEMBER("covey/room-member/1"),
    HEAD("covey/head/1"),
    ROSTER("covey/roster/1"),
    ENROL("covey/enrol/1"),
    TICKET("covey/ticket/1");

    private final String label;

    Purpose(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }
}
