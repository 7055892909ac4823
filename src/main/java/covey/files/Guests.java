package covey.files;

import com.google.protobuf.ByteString;
import covey.chat.Answer;
import covey.content.ContentId;
import covey.peer.PeerNode;
import covey.swarm.FetchPorts;
import covey.swarm.Server;
import covey.transfer.Offers;
import covey.transfer.Transfer;
import covey.wire.DeviceId;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Who may have which content from this device, and where this device may ask for it. Any thread but the loop, which it
 * asks and waits for.
 */
final class Guests implements Server.Permission {
    private final PeerNode node;
    private final Offers offers;
    private final Inquiry inquiry;

    Guests(PeerNode node, Offers offers) {
        this.node = node;
        this.offers = offers;
        this.inquiry = new Inquiry(node);
    }

    /** A device of the directory may fetch what was offered to its account or to a room that it is in. */
    @Override
    public Optional<String> refusal(DeviceId device, ContentId content, ByteString ticket) {
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
        return rooms.stream().anyMatch(room -> isIn(room, person))
                ? Optional.empty()
                : Optional.of("it was not offered to @" + person);
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

    /** Who gave some of it before, the devices of whoever offered it, and the own other ones. */
    FetchPorts.Found sources(Transfer transfer) {
        return new FetchPorts.Found(List.copyOf(known(transfer)), ByteString.EMPTY);
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
