package covey.peer;

/**
 * Where a peer stands with its hub.
 *
 * @param address last hub connected
 * @param sinceMillis wall time of the last change of phase
 * @param why a sentence, empty when connected
 */
public record HubStatus(Phase phase, String address, long sinceMillis, String why) {
    public enum Phase {
        CONNECTING,
        CONNECTED,
        /** No hub answers; trying on. */
        AWAY,
        /** A hub answers but does not take this device; trying on, rarely. */
        REFUSED
    }

    public boolean isConnected() {
        return phase == Phase.CONNECTED;
    }
}
