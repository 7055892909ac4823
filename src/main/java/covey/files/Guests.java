package covey.files;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import covey.catalog.Tickets;
import covey.chat.Answer;
import covey.content.ContentId;
import covey.exchange.FetchPorts;
import covey.exchange.Server;
import covey.identity.UntrustedException;
import covey.peer.PeerNode;
import covey.transfer.Offers;
import covey.transfer.Sharing;
import covey.transfer.Transfer;
import covey.wire.DeviceId;
import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.Share;
import covey.wire.proto.SignedTicket;
import covey.wire.proto.Sources;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may have which content from this device, and where this device may ask for it. Any thread but the loop, which it
 * asks and waits for.
 */
final class Guests implements Server.Permission {
    private static final Logger log = LoggerFactory.getLogger(Guests.class);

    /** While the hub is away and nobody else is known. */
    private static final long HUB_AGAIN_MILLIS = 1_000;

    private final PeerNode node;
    private final Offers offers;
    private final Sharing sharing;
    private final Finder finder;
    private final Inquiry inquiry;

    Guests(PeerNode node, Offers offers, Sharing sharing, Finder finder) {
        this.node = node;
        this.offers = offers;
        this.sharing = sharing;
        this.finder = finder;
        this.inquiry = new Inquiry(node);
    }

    /**
     * A device of the directory may fetch what was offered to its account or to a room that it is in, and whatever a
     * hub signed a ticket for. With no hub, this device's shares are open to whom the directory shows.
     */
    @Override
    public Optional<String> refusal(DeviceId device, ContentId content, ByteString ticket) {
        try {
            return judged(device, content, ticket);
        } catch (WireException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private Optional<String> judged(DeviceId device, ContentId content, ByteString ticket) {
        Optional<String> account = node.directory().isActive(device)
                ? node.directory().accountOf(device).map(known -> known.name())
                : Optional.empty();
        if (account.isEmpty()) {
            return Optional.of("the device is not in this network's directory, or was revoked");
        }
        String person = account.get();
        if (person.equals(node.account())) {
            return Optional.empty();
        }
        boolean isBlocked = inquiry.<Boolean>loop(answer -> answer.complete(node.isBlocked(person)));
        if (isBlocked) {
            return Optional.of("it is not for @" + person);
        }
        List<String> rooms = new ArrayList<>();
        for (String receiver : offers.receivers(content)) {
            if (receiver.equals("@" + person)) {
                return Optional.empty();
            }
            if (receiver.startsWith("#")) {
                rooms.add(receiver);
            }
        }
        Optional<String> why = ticket.isEmpty()
                ? Optional.of("it was not offered to @" + person + ", and there is no ticket of a hub")
                : wrongWith(ticket, device, content);
        boolean isHubAway =
                inquiry.<Boolean>loop(answer -> answer.complete(!node.hub().isConnected()));
        if (why.isPresent() && isHubAway && isShared(content, person, rooms)) {
            return Optional.empty();
        }
        return why.isPresent() && rooms.stream().anyMatch(room -> isIn(room, person)) ? Optional.empty() : why;
    }

    private Optional<String> wrongWith(ByteString ticket, DeviceId device, ContentId content) {
        try {
            Tickets.verify(
                    SignedTicket.parseFrom(ticket),
                    node.trusted(),
                    device,
                    ByteString.copyFrom(content.toBytes()),
                    node.env().clock().wallMillis());
            return Optional.empty();
        } catch (UntrustedException | InvalidProtocolBufferException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /** Adds rooms that it is shared with. */
    private boolean isShared(ContentId content, String person, List<String> rooms) {
        for (Share share : sharing.sharesOf(content)) {
            switch (share.getAudienceCase()) {
                case AUDIENCE_NOT_SET -> {
                    return true;
                }
                case ACCOUNT -> {
                    if (share.getAccount().equals(person)) {
                        return true;
                    }
                }
                case ROOM -> sharing.roomName(share).ifPresent(rooms::add);
            }
        }
        return false;
    }

    /** As far as it is known here. */
    private boolean isIn(String room, String person) {
        return inquiry.<Boolean>loop(answer -> node.chat()
                .room(
                        room,
                        Answer.of(
                                known -> answer.complete(known.members().contains(person)),
                                why -> answer.complete(false))));
    }

    /**
     * Those whom the hub names, who gave some of it before, the devices of whoever offered it, and the own other ones.
     * While nobody is known and no hub can be asked, this waits: the hub may come back.
     */
    FetchPorts.Found sources(Transfer transfer, BooleanSupplier isOver) {
        while (true) {
            Set<DeviceId> devices = known(transfer);
            try {
                Sources told = finder.sources(transfer.content());
                if (transfer.only().isEmpty()) {
                    told.getSourcesList().stream()
                            .filter(source -> source.getDevice().size() == DeviceId.BYTES)
                            .forEach(source -> devices.add(DeviceId.of(source.getDevice())));
                    devices.remove(node.keys().id());
                }
                return new FetchPorts.Found(
                        List.copyOf(devices),
                        told.hasTicket() ? told.getTicket().toByteString() : ByteString.EMPTY);
            } catch (WireException e) {
                log.debug("the hub names no sources why=\"{}\"", e.getMessage());
                boolean isHubAway = e.code() == ErrorCode.UNREACHABLE || e.code() == ErrorCode.BUSY;
                if (!isHubAway || !devices.isEmpty() || isOver.getAsBoolean()) {
                    return new FetchPorts.Found(List.copyOf(devices), ByteString.EMPTY);
                }
            }
            if (isOver.getAsBoolean() || !waited()) {
                return new FetchPorts.Found(List.of(), ByteString.EMPTY);
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
