package covey.files;

import com.google.protobuf.ByteString;
import covey.catalog.Tickets;
import covey.chat.Answer;
import covey.content.ContentId;
import covey.peer.PeerNode;
import covey.transfer.Offers;
import covey.transfer.Sharing;
import covey.wire.DeviceId;
import covey.wire.proto.Share;
import covey.wire.proto.SignedTicket;
import covey.wire.proto.Ticket;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;

/** What this peer knows of those who ask it for content. */
record PeerHouse(
        PeerNode node, Inquiry inquiry, Offers offers, Sharing sharing, BiPredicate<ContentId, Boolean> fetched)
        implements Guests.House {
    @Override
    public DeviceId device() {
        return node.keys().id();
    }

    @Override
    public String account() {
        return node.account();
    }

    @Override
    public Optional<String> accountOf(DeviceId device) {
        return node.directory().isActive(device)
                ? node.directory().accountOf(device).map(known -> known.name())
                : Optional.empty();
    }

    @Override
    public boolean isBlocked(String account) {
        return inquiry.<Boolean>loop(answer -> answer.complete(node.isBlocked(account)));
    }

    @Override
    public boolean isHubAway() {
        return inquiry.<Boolean>loop(answer -> answer.complete(!node.hub().isConnected()));
    }

    @Override
    public boolean isMember(String room, String account) {
        return inquiry.<Boolean>loop(answer -> node.chat()
                .room(
                        room,
                        Answer.of(
                                known -> answer.complete(known.members().contains(account)),
                                why -> answer.complete(false))));
    }

    @Override
    public long directorySize() {
        return node.directory().size();
    }

    @Override
    public void askDirectory() {
        node.askDirectory();
    }

    @Override
    public Ticket verified(SignedTicket ticket, DeviceId device, ContentId content, boolean isBegun) {
        ByteString id = ByteString.copyFrom(content.toBytes());
        return isBegun
                ? Tickets.verifyBegun(ticket, node.trusted(), device, id)
                : Tickets.verify(ticket, node.trusted(), device, id, node.hubMillis());
    }

    @Override
    public List<String> offeredTo(ContentId content) {
        return offers.receivers(content);
    }

    @Override
    public List<Share> sharesOf(ContentId content) {
        return sharing.sharesOf(content);
    }

    @Override
    public Optional<String> roomName(Share share) {
        return sharing.roomName(share);
    }

    @Override
    public boolean isFetched(ContentId content, boolean isBegun) {
        return fetched.test(content, isBegun);
    }
}
