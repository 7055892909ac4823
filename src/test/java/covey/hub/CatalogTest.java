package covey.hub;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import covey.catalog.CatalogFigures;
import covey.store.Sha256;
import covey.wire.DeviceId;
import covey.wire.proto.Command;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.Holder;
import covey.wire.proto.Listing;
import covey.wire.proto.ListingWanted;
import covey.wire.proto.LookupWanted;
import covey.wire.proto.OwnShares;
import covey.wire.proto.OwnSharesWanted;
import covey.wire.proto.Query;
import covey.wire.proto.Register;
import covey.wire.proto.RoomChangeKind;
import covey.wire.proto.Share;
import covey.wire.proto.ShareKind;
import covey.wire.proto.Withdraw;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What devices share: registered, replaced, withdrawn, and shown only to those it is for. */
final class CatalogTest {
    /** So few names for each that all of them are told. */
    private static final int CONTENTS = 40;

    @Test
    void whatIsRegisteredIsFoundByContentByPlainDigestAndByPath() {
        try (World hub = World.open()) {
            DeviceId amy = hub.join("amy");
            DeviceId bob = hub.join("bob");
            hub.ok(hub.as(amy, register(file("music/a.flac", 1), file("music/b.flac", 2), file("notes.txt", 3))));
            assertThat(paths(lookup(hub, bob, content(2)))).containsExactly("amy:music/b.flac");
            assertThat(paths(plain(hub, bob, 3))).containsExactly("amy:notes.txt");
            assertThat(listing(hub, bob, "amy", "music")).containsExactly("amy:music/a.flac", "amy:music/b.flac");
            assertThat(listing(hub, bob, "amy", "")).hasSize(3);
            assertThat(listing(hub, bob, "amy", "mus")).isEmpty();
        }
    }

    @Test
    void theSameNameMayHaveOtherContentAndTheSameContentOtherNames() {
        try (World hub = World.open()) {
            DeviceId amy = hub.join("amy");
            DeviceId bob = hub.join("bob");
            hub.ok(hub.as(amy, register(file("a", 1), file("b", 1))));
            hub.ok(hub.as(bob, register(file("a", 2))));
            assertThat(paths(lookup(hub, bob, content(1)))).containsExactly("amy:a", "amy:b");
            assertThat(paths(lookup(hub, bob, content(2)))).containsExactly("bob:a");
        }
    }

    @Test
    void aThousandCopiesOfOneDeviceHideNobodyElse() {
        try (World hub = World.open()) {
            DeviceId amy = hub.join("amy");
            DeviceId bob = hub.join("bob");
            DeviceId carol = hub.join("carol");
            Share[] secret = new Share[1_000];
            Arrays.setAll(
                    secret,
                    i -> file("copy %04d".formatted(i), 1).toBuilder()
                            .setAccount("amy")
                            .build());
            hub.ok(hub.as(amy, register(secret)));
            hub.ok(hub.as(carol, register(file("x", 1))));
            assertThat(paths(lookup(hub, bob, content(1)))).containsExactly("carol:x");
            assertThat(paths(plain(hub, bob, 1))).containsExactly("carol:x");
            assertThat(paths(lookup(hub, amy, content(1))))
                    .as("of each device a few names are told")
                    .hasSize(18)
                    .contains("carol:x");
        }
    }

    @Test
    void aPathRegisteredAgainIsReplaced() {
        try (World hub = World.open()) {
            DeviceId amy = hub.join("amy");
            hub.ok(hub.as(amy, register(file("a", 1))));
            hub.ok(hub.as(amy, register(file("a", 2))));
            assertThat(lookup(hub, amy, content(1))).isEmpty();
            assertThat(plain(hub, amy, 1)).isEmpty();
            assertThat(paths(lookup(hub, amy, content(2)))).containsExactly("amy:a");
            assertThat(own(hub, amy).getCount()).isEqualTo(1);
        }
    }

    @Test
    void doingItTwiceChangesNothingAndTakesNoNumber() {
        try (World hub = World.open()) {
            DeviceId amy = hub.join("amy");
            hub.ok(hub.as(amy, register(file("a", 1), file("b", 2))));
            OwnShares before = own(hub, amy);
            hub.ok(hub.apply(hub.logged(register(file("a", 1), file("b", 2)))
                    .setDevice(amy.toByteString())
                    .build()));
            hub.ok(hub.as(amy, withdraw("c")));
            assertThat(own(hub, amy)).isEqualTo(before);
            assertThat(figures(hub).nextChange()).isEqualTo(2);
        }
    }

    @Test
    void theDigestIsThatOfTheSharesHoweverTheyCame() {
        try (World hub = World.open()) {
            DeviceId amy = hub.join("amy");
            DeviceId bob = hub.join("bob");
            hub.ok(hub.as(amy, register(file("a", 1), file("b", 2))));
            hub.ok(hub.as(bob, register(file("b", 9), file("c", 2))));
            hub.ok(hub.as(bob, withdraw("c")));
            hub.ok(hub.as(bob, register(file("a", 1))));
            assertThat(own(hub, bob)).isNotEqualTo(own(hub, amy));
            hub.ok(hub.as(bob, register(file("b", 2))));
            assertThat(own(hub, bob)).isEqualTo(own(hub, amy));
        }
    }

    @Test
    void sharedToARoomIsSeenByItsMembersOnly() {
        try (World hub = World.open()) {
            DeviceId amy = hub.join("amy");
            DeviceId bob = hub.join("bob");
            DeviceId carol = hub.join("carol");
            ByteString room = hub.room(amy, "#lab", false);
            hub.ok(hub.as(bob, World.room(room, RoomChangeKind.JOIN_ROOM, 0, "bob")));
            Share share = file("plan", 1).toBuilder().setRoom(room).build();
            hub.ok(hub.as(amy, register(share)));
            assertThat(lookup(hub, bob, content(1))).hasSize(1);
            assertThat(lookup(hub, carol, content(1))).isEmpty();
            assertThat(listing(hub, carol, "amy", "")).isEmpty();
            assertThat(World.code(hub.as(carol, register(share)))).isEqualTo(ErrorCode.DENIED);
            hub.ok(hub.as(bob, World.room(room, RoomChangeKind.LEAVE_ROOM, 0, "bob")));
            assertThat(lookup(hub, bob, content(1))).isEmpty();
        }
    }

    @Test
    void whoLeavesARoomSharesNothingToItAnyMore() {
        try (World hub = World.open()) {
            DeviceId amy = hub.join("amy");
            DeviceId bob = hub.join("bob");
            ByteString room = hub.room(bob, "#lab", false);
            hub.ok(hub.as(amy, World.room(room, RoomChangeKind.JOIN_ROOM, 0, "amy")));
            Share share = file("plan", 1).toBuilder().setRoom(room).build();
            hub.ok(hub.as(amy, register(share, file("poem", 2))));
            hub.ok(hub.as(amy, World.room(room, RoomChangeKind.LEAVE_ROOM, 0, "amy")));
            assertThat(lookup(hub, bob, content(1))).isEmpty();
            assertThat(lookup(hub, amy, content(1))).isEmpty();
            hub.ok(hub.as(amy, World.room(room, RoomChangeKind.JOIN_ROOM, 0, "amy")));
            hub.ok(hub.as(
                    amy, register(file("plan", 5).toBuilder().setRoom(room).build())));
            hub.tick();
            assertThat(listing(hub, bob, "amy", "")).containsExactly("amy:plan", "amy:poem");
            hub.ok(hub.as(amy, World.room(room, RoomChangeKind.LEAVE_ROOM, 0, "amy")));
            hub.tick();
            assertThat(own(hub, amy).getCount()).isEqualTo(1);
        }
    }

    @Test
    void sharedToAnAccountIsSeenByItAloneAndNotByWhoTakesItsNameLater() {
        try (World hub = World.open()) {
            DeviceId amy = hub.join("amy");
            DeviceId bob = hub.join("bob");
            DeviceId carol = hub.join("carol");
            hub.ok(hub.as(
                    amy, register(file("gift", 1).toBuilder().setAccount("bob").build())));
            assertThat(lookup(hub, bob, content(1))).hasSize(1);
            assertThat(lookup(hub, amy, content(1)).getFirst().getShare().getAccount())
                    .isEqualTo("bob");
            assertThat(lookup(hub, carol, content(1))).isEmpty();
            hub.ok(hub.asHub(World.removing("bob")));
            hub.ok(hub.asHub(World.joining("bob", "bob again", "")));
            assertThat(lookup(hub, World.id("bob again"), content(1))).isEmpty();
            assertThat(World.code(hub.as(
                            amy,
                            register(file("x", 1).toBuilder()
                                    .setAccount("nobody")
                                    .build()))))
                    .isEqualTo(ErrorCode.NOT_FOUND);
        }
    }

    @Test
    void aRevokedDeviceSharesNothingAtOnceAndIsClearedAwayLater() {
        try (World hub = World.open()) {
            DeviceId amy = hub.join("amy");
            DeviceId phone = hub.login("amy", "phone");
            DeviceId bob = hub.join("bob");
            hub.ok(hub.as(phone, register(file("a", 1))));
            hub.ok(hub.as(amy, register(file("a", 1))));
            hub.ok(hub.as(amy, World.revoking(phone)));
            assertThat(lookup(hub, bob, content(1))).hasSize(1);
            assertThat(figures(hub).shares()).isEqualTo(1);
            hub.tick();
            hub.tick();
            hub.ok(hub.asHub(World.removing("amy")));
            assertThat(lookup(hub, bob, content(1))).isEmpty();
            hub.tick();
            assertThat(keysBetween(hub, 0x51, 0x54)).isZero();
        }
    }

    @Test
    void aDisabledAccountSharesNothingUntilItIsBack() {
        try (World hub = World.open()) {
            DeviceId amy = hub.join("amy");
            DeviceId bob = hub.join("bob");
            hub.ok(hub.as(amy, register(file("a", 1))));
            hub.ok(hub.asHub(World.disabling("amy", true)));
            assertThat(lookup(hub, bob, content(1))).isEmpty();
            hub.ok(hub.asHub(World.disabling("amy", false)));
            assertThat(lookup(hub, bob, content(1))).hasSize(1);
        }
    }

    @Test
    void withdrawingAllHidesAtOnceAndSparesWhatIsRegisteredAfterwards() {
        try (World hub = World.open()) {
            DeviceId amy = hub.join("amy");
            hub.ok(hub.as(amy, register(file("a", 1), file("b", 2), file("c", 3))));
            hub.ok(hub.as(
                    amy,
                    Command.newBuilder()
                            .setWithdraw(Withdraw.newBuilder().setAll(true))
                            .build()));
            assertThat(listing(hub, amy, "amy", "")).isEmpty();
            assertThat(own(hub, amy)).isEqualTo(OwnShares.getDefaultInstance());
            hub.ok(hub.as(amy, register(file("b", 2))));
            hub.tick();
            assertThat(listing(hub, amy, "amy", "")).containsExactly("amy:b");
            assertThat(own(hub, amy).getCount()).isEqualTo(1);
            assertThat(figures(hub).shares()).isEqualTo(1);
            assertThat(keysBetween(hub, 0x51, 0x54)).isEqualTo(3);
        }
    }

    @Test
    void sharesOutOfOrderAreRefusedAsAWhole() {
        try (World hub = World.open()) {
            DeviceId amy = hub.join("amy");
            assertThat(World.code(hub.as(amy, register(file("b", 1), file("a", 2)))))
                    .isEqualTo(ErrorCode.BAD_REQUEST);
            assertThat(own(hub, amy).getCount()).isZero();
        }
    }

    @Test
    void aLongListingComesInPages() {
        try (World hub = World.open()) {
            DeviceId amy = hub.join("amy");
            DeviceId phone = hub.login("amy", "phone");
            Share[] many = new Share[500];
            Arrays.setAll(many, i -> file("d/%04d".formatted(i), i));
            hub.ok(hub.as(amy, register(many)));
            hub.ok(hub.as(phone, register(many)));
            assertThat(listing(hub, amy, "amy", "d")).hasSize(1_000);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void theStateIsWhatASimpleModelSays(long seed) {
        Random random = new Random(seed);
        try (World hub = World.open()) {
            List<DeviceId> devices = List.of(hub.join("amy"), hub.login("amy", "phone"), hub.join("bob"));
            List<Map<String, Integer>> model = List.of(new TreeMap<>(), new TreeMap<>(), new TreeMap<>());
            for (int round = 0; round < 150; round++) {
                int who = random.nextInt(devices.size());
                Map<String, Integer> chosen = new TreeMap<>();
                for (int i = random.nextInt(30); i >= 0; i--) {
                    String name = "f" + random.nextInt(120);
                    chosen.put(random.nextBoolean() ? name : "dir/" + name, random.nextInt(CONTENTS));
                }
                int what = random.nextInt(10);
                if (what < 6) {
                    Share[] shares = chosen.entrySet().stream()
                            .map(entry -> file(entry.getKey(), entry.getValue()))
                            .toArray(Share[]::new);
                    hub.ok(hub.as(devices.get(who), register(shares)));
                    model.get(who).putAll(chosen);
                } else if (what < 9) {
                    hub.ok(hub.as(devices.get(who), withdraw(chosen.keySet().toArray(String[]::new))));
                    model.get(who).keySet().removeAll(chosen.keySet());
                } else {
                    Withdraw.Builder all = Withdraw.newBuilder().setAll(true);
                    hub.ok(hub.as(
                            devices.get(who),
                            Command.newBuilder().setWithdraw(all).build()));
                    model.get(who).clear();
                }
                if (random.nextInt(4) == 0) {
                    hub.tick();
                }
            }
            check(hub, devices, model);
            hub.tick();
            hub.tick();
            hub.tick();
            check(hub, devices, model);
            long shares = model.stream().mapToInt(Map::size).sum();
            assertThat(keysBetween(hub, 0x51, 0x52)).isEqualTo(shares);
            assertThat(keysBetween(hub, 0x53, 0x54)).isEqualTo(shares);
            assertThat(headsWithAShare(hub) + keysBetween(hub, 0x58, 0x59)).isEqualTo(shares);
            for (DeviceId device : devices) {
                Withdraw.Builder all = Withdraw.newBuilder().setAll(true);
                hub.ok(hub.as(device, Command.newBuilder().setWithdraw(all).build()));
            }
            hub.tick();
            hub.tick();
            hub.tick();
            assertThat(keysBetween(hub, 0x51, 0x54) + keysBetween(hub, 0x58, 0x59))
                    .as("nothing is left behind")
                    .isZero();
        }
    }

    private static void check(World hub, List<DeviceId> devices, List<Map<String, Integer>> model) {
        for (int number = 0; number < CONTENTS; number++) {
            List<String> expected = new ArrayList<>();
            for (int who = 0; who < devices.size(); who++) {
                String account = who == 2 ? "bob" : "amy";
                for (Map.Entry<String, Integer> entry : model.get(who).entrySet()) {
                    if (entry.getValue() == number) {
                        expected.add(account + ":" + entry.getKey());
                    }
                }
            }
            assertThat(paths(lookup(hub, devices.get(1), content(number))))
                    .containsExactlyInAnyOrderElementsOf(expected);
            assertThat(paths(plain(hub, devices.get(1), number))).containsExactlyInAnyOrderElementsOf(expected);
        }
        for (int who = 0; who < devices.size(); who++) {
            assertThat(own(hub, devices.get(who)).getCount())
                    .isEqualTo(model.get(who).size());
        }
        assertThat(listing(hub, devices.get(0), "bob", "dir")).hasSize((int) model.get(2).keySet().stream()
                .filter(path -> path.startsWith("dir/"))
                .count());
    }

    private static long headsWithAShare(World hub) {
        long[] count = new long[1];
        hub.state.scanAll((key, value) -> count[0] += key[0] == 0x52 && value.length > 6 ? 1 : 0);
        return count[0];
    }

    private static long keysBetween(World hub, int from, int to) {
        long[] count = new long[1];
        hub.state.scanAll((key, value) -> count[0] += key[0] >= from && key[0] < to ? 1 : 0);
        return count[0];
    }

    private static CatalogFigures figures(World hub) {
        return hub.state.catalogFigures();
    }

    static ByteString content(int number) {
        return ByteString.copyFrom(new byte[] {1}).concat(hash("content " + number));
    }

    private static ByteString hash(String text) {
        return ByteString.copyFrom(Sha256.of(ByteString.copyFromUtf8(text).toByteArray()));
    }

    static Share file(String path, int number) {
        return Share.newBuilder()
                .setPath(ByteString.copyFromUtf8(path))
                .setKind(ShareKind.SHARED_FILE)
                .setContent(content(number))
                .setPlain(hash("plain " + number))
                .setSize(1_000L * number)
                .setModifiedMillis(number)
                .build();
    }

    static Command register(Share... shares) {
        return Command.newBuilder()
                .setRegister(Register.newBuilder().addAllShares(List.of(shares)))
                .build();
    }

    static Command withdraw(String... paths) {
        Withdraw.Builder withdraw = Withdraw.newBuilder();
        for (String path : paths) {
            withdraw.addPaths(ByteString.copyFromUtf8(path));
        }
        return Command.newBuilder().setWithdraw(withdraw).build();
    }

    private static List<String> paths(List<Holder> holders) {
        return holders.stream()
                .map(holder ->
                        holder.getAccount() + ":" + holder.getShare().getPath().toStringUtf8())
                .toList();
    }

    private static List<Holder> lookup(World hub, DeviceId asker, ByteString content) {
        return holders(hub, asker, LookupWanted.newBuilder().setContent(content));
    }

    private static List<Holder> plain(World hub, DeviceId asker, int number) {
        return holders(hub, asker, LookupWanted.newBuilder().setPlain(hash("plain " + number)));
    }

    private static List<Holder> holders(World hub, DeviceId asker, LookupWanted.Builder wanted) {
        return hub.state
                .query(asker, Query.newBuilder().setLookup(wanted).build())
                .getHolders()
                .getHoldersList();
    }

    private static List<String> listing(World hub, DeviceId asker, String account, String path) {
        List<Holder> all = new ArrayList<>();
        ListingWanted.Builder wanted =
                ListingWanted.newBuilder().setAccount(account).setPath(ByteString.copyFromUtf8(path));
        do {
            Listing page = hub.state
                    .query(asker, Query.newBuilder().setListing(wanted).build())
                    .getListing();
            assertThat(page.getSerializedSize()).isLessThan(16 * 1024);
            all.addAll(page.getSharesList());
            wanted.setAfter(page.getNext());
        } while (!wanted.getAfter().isEmpty());
        return paths(all);
    }

    private static OwnShares own(World hub, DeviceId device) {
        Query query = Query.newBuilder()
                .setOwnShares(OwnSharesWanted.getDefaultInstance())
                .build();
        return hub.state.query(device, query).getOwnShares();
    }
}
