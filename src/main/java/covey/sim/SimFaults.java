package covey.sim;

/**
 * How badly the network behaves. Rates are probabilities from 0 to 1.
 *
 * @param latencyMillisMin one way, each frame
 * @param latencyMillisMax one way; frames of one connection stay in order, those of different connections need not
 * @param relayLoss a relayed frame disappears at the hub (it is soft state there)
 * @param relayDoubled a relayed frame arrives twice
 * @param cut a frame's connection breaks before it arrives; all that was under way on it is lost
 * @param dialFailure an attempt to connect fails
 */
public record SimFaults(
        double latencyMillisMin,
        double latencyMillisMax,
        double relayLoss,
        double relayDoubled,
        double cut,
        double dialFailure) {
    /** A quiet local network. */
    public static SimFaults none() {
        return new SimFaults(0.1, 0.3, 0, 0, 0, 0);
    }

    /** Everything goes wrong now and then. */
    public static SimFaults rough() {
        return new SimFaults(0.1, 40, 0.05, 0.05, 0.002, 0.1);
    }
}
