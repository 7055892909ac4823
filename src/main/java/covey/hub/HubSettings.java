package covey.hub;

import covey.transport.Transport.Address;
import covey.wire.proto.RegistrationPolicy;

/**
 * Settings of one hub.
 *
 * @param listen where devices connect; port 0 takes any free port
 * @param networkName shown to people, at most 64 characters
 * @param registration policy of a new network; later changed by command
 * @param software version text sent in HELLO_REPLY
 */
public record HubSettings(Address listen, String networkName, RegistrationPolicy registration, String software) {
    /** The port of a hub, also when it shares it with a peer (`covey up`). */
    public static final int DEFAULT_PORT = 7440;

    public static final int NETWORK_NAME_CHARS_MAX = 64;

    public HubSettings {
        if (networkName.isBlank() || networkName.length() > NETWORK_NAME_CHARS_MAX) {
            throw new IllegalArgumentException(
                    "network name: '" + networkName + "' (expected: 1 to " + NETWORK_NAME_CHARS_MAX + " characters)");
        }
    }
}
