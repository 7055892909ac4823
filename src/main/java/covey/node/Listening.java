package covey.node;

import covey.transport.Probe;
import covey.transport.Transport;
import covey.transport.Transport.Address;
import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import java.util.List;
import java.util.Set;

/** Where a process listens, and what it tells others about that. */
final class Listening {
    private static final Set<String> EVERYWHERE = Set.of("*", "0.0.0.0", "::");
    private static final int ADVERTISED_MAX = 8;

    private Listening() {}

    static boolean isEverywhere(String host) {
        return EVERYWHERE.contains(host);
    }

    /** "*" as the address that takes IPv4 and IPv6 both, or IPv4 alone where the machine has no other. */
    static Address bindable(Address address, Transport transport) {
        if (!address.host().equals("*")) {
            return address;
        }
        boolean hasIpv6 = transport.localAddresses(0).stream()
                .anyMatch(local -> local.host().indexOf(':') >= 0);
        return new Address(hasIpv6 ? "::" : "0.0.0.0", address.port());
    }

    /** For messages: what to write instead of a wildcard. */
    static String shown(Address address) {
        return EVERYWHERE.contains(address.host()) ? "port " + address.port() : address.toString();
    }

    /** Before anything is made: a port in use is better told now than half-way. */
    static void requireFree(Address address, Setting setting) {
        Probe.listening(address).ifPresent(why -> {
            throw new WireException(
                    ErrorCode.CONFLICT,
                    "Nothing can listen at " + shown(address) + ": " + why
                            + Probe.holder(address.port())
                                    .map(who -> " (" + who + ")")
                                    .orElse("")
                            + ". Stop it, or choose another port with " + setting.flag() + " HOST:PORT.");
        });
    }

    /** Addresses that others are told: the owner's, else the one listened at, else those of the interfaces. */
    static List<Address> advertised(List<Address> byOwner, Address listen, Transport transport) {
        if (!byOwner.isEmpty()) {
            return byOwner;
        }
        if (!EVERYWHERE.contains(listen.host())) {
            return List.of(listen);
        }
        List<Address> all = transport.localAddresses(listen.port());
        List<Address> useful = all.stream()
                .filter(address -> !address.isLoopback())
                .limit(ADVERTISED_MAX)
                .toList();
        return useful.isEmpty() ? all : useful;
    }
}
