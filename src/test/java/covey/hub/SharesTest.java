package covey.hub;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import covey.catalog.Shares;
import covey.store.MemoryStore;
import covey.store.Transaction;
import covey.wire.DeviceId;
import covey.wire.proto.CommandResult;
import covey.wire.proto.Holder;
import covey.wire.proto.KeptShare;
import covey.wire.proto.KeptShareState;
import covey.wire.proto.ListingWanted;
import covey.wire.proto.OwnShares;
import covey.wire.proto.OwnSharesWanted;
import covey.wire.proto.Query;
import covey.wire.proto.Share;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A device's own list of what it shares, beside a hub's state. */
final class SharesTest {
    private final World hub = World.open();
    private final DeviceId amy = hub.join("amy");
    private final MemoryStore local = new MemoryStore();
    private Shares shares = shares();
    private int commandBytesMax = 10_000;

    private Shares shares() {
        return new Shares(name -> hub.state.view().account(name).orElseThrow().index());
    }

    @AfterEach
    void stop() {
        hub.close();
    }

    @Test
    void whatIsThereIsRegisteredAndWhatIsGoneIsWithdrawn() {
        turn(state -> shares.replace(state, text("music"), List.of(file("music/a", 1), file("music/b", 2))));
        turn(state -> shares.put(state, file("musical", 3)));
        assertThat(sendAll()).isEqualTo(1);
        assertThat(atHub()).containsExactly("music/a", "music/b", "musical");
        turn(state -> shares.replace(state, text("music"), List.of(file("music/a", 1), file("music/c", 2))));
        assertThat(sendAll()).isEqualTo(2);
        assertThat(atHub()).containsExactly("music/a", "music/c", "musical");
    }

    @Test
    void theSameAgainIsNotSent() {
        turn(state -> shares.put(state, file("a", 1)));
        sendAll();
        turn(state -> shares.replace(state, ByteString.EMPTY, List.of(file("a", 1))));
        turn(state -> shares.hubHas(state, own()));
        assertThat(sendAll()).isZero();
    }

    @Test
    void aHubThatLostThemGetsThemAgain() {
        turn(state -> shares.replace(state, ByteString.EMPTY, List.of(file("a", 1), file("b", 2))));
        sendAll();
        hub.ok(hub.as(amy, CatalogTest.withdraw("a")));
        hub.ok(hub.as(amy, CatalogTest.register(file("stranger", 9))));
        turn(state -> shares.hubHas(state, own()));
        sendAll();
        assertThat(atHub()).containsExactly("a", "b");
        turn(state -> shares.hubHas(state, own()));
        assertThat(sendAll()).isZero();
    }

    /** The process was killed between the two. */
    @Test
    void whatWasDoneAndNotAnsweredIsNotSentAgain() {
        turn(state -> shares.replace(state, ByteString.EMPTY, List.of(file("a", 1), file("b", 2))));
        hub.ok(hub.as(amy, next().orElseThrow().command()));
        shares = shares();
        turn(state -> shares.hubHas(state, own()));
        assertThat(sendAll()).isZero();
        assertThat(Shares.list(local, ByteString.EMPTY))
                .allMatch(kept -> kept.getState() == KeptShareState.SHARE_KNOWN);
    }

    @Test
    void anAnswerThatComesLateKeepsNothingThatIsToGo() {
        turn(state -> shares.put(state, file("secret", 1)));
        Shares.Outgoing late = next().orElseThrow();
        hub.ok(hub.as(amy, late.command()));
        hub.ok(hub.as(amy, CatalogTest.register(file("stranger", 9))));
        turn(state -> shares.remove(state, text("secret")));
        turn(state -> shares.hubHas(state, own()));
        turn(state -> shares.acknowledged(state, late));
        sendAll();
        assertThat(atHub()).isEmpty();
    }

    @Test
    void oneShareThatIsRefusedDoesNotHoldUpTheOthers() {
        List<Share> many = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            many.add(file("f%02d".formatted(i), i));
        }
        many.set(37, many.get(37).toBuilder().setAccount("nobody").build());
        shares = new Shares(name -> 1);
        turn(state -> shares.replace(state, ByteString.EMPTY, many));
        assertThat(sendAll()).isLessThan(25);
        assertThat(atHub()).hasSize(59);
        List<KeptShare> refused = Shares.list(local, ByteString.EMPTY).stream()
                .filter(kept -> kept.getState() == KeptShareState.SHARE_REFUSED)
                .toList();
        assertThat(refused).hasSize(1);
        assertThat(refused.getFirst().getRefusal()).contains("@nobody");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void hubAndDeviceComeToTheSameWhateverIsLostBetweenThem(long seed) {
        Random random = new Random(seed);
        Map<ByteString, Share> there = new TreeMap<>(ByteString.unsignedLexicographicalComparator());
        commandBytesMax = 600;
        for (int round = 0; round < 300; round++) {
            ByteString path = text("f" + random.nextInt(40));
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> {
                    Share share = file(path.toStringUtf8(), random.nextInt(5));
                    there.put(path, share);
                    turn(state -> shares.put(state, share));
                }
                case 3 -> {
                    there.remove(path);
                    turn(state -> shares.remove(state, path));
                }
                case 4 -> {
                    shares = shares(); // the process starts anew
                    turn(state -> shares.hubHas(state, own()));
                }
                default -> sendOne(random);
            }
        }
        turn(state -> shares.hubHas(state, own()));
        sendAll();
        assertThat(atHub())
                .as("seed %d", seed)
                .isEqualTo(there.keySet().stream().map(ByteString::toStringUtf8).toList());
        turn(state -> shares.hubHas(state, own()));
        assertThat(sendAll()).isZero();
    }

    /** The command or its answer may be lost, and what is shared may change meanwhile. */
    private void sendOne(Random random) {
        Optional<Shares.Outgoing> next = next();
        if (next.isEmpty() || random.nextInt(4) == 0) {
            return;
        }
        CommandResult result = hub.as(amy, next.get().command());
        if (random.nextInt(4) > 0) {
            turn(state -> shares.acknowledged(state, next.get()));
        }
        hub.ok(result);
    }

    private Optional<Shares.Outgoing> next() {
        Transaction transaction = new Transaction(local);
        Optional<Shares.Outgoing> next = shares.next(transaction, commandBytesMax);
        local.write(transaction.toBatch(), false);
        return next;
    }

    private int sendAll() {
        int sent = 0;
        for (Optional<Shares.Outgoing> next = next(); next.isPresent(); next = next()) {
            Shares.Outgoing outgoing = next.get();
            CommandResult result = hub.as(amy, outgoing.command());
            turn(state -> {
                if (result.hasProblem()) {
                    shares.refused(state, outgoing, result.getProblem().getMessage());
                } else {
                    shares.acknowledged(state, outgoing);
                }
            });
            sent++;
        }
        return sent;
    }

    private void turn(Consumer<Transaction> change) {
        Transaction transaction = new Transaction(local);
        change.accept(transaction);
        local.write(transaction.toBatch(), true);
    }

    private OwnShares own() {
        Query query = Query.newBuilder()
                .setOwnShares(OwnSharesWanted.getDefaultInstance())
                .build();
        return hub.state.query(amy, query).getOwnShares();
    }

    private List<String> atHub() {
        Query query = Query.newBuilder()
                .setListing(ListingWanted.newBuilder().setAccount("amy"))
                .build();
        return hub.state.query(amy, query).getListing().getSharesList().stream()
                .map(Holder::getShare)
                .map(share -> share.getPath().toStringUtf8())
                .toList();
    }

    private static Share file(String path, int number) {
        return CatalogTest.file(path, number);
    }

    private static ByteString text(String text) {
        return ByteString.copyFromUtf8(text);
    }
}
