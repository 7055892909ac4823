package covey.peer;

import covey.transport.Transport.Address;
import java.util.List;
import java.util.Optional;

/**
 * How one peer presents itself.
 *
 * @param home folder shown by status, so that many homes on one machine are told apart
 * @param listen where direct links are accepted; empty = nowhere (or the process has its own listener, see
 *     {@link PeerNode#start(int)})
 * @param advertised addresses set by the owner, for machines behind a forwarded port
 * @param hubAddresses addresses typed or learned at enrolment, tried beside those of the roster
 */
public record PeerSettings(
        String deviceName,
        String version,
        String home,
        Optional<Address> listen,
        List<Address> advertised,
        List<Address> hubAddresses) {
    /** Port of direct links unless it is busy. */
    public static final int DEFAULT_PORT = 7441;

    public PeerSettings {
        advertised = List.copyOf(advertised);
        hubAddresses = List.copyOf(hubAddresses);
    }
}
