package covey.transport;

import covey.wire.Limits;

/** What is spoken on a connection; chosen by ALPN, so that one port may serve several roles, each with its own key. */
public enum Protocol {
    /** A device talks to a hub. */
    HUB("covey-hub/1"),
    /** A device talks to a device. */
    PEER("covey-peer/1"),
    /** A device fetches blocks from a device: on a connection of its own, so that messages never wait behind them. */
    BULK("covey-bulk/1"),
    /** A device and a hub, what is large: registering files, and blocks. */
    HUB_BULK("covey-hub-bulk/1");

    private final String alpn;

    Protocol(String alpn) {
        this.alpn = alpn;
    }

    public String alpn() {
        return alpn;
    }

    public boolean isBulk() {
        return this == BULK || this == HUB_BULK;
    }

    /** The largest payload of a frame. */
    public int payloadBytesMax() {
        return isBulk() ? Limits.BULK_PAYLOAD_BYTES_MAX : Limits.CONTROL_FRAME_BYTES_MAX;
    }
}
