package covey.transport;

/**
 * Bounds of a transport. The defaults are for a hub of 10,000 devices.
 *
 * @param ioThreads event loops; 0 = one per processor
 * @param handshakeMillisMax a connection that has not finished TLS by then is closed
 * @param handshakesMax connections in TLS handshake; beyond, nothing is accepted until one is done
 * @param handshakesPerSourceMax the same for one IPv4 address or IPv6 /64; beyond, its new connections are closed
 * @param connectionsMax accepted connections; beyond, new ones are closed
 * @param lowWaterBytes unsent bytes below which a connection is writable again
 * @param highWaterBytes unsent bytes above which it is not writable
 * @param unsentBytesMax unsent bytes beyond which it is closed with TOO_SLOW
 * @param userTimeoutMillis sent bytes unacknowledged, or keepalives unanswered, for so long: the other side is gone
 */
public record TransportSettings(
        int ioThreads,
        int handshakeMillisMax,
        int handshakesMax,
        int handshakesPerSourceMax,
        int connectionsMax,
        int lowWaterBytes,
        int highWaterBytes,
        int unsentBytesMax,
        int userTimeoutMillis) {
    public TransportSettings {
        if (lowWaterBytes > highWaterBytes || highWaterBytes > unsentBytesMax || lowWaterBytes < 1) {
            throw new IllegalArgumentException("water marks: " + lowWaterBytes + ", " + highWaterBytes + ", "
                    + unsentBytesMax + " (expected: 0 < low <= high <= max)");
        }
    }

    public static TransportSettings defaults() {
        return new TransportSettings(0, 10_000, 1_024, 256, 20_000, 128 * 1024, 256 * 1024, 1024 * 1024, 30_000);
    }

    TransportSettings withHandshakes(int millisMax, int inAllMax, int perSourceMax) {
        return new TransportSettings(
                ioThreads,
                millisMax,
                inAllMax,
                perSourceMax,
                connectionsMax,
                lowWaterBytes,
                highWaterBytes,
                unsentBytesMax,
                userTimeoutMillis);
    }
}
