package covey.files;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import covey.content.ContentId;
import covey.exchange.Server;
import covey.identity.UntrustedException;
import covey.wire.DeviceId;
import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.Share;
import covey.wire.proto.SignedTicket;
import covey.wire.proto.Ticket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Who may have which content from this device. What it shares or offers itself is for those it is shared with or
 * offered to, whatever a ticket says: anybody may claim to hold a content whose id they know, and so get a ticket for
 * it. What it only fetches is for those whose ticket names this device. Any thread but the loop, which is asked and
 * waited for.
 */
final class Guests implements Server.Permission {
    /** What the hub knows and this device does not yet is here by then. */
    private static final int AGAIN_MILLIS = 2_000;

    /** What the decision rests on. */
    interface House {
        DeviceId device();

        String account();

        /** Whose it is, if it may act. */
        Optional<String> accountOf(DeviceId device);

        boolean isBlocked(String account);

        boolean isHubAway();

        /** As far as it is known here. */
        boolean isMember(String room, String account);

        long directorySize();

        /** Soon, but not as often as strangers make it. */
        void askDirectory();

        /**
         * Throws {@link UntrustedException} with what is wrong with it.
         *
         * @param isBegun it was in its time when the fetch began
         */
        Ticket verified(SignedTicket ticket, DeviceId device, ContentId content, boolean isBegun);

        /** "@bob", "#lab". */
        List<String> offeredTo(ContentId content);

        /** What is shared now. */
        List<Share> sharesOf(ContentId content);

        /** Of a share to a room. */
        Optional<String> roomName(Share share);

        /**
         * Whether it is fetched here, or was a moment ago: the hub tells others of it.
         *
         * @param isBegun or ever was
         */
        boolean isFetched(ContentId content, boolean isBegun);
    }

    private final House house;

    Guests(House house) {
        this.house = house;
    }

    /** One who asks, or is served already, and the ticket shown, or what is wrong with it. */
    private record Guest(DeviceId device, boolean isBegun, Optional<Ticket> ticket, String fault) {}

    @Override
    public boolean isKnown(DeviceId device) {
        return house.accountOf(device).isPresent();
    }

    @Override
    public Optional<Server.Refusal> refusal(DeviceId device, ContentId content, ByteString ticket, boolean isBegun) {
        try {
            return judged(seen(device, content, ticket, isBegun), content);
        } catch (WireException e) {
            return refused(String.valueOf(e.getMessage()));
        }
    }

    private Guest seen(DeviceId device, ContentId content, ByteString ticket, boolean isBegun) {
        if (ticket.isEmpty()) {
            return new Guest(device, isBegun, Optional.empty(), "there is no ticket of a hub");
        }
        try {
            Ticket verified = house.verified(SignedTicket.parseFrom(ticket), device, content, isBegun);
            return new Guest(device, isBegun, Optional.of(verified), "");
        } catch (UntrustedException | InvalidProtocolBufferException e) {
            return new Guest(device, isBegun, Optional.empty(), String.valueOf(e.getMessage()));
        }
    }

    private Optional<Server.Refusal> judged(Guest guest, ContentId content) {
        Optional<String> account = house.accountOf(guest.device);
        if (account.isEmpty()) {
            boolean isNews = guest.ticket
                    .map(Ticket::getDirectorySize)
                    .filter(size -> size > house.directorySize())
                    .isPresent();
            if (isNews) {
                house.askDirectory();
            }
            return refused("the device is not in this network's directory, or was revoked", isNews ? AGAIN_MILLIS : 0);
        }
        String person = account.get();
        if (person.equals(house.account())) {
            return Optional.empty();
        }
        if (house.isBlocked(person)) {
            return refused("it is not for @" + person);
        }
        if (isAmong(house.offeredTo(content), person)) {
            return Optional.empty();
        }
        List<Share> shares = house.sharesOf(content);
        return shares.isEmpty() ? ofFetched(guest, content, person) : ofShared(guest, shares, person);
    }

    /** The hub is asked first, and this device's own word is the last. */
    private Optional<Server.Refusal> ofShared(Guest guest, List<Share> shares, String person) {
        // What began while the hub was away goes on when it is back.
        if (guest.ticket.isEmpty() && !guest.isBegun && !house.isHubAway()) {
            return withoutTicket(guest, person);
        }
        List<String> receivers = new ArrayList<>();
        for (Share share : shares) {
            switch (share.getAudienceCase()) {
                case AUDIENCE_NOT_SET -> {
                    return Optional.empty();
                }
                case ACCOUNT -> receivers.add("@" + share.getAccount());
                case ROOM -> house.roomName(share).ifPresent(receivers::add);
            }
        }
        if (isAmong(receivers, person)) {
            return Optional.empty();
        }
        // Who joined the room a moment ago is known to the hub first.
        boolean isNews =
                isNamed(guest) && shares.stream().anyMatch(share -> share.getAudienceCase() == Share.AudienceCase.ROOM);
        return refused("it is not shared with @" + person, isNews ? AGAIN_MILLIS : 0);
    }

    private Optional<Server.Refusal> ofFetched(Guest guest, ContentId content, String person) {
        if (guest.ticket.isEmpty()) {
            return withoutTicket(guest, person);
        }
        boolean isOpen = isNamed(guest) && house.isFetched(content, guest.isBegun);
        return isOpen ? Optional.empty() : refused("this device does not share it with @" + person + " (any more)");
    }

    private Optional<Server.Refusal> withoutTicket(Guest guest, String person) {
        // This device's hub is here: the other's may only be on its way.
        ErrorCode code = house.isHubAway() ? ErrorCode.DENIED : ErrorCode.NOT_LOGGED_IN;
        String sentence = "it is not offered to @" + person + " (any more), and " + guest.fault;
        return Optional.of(new Server.Refusal(sentence, 0, code));
    }

    private boolean isNamed(Guest guest) {
        return guest.ticket
                .filter(ticket ->
                        ticket.getHoldersList().contains(house.device().toByteString()))
                .isPresent();
    }

    private boolean isAmong(List<String> receivers, String person) {
        return receivers.contains("@" + person)
                || receivers.stream().anyMatch(to -> to.startsWith("#") && house.isMember(to, person));
    }

    private static Optional<Server.Refusal> refused(String sentence) {
        return refused(sentence, 0);
    }

    private static Optional<Server.Refusal> refused(String sentence, int againMillis) {
        return Optional.of(new Server.Refusal(sentence, againMillis));
    }
}
