package covey.transport;

/** What is spoken on a connection; chosen by ALPN, so that one port may serve both roles. */
public enum Protocol {
    /** A device talks to a hub. */
    HUB("covey-hub/1"),
    /** A device talks to a device. */
    PEER("covey-peer/1");

    private final String alpn;

    Protocol(String alpn) {
        this.alpn = alpn;
    }

    public String alpn() {
        return alpn;
    }
}
