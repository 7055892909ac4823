package covey.files;

import com.google.protobuf.ByteString;
import covey.exchange.FetchPorts;
import covey.peer.PeerNode;
import covey.transfer.Transfer;
import covey.wire.DeviceId;
import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.Sources;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where this device may ask for what it fetches. Any thread but the loop, which it asks and waits for. */
final class Hosts {
    private static final Logger log = LoggerFactory.getLogger(Hosts.class);

    /** While the hub is away and nobody else is known. */
    private static final long HUB_AGAIN_MILLIS = 1_000;

    private final PeerNode node;
    private final Finder finder;
    private final Inquiry inquiry;

    Hosts(PeerNode node, Finder finder) {
        this.node = node;
        this.finder = finder;
        this.inquiry = new Inquiry(node);
    }

    /**
     * Those whom the hub names, who gave some of it before, the devices of whoever offered it, and the own other ones.
     * While nobody is known and no hub can be asked, this waits: the hub may come back.
     */
    FetchPorts.Found of(Transfer transfer, BooleanSupplier isOver) {
        while (true) {
            Set<DeviceId> devices = known(transfer);
            try {
                Sources told = finder.sources(transfer.content());
                List<DeviceId> named = told.getSourcesList().stream()
                        .filter(source -> source.getDevice().size() == DeviceId.BYTES)
                        .map(source -> DeviceId.of(source.getDevice()))
                        .toList();
                if (transfer.only().isEmpty()) {
                    devices.addAll(named);
                    devices.remove(node.keys().id());
                }
                ByteString ticket = told.hasTicket() ? told.getTicket().toByteString() : ByteString.EMPTY;
                return new FetchPorts.Found(List.copyOf(devices), ticket, Set.copyOf(named), false);
            } catch (WireException e) {
                log.debug("the hub names no sources why=\"{}\"", e.getMessage());
                boolean isHubAway = e.code() == ErrorCode.UNREACHABLE || e.code() == ErrorCode.BUSY;
                if (!isHubAway || isOver.getAsBoolean()) {
                    return new FetchPorts.Found(List.copyOf(devices));
                }
                if (!devices.isEmpty()) {
                    return FetchPorts.Found.guess(List.copyOf(devices));
                }
            }
            if (isOver.getAsBoolean() || !waited()) {
                return new FetchPorts.Found(List.of());
            }
        }
    }

    /** False when the process is stopping. */
    private boolean waited() {
        try {
            return inquiry.<Boolean>loop(answer -> node.loop().schedule(HUB_AGAIN_MILLIS, () -> answer.complete(true)));
        } catch (WireException e) {
            log.debug("no more waiting for the hub why=\"{}\"", e.getMessage());
            return false;
        }
    }

    private Set<DeviceId> known(Transfer transfer) {
        Set<DeviceId> devices = new LinkedHashSet<>(transfer.only());
        if (devices.isEmpty()) {
            transfer.kept().getGiversList().forEach(device -> devices.add(DeviceId.of(device)));
            devicesOf(transfer.kept().getFrom(), devices);
            devicesOf(node.account(), devices);
            devices.remove(node.keys().id());
        }
        return devices;
    }

    private void devicesOf(String account, Set<DeviceId> devices) {
        if (!account.isEmpty()) {
            node.directory().activeDevices(account).forEach(device -> devices.add(device.id()));
        }
    }
}
