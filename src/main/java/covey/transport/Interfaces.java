package covey.transport;

import covey.transport.Transport.Address;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The machine's addresses, in the order in which others should try them. */
final class Interfaces {
    private static final Logger log = LoggerFactory.getLogger(Interfaces.class);

    private Interfaces() {}

    static List<Address> addresses(int port) {
        try {
            return NetworkInterface.networkInterfaces()
                    .filter(Interfaces::isUp)
                    .flatMap(NetworkInterface::inetAddresses)
                    .filter(address -> !isMeaninglessElsewhere(address))
                    .sorted(Comparator.comparingInt(Interfaces::rank))
                    .map(address -> new Address(text(address), port))
                    .distinct()
                    .toList();
        } catch (SocketException e) {
            log.warn("network interfaces cannot be listed", e);
            return List.of();
        }
    }

    private static boolean isUp(NetworkInterface network) {
        try {
            return network.isUp();
        } catch (SocketException e) {
            log.debug("interface gone name={}", network.getName(), e);
            return false;
        }
    }

    /** A link-local IPv6 address needs the zone of the machine that dials: told to others it leads nowhere. */
    private static boolean isMeaninglessElsewhere(InetAddress address) {
        boolean isV6LinkLocal = address.isLinkLocalAddress() && !(address instanceof Inet4Address);
        return isV6LinkLocal || address.isMulticastAddress() || address.isAnyLocalAddress();
    }

    private static int rank(InetAddress address) {
        List<Boolean> laterIf = new ArrayList<>();
        laterIf.add(address.isLoopbackAddress());
        laterIf.add(address.isLinkLocalAddress());
        laterIf.add(!address.isSiteLocalAddress());
        laterIf.add(!(address instanceof Inet4Address));
        int rank = 0;
        for (boolean later : laterIf) {
            rank = 2 * rank + (later ? 1 : 0);
        }
        return rank;
    }

    private static String text(InetAddress address) {
        return io.netty.util.NetUtil.toAddressString(address);
    }
}
