package covey.catalog;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import covey.env.Env;
import covey.identity.DeviceKeys;
import covey.identity.Purpose;
import covey.identity.Rosters;
import covey.identity.Signatures;
import covey.identity.UntrustedException;
import covey.wire.DeviceId;
import covey.wire.Limits;
import covey.wire.proto.SignedTicket;
import covey.wire.proto.Ticket;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The right of one device to fetch one content, signed by a hub. Signing takes a hub some 0.1 ms, so a ticket that is
 * good for long enough is given out again. Any thread; this object guards what was given out.
 */
public final class Tickets {
    /** Long enough to begin with; who goes on asks again. A revoked device has no longer than this. */
    public static final long LIFETIME_MILLIS = 15 * 60_000;

    /** Given out again until this long before its end. */
    private static final long LEFT_MILLIS_MIN = 10 * 60_000;

    /** A few hundred bytes each, some kilobytes where many devices have the content. */
    private static final int REMEMBERED_MAX = 10_000;

    private final Env env;
    private final DeviceKeys keys;
    private final Rosters.Trusted roster;
    private final Map<ByteString, Given> given = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ByteString, Given> eldest) {
            return size() > REMEMBERED_MAX;
        }
    };

    private record Given(SignedTicket ticket, Set<ByteString> holders, long expiresMillis) {}

    /** @param keys of a hub of the roster */
    public Tickets(Env env, DeviceKeys keys, Rosters.Trusted roster) {
        this.env = env;
        this.keys = keys;
        this.roster = roster;
    }

    /**
     * The caller has made sure that the device may see the content.
     *
     * @param holders who may give it; as many as fit are named
     */
    public SignedTicket ticket(DeviceId device, ByteString content, List<ByteString> holders, long directorySize) {
        List<ByteString> named = holders.subList(0, Math.min(Limits.TICKET_HOLDERS_MAX, holders.size()));
        ByteString whose = device.toByteString().concat(content);
        long now = env.clock().wallMillis();
        synchronized (given) {
            Given known = given.get(whose);
            if (known != null
                    && known.expiresMillis() - now >= LEFT_MILLIS_MIN
                    && known.holders().containsAll(named)) {
                return known.ticket();
            }
        }
        Ticket ticket = Ticket.newBuilder()
                .setNetworkId(ByteString.copyFrom(roster.networkId()))
                .setContent(content)
                .setDevice(device.toByteString())
                .setExpiresMillis(now + LIFETIME_MILLIS)
                .setRosterEpoch(roster.roster().getEpoch())
                .setDirectorySize(directorySize)
                .addAllHolders(named)
                .build();
        byte[] bytes = ticket.toByteArray();
        SignedTicket signed = SignedTicket.newBuilder()
                .setTicket(ByteString.copyFrom(bytes))
                .setSigner(keys.id().toByteString())
                .setSignature(ByteString.copyFrom(keys.sign(Purpose.TICKET, bytes)))
                .build();
        synchronized (given) {
            given.remove(whose);
            given.put(whose, new Given(signed, Set.copyOf(named), ticket.getExpiresMillis()));
        }
        return signed;
    }

    /**
     * For a holder: that this device may fetch this content now. Throws {@link UntrustedException} with the reason.
     *
     * @param hubMillis the time as the hub has it (HELLO_REPLY tells), since clocks differ
     */
    public static Ticket verify(
            SignedTicket signed, Rosters.Trusted roster, DeviceId device, ByteString content, long hubMillis) {
        Ticket ticket = verifyBegun(signed, roster, device, content);
        if (ticket.getExpiresMillis() <= hubMillis || ticket.getExpiresMillis() > hubMillis + 2 * LIFETIME_MILLIS) {
            throw new UntrustedException("the ticket is out of its time; ask the hub for a new one");
        }
        return ticket;
    }

    /** As {@link #verify}, whatever the time: the fetch began in time, and goes on. */
    public static Ticket verifyBegun(SignedTicket signed, Rosters.Trusted roster, DeviceId device, ByteString content) {
        Ticket ticket = parsed(signed);
        byte[] hubKey = roster.hubKey(DeviceId.of(signed.getSigner()))
                .orElseThrow(() -> new UntrustedException("the ticket was not signed by a hub of this network"));
        boolean isGenuine = Signatures.verify(
                hubKey,
                Purpose.TICKET,
                signed.getSignature().toByteArray(),
                signed.getTicket().toByteArray());
        if (!isGenuine) {
            throw new UntrustedException("the ticket's signature is not the hub's");
        }
        if (!ticket.getNetworkId().equals(ByteString.copyFrom(roster.networkId()))) {
            throw new UntrustedException("the ticket is of another network");
        }
        if (!ticket.getDevice().equals(device.toByteString())) {
            throw new UntrustedException("the ticket is another device's");
        }
        if (!ticket.getContent().equals(content)) {
            throw new UntrustedException("the ticket is for another content");
        }
        return ticket;
    }

    private static Ticket parsed(SignedTicket signed) {
        boolean isFit = signed.getSigner().size() == DeviceId.BYTES
                && signed.getSignature().size() <= Limits.SIGNATURE_BYTES_MAX
                && signed.getTicket().size() <= Limits.TICKET_BYTES_MAX;
        if (!isFit) {
            throw new UntrustedException("there is no ticket, or it is none of a hub's");
        }
        try {
            return Ticket.parseFrom(signed.getTicket());
        } catch (InvalidProtocolBufferException e) {
            throw new UntrustedException("the ticket cannot be read");
        }
    }
}
