package covey.files;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import covey.catalog.Tickets;
import covey.content.ContentId;
import covey.env.Env;
import covey.exchange.Server.Refusal;
import covey.identity.DeviceKeys;
import covey.identity.RootKey;
import covey.identity.Rosters;
import covey.wire.DeviceId;
import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.Share;
import covey.wire.proto.SignedTicket;
import covey.wire.proto.Ticket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is served, with which ticket, and with which sentence nobody else is. */
final class GuestsTest implements Guests.House {
    private static final ContentId PLAN = content(1);
    private static final ByteString ROOM = ByteString.copyFromUtf8("room of the lab");

    private final Env env = Env.system();
    private final DeviceKeys hub = DeviceKeys.generate(env);
    private final RootKey root = RootKey.generate(env);
    private final Rosters.Trusted roster =
            Rosters.verify(Rosters.first(root, hub.publicKey(), List.of()), root.networkId());
    private final Tickets tickets = new Tickets(env, hub, roster);
    private final Guests guests = new Guests(this);

    private final DeviceId own = device(1);
    private final DeviceId bob = device(2);
    private final Map<DeviceId, String> accounts = new HashMap<>(Map.of(own, "anna", bob, "bob"));
    private final List<String> offered = new ArrayList<>();
    private final List<Share> shares = new ArrayList<>();
    private final List<String> labMembers = new ArrayList<>();
    private boolean isHubAway;
    private boolean isBlocked;
    private boolean isFetched;
    private boolean wasFetched;
    private boolean isStopping;
    private long laterMillis;
    private int directoryAsked;

    private static ContentId content(int number) {
        byte[] id = new byte[ContentId.BYTES];
        id[0] = 1;
        id[1] = (byte) number;
        return ContentId.of(id);
    }

    private static DeviceId device(int number) {
        byte[] id = new byte[DeviceId.BYTES];
        id[0] = (byte) number;
        return DeviceId.of(id);
    }

    private static ByteString bytes(ContentId id) {
        return ByteString.copyFrom(id.toBytes());
    }

    private SignedTicket ticket(DeviceId device, ContentId content, DeviceId... holders) {
        List<ByteString> named =
                List.of(holders).stream().map(DeviceId::toByteString).toList();
        return tickets.ticket(device, bytes(content), named, 10);
    }

    private Optional<Refusal> asks(DeviceId device, SignedTicket ticket) {
        return guests.refusal(device, PLAN, ticket.toByteString(), false);
    }

    private Optional<Refusal> asksWithoutTicket() {
        return guests.refusal(bob, PLAN, ByteString.EMPTY, false);
    }

    private static void assertFinal(Optional<Refusal> refusal, String why) {
        assertThat(refusal).hasValueSatisfying(one -> {
            assertThat(one.sentence()).contains(why);
            assertThat(one.againMillis()).isZero();
        });
    }

    private static void assertLater(Optional<Refusal> refusal) {
        assertThat(refusal)
                .hasValueSatisfying(one -> assertThat(one.againMillis()).isPositive());
    }

    @Test
    void whatIsSharedWithAllIsForWhoeverHasATicketForIt() {
        shares.add(Share.getDefaultInstance());
        assertThat(asks(bob, ticket(bob, PLAN))).isEmpty();
        assertFinal(asksWithoutTicket(), "there is no ticket of a hub");
        assertThat(asksWithoutTicket().orElseThrow().code())
                .as("the other's hub may only be on its way")
                .isEqualTo(ErrorCode.NOT_LOGGED_IN);
    }

    @Test
    void aTicketThatIsWrongExpiredOrAnothersOpensNothing() {
        shares.add(Share.getDefaultInstance());
        DeviceId carl = device(3);
        accounts.put(carl, "carl");
        assertFinal(asks(carl, ticket(bob, PLAN, own)), "another device's");
        assertFinal(asks(bob, ticket(bob, content(2), own)), "for another content");
        SignedTicket good = ticket(bob, PLAN, own);
        byte[] changed = good.getTicket().toByteArray();
        changed[changed.length - 1] ^= 1;
        assertFinal(
                asks(
                        bob,
                        good.toBuilder().setTicket(ByteString.copyFrom(changed)).build()),
                "signature");
        Tickets foreign = new Tickets(env, DeviceKeys.generate(env), roster);
        assertFinal(asks(bob, foreign.ticket(bob, bytes(PLAN), List.of(), 10)), "not signed by a hub");
        assertFinal(guests.refusal(bob, PLAN, ByteString.copyFromUtf8("nonsense"), false), "it is not offered to @bob");
        laterMillis = Tickets.LIFETIME_MILLIS + 1;
        assertFinal(asks(bob, good), "out of its time");
        assertThat(guests.refusal(bob, PLAN, good.toByteString(), true))
                .as("what began in time goes on")
                .isEmpty();
        laterMillis = -2 * Tickets.LIFETIME_MILLIS;
        assertFinal(asks(bob, good), "out of its time");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aStrangerIsServedNothing(boolean isAway) {
        isHubAway = isAway;
        shares.add(Share.getDefaultInstance());
        offered.add("@bob");
        isFetched = true;
        assertFinal(asks(device(9), ticket(bob, PLAN, own)), "not in this network's directory");
        assertFinal(guests.refusal(device(9), PLAN, ByteString.EMPTY, false), "not in this network's directory");
    }

    @Test
    void whoWasEnrolledAMomentAgoIsToldToComeAgain() {
        shares.add(Share.getDefaultInstance());
        DeviceId fresh = device(4);
        SignedTicket newer = tickets.ticket(fresh, bytes(PLAN), List.of(), directorySize() + 1);
        assertLater(asks(fresh, newer));
        assertThat(directoryAsked).isEqualTo(1);
        accounts.put(fresh, "dora");
        assertThat(asks(fresh, newer)).isEmpty();
        assertFinal(asks(device(5), newer), "not in this network's directory");
    }

    @Test
    void whatIsSharedWithOneIsForNobodyElseWhateverTheTicketSays() {
        shares.add(Share.newBuilder().setAccount("carl").build());
        isFetched = true;
        assertFinal(asks(bob, ticket(bob, PLAN, own)), "not shared with @bob");
        shares.add(Share.newBuilder().setAccount("bob").build());
        assertThat(asks(bob, ticket(bob, PLAN))).isEmpty();
    }

    @Test
    void whatIsSharedToARoomIsForItsMembersAndWhoJustJoinedComesAgain() {
        shares.add(Share.newBuilder().setRoom(ROOM).build());
        assertLater(asks(bob, ticket(bob, PLAN, own)));
        assertFinal(asks(bob, ticket(bob, PLAN, device(7))), "not shared with @bob");
        labMembers.add("bob");
        assertThat(asks(bob, ticket(bob, PLAN))).isEmpty();
    }

    @Test
    void whatIsOnlyFetchedHereIsForThoseWhoseTicketNamesThisDevice() {
        isFetched = true;
        assertThat(asks(bob, ticket(bob, PLAN, device(7), own))).isEmpty();
        assertFinal(asks(bob, ticket(bob, PLAN, device(8))), "does not share it with @bob");
        assertFinal(asksWithoutTicket(), "there is no ticket");
        isFetched = false;
        wasFetched = true;
        SignedTicket good = ticket(bob, PLAN, device(7), own);
        assertFinal(asks(bob, good), "does not share it with @bob");
        assertThat(guests.refusal(bob, PLAN, good.toByteString(), true))
                .as("a slow fetch goes on")
                .isEmpty();
    }

    @Test
    void whatIsSharedNoMoreIsServedNoMoreAlsoForARunningTicket() {
        assertFinal(asks(bob, ticket(bob, PLAN, own)), "does not share it with @bob (any more)");
        assertFinal(
                guests.refusal(bob, PLAN, ticket(bob, PLAN, own).toByteString(), true),
                "does not share it with @bob (any more)");
    }

    @Test
    void whatIsOfferedNeedsNoTicket() {
        offered.add("#lab");
        assertFinal(asksWithoutTicket(), "it is not offered to @bob");
        labMembers.add("bob");
        assertThat(asksWithoutTicket()).isEmpty();
        labMembers.clear();
        offered.add("@bob");
        assertThat(asksWithoutTicket()).isEmpty();
        isBlocked = true;
        assertFinal(asksWithoutTicket(), "not for @bob");
    }

    @Test
    void whileTheHubIsAwayTheDirectoryAndTheOwnSharesSay() {
        shares.add(Share.newBuilder().setAccount("bob").build());
        assertFinal(asksWithoutTicket(), "there is no ticket");
        isHubAway = true;
        assertThat(asksWithoutTicket()).isEmpty();
        isHubAway = false;
        assertThat(guests.refusal(bob, PLAN, ByteString.EMPTY, true))
                .as("what began without a hub goes on with it")
                .isEmpty();
        isHubAway = true;
        shares.clear();
        assertFinal(asksWithoutTicket(), "there is no ticket");
        shares.add(Share.newBuilder().setAccount("carl").build());
        assertFinal(asksWithoutTicket(), "not shared with @bob");
    }

    @Test
    void theOwnAccountsDevicesHaveAllOfIt() {
        DeviceId laptop = device(6);
        accounts.put(laptop, "anna");
        assertThat(guests.refusal(laptop, PLAN, ByteString.EMPTY, false)).isEmpty();
    }

    @Test
    void aProcessThatIsStoppingRefusesWithASentence() {
        isStopping = true;
        assertFinal(asksWithoutTicket(), "stopping");
    }

    @Override
    public DeviceId device() {
        return own;
    }

    @Override
    public String account() {
        return "anna";
    }

    @Override
    public Optional<String> accountOf(DeviceId device) {
        return Optional.ofNullable(accounts.get(device));
    }

    @Override
    public boolean isBlocked(String account) {
        if (isStopping) {
            throw new WireException(ErrorCode.UNREACHABLE, "this process is stopping");
        }
        return isBlocked;
    }

    @Override
    public boolean isHubAway() {
        return isHubAway;
    }

    @Override
    public boolean isMember(String room, String account) {
        return Set.copyOf(labMembers).contains(account);
    }

    @Override
    public long directorySize() {
        return 10;
    }

    @Override
    public void askDirectory() {
        directoryAsked++;
    }

    @Override
    public Ticket verified(SignedTicket ticket, DeviceId device, ContentId content, boolean isBegun) {
        long now = env.clock().wallMillis() + laterMillis;
        return isBegun
                ? Tickets.verifyBegun(ticket, roster, device, bytes(content))
                : Tickets.verify(ticket, roster, device, bytes(content), now);
    }

    @Override
    public List<String> offeredTo(ContentId content) {
        return content.equals(PLAN) ? offered : List.of();
    }

    @Override
    public List<Share> sharesOf(ContentId content) {
        return content.equals(PLAN) ? shares : List.of();
    }

    @Override
    public Optional<String> roomName(Share share) {
        return share.getRoom().equals(ROOM) ? Optional.of("#lab") : Optional.empty();
    }

    @Override
    public boolean isFetched(ContentId content, boolean isBegun) {
        return isFetched || (wasFetched && isBegun);
    }
}
