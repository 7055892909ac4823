package covey.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import covey.catalog.Tickets;
import covey.directory.Refused;
import covey.env.Clock;
import covey.env.Env;
import covey.identity.Rosters;
import covey.identity.UntrustedException;
import covey.search.Catalog;
import covey.wire.DeviceId;
import covey.wire.proto.BadQueryKind;
import covey.wire.proto.Command;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.Hit;
import covey.wire.proto.HitRank;
import covey.wire.proto.RoomChangeKind;
import covey.wire.proto.SearchReply;
import covey.wire.proto.SearchWanted;
import covey.wire.proto.Share;
import covey.wire.proto.ShareKind;
import covey.wire.proto.Sources;
import covey.wire.proto.SourcesWanted;
import covey.wire.proto.Ticket;
import covey.wire.proto.Withdraw;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The search over the catalog: what is found, in which order, by whom, and that it follows the state. */
final class SearchTest {
    @TempDir
    Path folder;

    private final HubBootstrap.NewNetwork network = HubBootstrap.create(Env.system(), List.of("127.0.0.1:1"));
    private final Rosters.Trusted roster = Rosters.verify(network.roster(), new byte[0]);
    private final Set<DeviceId> online = new java.util.HashSet<>();
    private World hub;
    private Catalog catalog;
    private final AtomicLong clockMillis = new AtomicLong();
    private DeviceId amy;
    private DeviceId bob;

    @BeforeEach
    void start() {
        hub = World.open();
        amy = hub.join("amy");
        bob = hub.join("bob");
        catalog = catalog();
    }

    private Catalog catalog() {
        return new Catalog(
                late(Env.system()),
                hub.state,
                new Tickets(Env.system(), network.hub(), roster),
                Optional.of(folder.resolve("search")));
    }

    /** The machine's, with a clock that a test may move on. */
    private Env late(Env system) {
        return (Env) Proxy.newProxyInstance(
                Env.class.getClassLoader(),
                new Class<?>[] {Env.class},
                (proxy, method, arguments) -> method.getName().equals("clock")
                        ? lateClock(system.clock())
                        : method.invoke(system, arguments));
    }

    private Clock lateClock(Clock clock) {
        return new Clock() {
            @Override
            public long wallMillis() {
                return clock.wallMillis() + clockMillis.get();
            }

            @Override
            public long monotonicNanos() {
                return clock.monotonicNanos() + clockMillis.get() * 1_000_000;
            }
        };
    }

    @AfterEach
    void stop() {
        catalog.close();
        hub.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "annual | Annual Report 2024.pdf, docs/annual_report.txt, Semiannual.pdf",
                "annual report | Annual Report 2024.pdf, docs/annual_report.txt",
                "\"report 2024\" | Annual Report 2024.pdf",
                "\"annual rep\" | ''",
                "rep* | Annual Report 2024.pdf, docs/annual_report.txt",
                "port | Annual Report 2024.pdf, docs/annual_report.txt",
                "ANNUAL type:pdf | Annual Report 2024.pdf, Semiannual.pdf",
                "type:document size:<2K | Semiannual.pdf",
                "docs | docs/annual_report.txt",
                "re | Annual Report 2024.pdf, docs/annual_report.txt",
                "z | ''",
                "報告 | 年度報告.odt",
                "type:folder | trip",
                "from:@bob | ''",
            })
    void namesAreFoundByWordsPhrasesPrefixesAndParts(String text, String expected) {
        registerSamples();
        String[] names = expected.isEmpty() ? new String[0] : expected.split(", ");
        assertThat(names(search(bob, text))).containsExactlyInAnyOrder(names);
    }

    private void registerSamples() {
        register(
                amy,
                CatalogTest.file("Annual Report 2024.pdf", 20),
                CatalogTest.file("Semiannual.pdf", 1),
                CatalogTest.file("docs/annual_report.txt", 3),
                CatalogTest.file("trip", 4).toBuilder()
                        .setKind(ShareKind.SHARED_FOLDER)
                        .clearPlain()
                        .build(),
                CatalogTest.file("年度報告.odt", 5));
    }

    @Test
    void theExactNameComesFirstThenWordsThenBeginningsThenParts() {
        register(
                amy,
                CatalogTest.file("my beachball.jpg", 1),
                CatalogTest.file("nobeach.jpg", 2),
                CatalogTest.file("on the beach.jpg", 3),
                CatalogTest.file("Beach.jpg", 4));
        List<Hit> hits = search(bob, "beach").getHitsList();
        assertThat(hits)
                .extracting(Hit::getRank)
                .containsExactly(HitRank.EXACT_NAME, HitRank.WORD, HitRank.PREFIX, HitRank.SUBSTRING);
    }

    @Test
    void amongEqualsWhoIsOnlineComesFirstThenWhatIsNewer() {
        register(amy, CatalogTest.file("a song.mp3", 1), CatalogTest.file("b song.mp3", 9));
        register(bob, CatalogTest.file("c song.mp3", 5));
        online.add(bob);
        assertThat(names(search(amy, "song"))).containsExactly("c song.mp3", "b song.mp3", "a song.mp3");
        assertThat(search(amy, "song").getHits(0).getOnline()).isTrue();
    }

    @Test
    void aContentIsToldOnceWithTheNumberOfItsDevices() {
        register(amy, CatalogTest.file("song.mp3", 1), CatalogTest.file("the song.mp3", 1));
        register(bob, CatalogTest.file("old song.mp3", 1));
        SearchReply reply = search(amy, "song");
        assertThat(names(reply)).containsExactly("song.mp3");
        assertThat(reply.getHits(0).getDevices()).isEqualTo(2);
    }

    @Test
    void aThousandCopiesOfOneDeviceHideNoOtherHolder() {
        Share[] copies = new Share[1_000];
        Arrays.setAll(copies, i -> CatalogTest.file("copy %04d".formatted(i), 1));
        register(amy, copies);
        DeviceId carol = hub.join("carol");
        register(carol, CatalogTest.file("the song", 1));
        assertThat(search(bob, "song").getHits(0).getDevices()).isEqualTo(2);
        SourcesWanted wanted =
                SourcesWanted.newBuilder().setContent(CatalogTest.content(1)).build();
        assertThat(catalog.sources(bob, wanted, online::contains).getSourcesList())
                .extracting(source -> DeviceId.of(source.getDevice()))
                .containsExactlyInAnyOrder(amy, carol);
    }

    @Test
    void whatADisabledAccountSharesTakesNoPlaceAmongTheHits() {
        Share[] many = new Share[600];
        Arrays.setAll(many, i -> CatalogTest.file("song %04d".formatted(i), 10_000 + i));
        register(amy, many);
        DeviceId carol = hub.join("carol");
        register(carol, CatalogTest.file("d/e/song.txt", 1));
        hub.ok(hub.asHub(World.disabling("amy", true)));
        assertThat(names(search(bob, "song"))).containsExactly("d/e/song.txt");
        hub.ok(hub.asHub(World.disabling("amy", false)));
        assertThat(names(search(bob, "song"))).hasSize(20);
    }

    @Test
    void copiesAndWhatIsGoneDoNotCrowdOutWhatIsThere() {
        Share[] copies = new Share[700];
        Arrays.setAll(copies, i -> CatalogTest.file("song/%04d".formatted(i), 1));
        register(amy, copies);
        Share[] gone = new Share[700];
        Arrays.setAll(gone, i -> CatalogTest.file("song/x%04d".formatted(i), 10_000 + i));
        DeviceId phone = hub.login("amy", "phone");
        register(phone, gone);
        DeviceId carol = hub.join("carol");
        register(carol, CatalogTest.file("mysong", 2));
        assertThat(names(search(bob, "song"))).hasSize(20);
        hub.ok(hub.as(amy, World.revoking(phone))); // the index is not told
        assertThat(names(asked(bob, "song", ByteString.EMPTY))).hasSize(2).contains("mysong");
    }

    @Test
    void aSearchThatWaitedTooLongIsNotBegun() throws Exception {
        registerSamples();
        search(bob, "annual");
        CountDownLatch begun = new CountDownLatch(2);
        CountDownLatch goOn = new CountDownLatch(1);
        SearchWanted wanted = SearchWanted.newBuilder().setText("annual").build();
        Predicate<DeviceId> blocking = device -> {
            begun.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return true;
        };
        Thread first = Thread.startVirtualThread(() -> catalog.search(bob, wanted, blocking));
        Thread second = Thread.startVirtualThread(() -> catalog.search(bob, wanted, blocking));
        begun.await();
        CompletableFuture<ErrorCode> third = new CompletableFuture<>();
        Thread waiting = Thread.startVirtualThread(() -> {
            try {
                catalog.search(amy, wanted, device -> true);
                third.complete(ErrorCode.UNRECOGNIZED);
            } catch (Refused e) {
                third.complete(e.problem().getCode());
            }
        });
        Awaitility.await().until(() -> waiting.getState() == Thread.State.WAITING);
        clockMillis.addAndGet(6_000);
        goOn.countDown();
        assertThat(third.get()).isEqualTo(ErrorCode.BUSY);
        first.join();
        second.join();
    }

    @Test
    void nobodyFindsWhatIsNotForThem() {
        ByteString room = hub.room(amy, "#lab", false);
        register(
                amy,
                CatalogTest.file("plan a", 1).toBuilder().setRoom(room).build(),
                CatalogTest.file("plan b", 2).toBuilder().setAccount("bob").build());
        DeviceId carol = hub.join("carol");
        assertThat(names(search(carol, "plan"))).isEmpty();
        assertThat(names(search(bob, "plan"))).containsExactly("plan b");
        assertThat(names(search(amy, "plan"))).containsExactlyInAnyOrder("plan a", "plan b");
        hub.ok(hub.as(carol, World.room(room, RoomChangeKind.JOIN_ROOM, 0, "carol")));
        assertThat(names(search(carol, "plan in:#lab"))).containsExactly("plan a");
        hub.ok(hub.as(amy, World.room(room, RoomChangeKind.LEAVE_ROOM, 0, "amy")));
        assertThat(names(search(carol, "plan"))).isEmpty();
    }

    @Test
    void whatIsGoneIsNotFoundWhateverTheIndexKnows() {
        registerSamples();
        assertThat(names(search(bob, "annual"))).hasSize(3);
        hub.ok(hub.as(amy, CatalogTest.withdraw("Semiannual.pdf"))); // the index is not told
        assertThat(names(asked(bob, "annual", ByteString.EMPTY))).hasSize(2);
        hub.ok(hub.as(amy, World.revoking(amy)));
        assertThat(names(asked(bob, "annual", ByteString.EMPTY))).isEmpty();
    }

    @Test
    void pagesFollowOneAnotherWithoutGapsOrDoubles() {
        Share[] many = new Share[300];
        Arrays.setAll(many, i -> CatalogTest.file("song %03d".formatted(i), i));
        register(amy, many);
        assertThat(names(search(bob, "song"))).hasSize(20);
        Set<String> seen = new TreeSet<>();
        ByteString page = ByteString.EMPTY;
        do {
            SearchReply reply = asked(bob, "song", page);
            names(reply).forEach(name -> assertThat(seen.add(name)).isTrue());
            page = reply.getNext();
        } while (!page.isEmpty());
        assertThat(seen).hasSize(300);
        assertThatThrownBy(() -> asked(bob, "song", ByteString.copyFromUtf8("x")))
                .isInstanceOf(Refused.class);
    }

    @Test
    void aBadQueryIsAnAnswer() {
        SearchReply reply = asked(bob, "a \"b", ByteString.EMPTY);
        assertThat(reply.getBadQuery().getKind()).isEqualTo(BadQueryKind.UNCLOSED_QUOTE);
        assertThatThrownBy(() -> asked(bob, "from:@nobody", ByteString.EMPTY)).isInstanceOf(Refused.class);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void theIndexFollowsTheStateOverRestartsAndDamage(long seed) throws Exception {
        Random random = new Random(seed);
        Map<String, Integer> model = new TreeMap<>();
        for (int round = 0; round < 40; round++) {
            Map<String, Integer> chosen = new TreeMap<>();
            for (int i = random.nextInt(20); i >= 0; i--) {
                chosen.put("name%03d".formatted(random.nextInt(100)), 1_000 + random.nextInt(1_000_000));
            }
            switch (random.nextInt(12)) {
                case 0 -> restart(false);
                case 1 -> restart(true);
                case 2 -> {
                    Withdraw.Builder all = Withdraw.newBuilder().setAll(true);
                    hub.ok(hub.as(amy, Command.newBuilder().setWithdraw(all).build()));
                    model.clear();
                }
                case 3, 4, 5 -> {
                    hub.ok(hub.as(amy, CatalogTest.withdraw(chosen.keySet().toArray(String[]::new))));
                    model.keySet().removeAll(chosen.keySet());
                }
                default -> {
                    hub.ok(hub.as(amy, CatalogTest.register(shares(chosen))));
                    model.putAll(chosen);
                }
            }
            if (random.nextInt(3) == 0) {
                hub.tick();
            }
            catalog.changed();
        }
        hub.tick();
        hub.tick();
        List<String> found = new ArrayList<>();
        SearchReply reply = search(amy, "name");
        while (true) {
            found.addAll(names(reply));
            if (reply.getNext().isEmpty()) {
                break;
            }
            reply = asked(amy, "name", reply.getNext());
        }
        assertThat(found).as("seed %d", seed).containsExactlyInAnyOrderElementsOf(model.keySet());
    }

    private static Share[] shares(Map<String, Integer> names) {
        return names.entrySet().stream()
                .map(entry -> CatalogTest.file(entry.getKey(), entry.getValue()))
                .toArray(Share[]::new);
    }

    private void restart(boolean damaged) throws Exception {
        catalog.close();
        if (damaged) {
            try (var files = Files.list(folder.resolve("search"))) {
                for (Path file : files.toList()) {
                    Files.write(file, new byte[] {1, 2, 3});
                }
            }
        }
        catalog = catalog();
    }

    @Test
    void aTicketIsForOneDeviceOneContentAndAWhile() {
        registerSamples();
        long now = System.currentTimeMillis();
        SourcesWanted wanted =
                SourcesWanted.newBuilder().setContent(CatalogTest.content(1)).build();
        Sources sources = catalog.ticketed(bob, CatalogTest.content(1), catalog.sources(bob, wanted, online::contains));
        assertThat(sources.getSourcesList())
                .extracting(source -> DeviceId.of(source.getDevice()))
                .containsExactly(amy);
        Ticket ticket = Tickets.verify(sources.getTicket(), roster, bob, CatalogTest.content(1), now);
        assertThat(ticket.getHoldersList()).containsExactly(amy.toByteString());
        refused(() -> Tickets.verify(sources.getTicket(), roster, amy, CatalogTest.content(1), now));
        refused(() -> Tickets.verify(sources.getTicket(), roster, bob, CatalogTest.content(2), now));
        refused(() -> Tickets.verify(
                sources.getTicket(), roster, bob, CatalogTest.content(1), now + 2 * Tickets.LIFETIME_MILLIS));
        refused(() -> Tickets.verify(
                sources.getTicket().toBuilder()
                        .setSignature(ByteString.copyFrom(new byte[70]))
                        .build(),
                roster,
                bob,
                CatalogTest.content(1),
                now));
        assertThatThrownBy(() -> catalog.sources(
                        bob,
                        SourcesWanted.newBuilder()
                                .setContent(CatalogTest.content(77))
                                .build(),
                        online::contains))
                .isInstanceOf(Refused.class);
    }

    private static void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable check) {
        assertThatThrownBy(check).isInstanceOf(UntrustedException.class);
    }

    private void register(DeviceId device, Share... shares) {
        Share[] sorted = shares.clone();
        Arrays.sort(
                sorted, java.util.Comparator.comparing(Share::getPath, ByteString.unsignedLexicographicalComparator()));
        hub.ok(hub.as(device, CatalogTest.register(sorted)));
    }

    /** Once the index knows everything. */
    private SearchReply search(DeviceId device, String text) {
        catalog.changed();
        return Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(5))
                .until(
                        () -> asked(device, text, ByteString.EMPTY),
                        reply -> reply.getChangesBehind() == 0 && !reply.getPartial());
    }

    private SearchReply asked(DeviceId device, String text, ByteString page) {
        SearchWanted wanted =
                SearchWanted.newBuilder().setText(text).setPage(page).build();
        return catalog.search(device, wanted, online::contains);
    }

    private static List<String> names(SearchReply reply) {
        return reply.getHitsList().stream()
                .map(hit -> hit.getShare().getPath().toStringUtf8())
                .toList();
    }
}
