package covey.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import covey.store.MemoryStore;
import covey.store.StoreException;
import covey.store.StoreFactory;
import covey.wire.DeviceId;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.LogBatch;
import covey.wire.proto.LoggedCommand;
import covey.wire.proto.RegistrationPolicy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What holds for every command, whatever it does. */
final class ExactlyOnceTest {
    private final World hub = World.open();
    private final DeviceId amy = hub.join("amy");
    private final DeviceId bob = hub.join("bob");

    @Test
    void aRepeatedCommandGetsItsFirstResultAndIsNotAppliedAgain() {
        CommandResult first = hub.ok(hub.as(amy, 1, 1, 1, deposit("one")));
        hub.nowMillis += 5_000;
        assertThat(hub.as(amy, 1, 1, 1, deposit("another, under the same number")))
                .isEqualTo(first);
        assertThat(hub.state.mailWaiting(bob)).isEqualTo(1);
        assertThat(hub.lastEffects().isEmpty()).isTrue();
    }

    @Test
    void aRefusalIsAResultLikeAnyOther() {
        CommandResult refused = hub.as(amy, 1, 1, 1, World.deposit("x", "carol", bob));
        hub.join("carol");
        assertThat(hub.as(amy, 1, 1, 1, World.deposit("x", "carol", World.id("carol"))))
                .isEqualTo(refused);
    }

    @Test
    void resultsAreKeptFromTheFirstUnansweredOneOn() {
        List<CommandResult> results = new ArrayList<>();
        for (int i = 1; i <= 100; i++) {
            results.add(hub.ok(hub.as(amy, 1, i, 1, deposit("m" + i))));
            hub.nowMillis++;
        }
        for (int i = 100; i >= 1; i--) {
            assertThat(hub.as(amy, 1, i, 1, deposit("x"))).isEqualTo(results.get(i - 1));
        }
        hub.ok(hub.as(amy, 1, 101, 51, deposit("m101")));
        assertThat(hub.as(amy, 1, 51, 51, deposit("x"))).isEqualTo(results.get(50));
        assertThat(World.code(hub.as(amy, 1, 50, 50, deposit("x")))).isEqualTo(ErrorCode.BELOW_WINDOW);
        assertThat(hub.state.mailWaiting(bob)).isEqualTo(101);
    }

    @Test
    void commandsMayArriveOutOfOrder() {
        hub.ok(hub.as(amy, 1, 3, 1, deposit("three")));
        hub.ok(hub.as(amy, 1, 1, 1, deposit("one")));
        hub.ok(hub.as(amy, 1, 2, 1, deposit("two")));
        assertThat(hub.state.mailWaiting(bob)).isEqualTo(3);
    }

    @Test
    void unansweredCommandsAreBounded() {
        hub.ok(hub.as(amy, 1, 1, 1, deposit("one")));
        hub.ok(hub.as(amy, 1, 4_096, 1, deposit("last that fits")));
        assertThat(World.code(hub.as(amy, 1, 4_097, 1, deposit("too many")))).isEqualTo(ErrorCode.BUSY);
        hub.ok(hub.as(amy, 1, 4_097, 2, deposit("too many")));
        assertThat(hub.state.mailWaiting(bob)).isEqualTo(3);
    }

    @Test
    void sequencesMustMakeSense() {
        assertThat(World.code(hub.as(amy, 1, 0, 0, deposit("x")))).isEqualTo(ErrorCode.BAD_REQUEST);
        assertThat(World.code(hub.as(amy, 1, 5, 6, deposit("x")))).isEqualTo(ErrorCode.BAD_REQUEST);
        assertThat(World.code(hub.as(amy, 1, -1, 1, deposit("x")))).isEqualTo(ErrorCode.BAD_REQUEST);
    }

    @Test
    void everyIncarnationHasItsOwnWindow() {
        CommandResult first = hub.ok(hub.as(amy, 1, 1, 1, deposit("one")));
        hub.nowMillis += 1_000;
        CommandResult second = hub.ok(hub.as(amy, 2, 1, 1, deposit("two")));
        assertThat(second).isNotEqualTo(first);
        assertThat(hub.as(amy, 1, 1, 1, deposit("x"))).isEqualTo(first);
        hub.ok(hub.as(amy, 1, 2, 1, deposit("still on its way")));
        assertThat(hub.state.mailWaiting(bob)).isEqualTo(3);
    }

    @Test
    void theWindowOfAReplacedProcessIsForgottenByTicksAndNeverTakenForNew() {
        hub.ok(hub.as(amy, 1, 1, 1, deposit("one")));
        hub.ok(hub.as(amy, 2, 1, 1, deposit("two")));
        hub.nowMillis += 10 * 60 * 1000;
        hub.tick();
        assertThat(World.code(hub.as(amy, 1, 1, 1, deposit("one")))).isEqualTo(ErrorCode.BELOW_WINDOW);
        assertThat(World.code(hub.as(amy, 1, 2, 1, deposit("x")))).isEqualTo(ErrorCode.BELOW_WINDOW);
        hub.ok(hub.as(amy, 2, 2, 1, deposit("three")));
    }

    @Test
    void aDeviceThatStartsAllTheTimeKeepsABoundedNumberOfWindows() {
        for (int incarnation = 1; incarnation <= 6; incarnation++) {
            hub.ok(hub.as(amy, incarnation, 1, 1, deposit("m" + incarnation)));
        }
        assertThat(World.code(hub.as(amy, 1, 1, 1, deposit("x")))).isEqualTo(ErrorCode.BELOW_WINDOW);
        hub.ok(hub.as(amy, 3, 1, 1, deposit("x")));
        assertThat(hub.state.mailWaiting(bob)).isEqualTo(6);
    }

    @Test
    void theHubsOwnCommandsAreAppliedOnceToo() {
        LoggedCommand join = hub.logged(World.joining("carol", "carol", ""))
                .setIncarnation(77)
                .setSequence(1)
                .setFirstUnanswered(1)
                .build();
        CommandResult first = hub.ok(hub.apply(join));
        hub.ok(hub.asHub(World.removing("carol")));
        assertThat(hub.apply(join)).isEqualTo(first);
        assertThat(hub.state.view().account("carol")).isEmpty();
    }

    @Test
    void strangersLeaveNoTrace() {
        World other = World.open();
        other.join("amy");
        other.join("bob");
        LoggedCommand stranger = hub.next(World.id("stranger"), deposit("x"));
        LoggedCommand nobody =
                hub.logged(deposit("x")).setDevice(World.bytes("no device id")).build();
        hub.applyAll(List.of(stranger, nobody))
                .forEach(result -> assertThat(World.code(result)).isEqualTo(ErrorCode.NOT_LOGGED_IN));
        other.applyAll(List.of());
        assertThat(hub.state.stateHash()).isEqualTo(other.state.stateHash());
    }

    @Test
    void oneRefusedCommandDoesNotTouchTheOthersOfItsEntry() {
        List<CommandResult> results = hub.applyAll(List.of(
                hub.next(amy, deposit("one")),
                hub.next(amy, World.deposit("x", "nobody", bob)),
                hub.next(amy, deposit("two"))));
        assertThat(results).extracting(CommandResult::hasProblem).containsExactly(false, true, false);
        assertThat(hub.state.mailWaiting(bob)).isEqualTo(2);
    }

    @Test
    void timeNeverGoesBack() {
        hub.nowMillis = 2_000_000;
        hub.ok(hub.as(amy, deposit("one")));
        hub.nowMillis = 1_500_000;
        hub.ok(hub.as(amy, deposit("two")));
        assertThat(hub.state.mail(bob, 1, 1_000).getFirst().getTimeMillis()).isEqualTo(2_000_000);
        assertThat(hub.state.stateTimeMillis()).isEqualTo(2_000_000);
    }

    @Test
    void anEntryOfAHigherLevelOrGarbageHaltsAndChangesNothing() {
        byte[] before = hub.state.stateHash();
        byte[] later =
                LogBatch.newBuilder().setLevel(HubState.LEVEL + 1).build().toByteArray();
        byte[] none = LogBatch.getDefaultInstance().toByteArray();
        byte[] garbage = "garbage".getBytes(StandardCharsets.UTF_8);
        for (byte[] entry : List.of(later, none, garbage)) {
            assertThatThrownBy(() -> hub.state.apply(1, hub.state.appliedIndex() + 1, entry))
                    .isInstanceOf(HaltException.class);
        }
        assertThat(hub.state.stateHash()).isEqualTo(before);
    }

    @Test
    void anEntryIsNeverAppliedTwice() {
        byte[] entry = LogBatch.newBuilder().setLevel(1).build().toByteArray();
        assertThatThrownBy(() -> hub.state.apply(1, hub.state.appliedIndex(), entry))
                .isInstanceOf(HaltException.class);
    }

    @Test
    void aFailingStoreHalts() {
        MemoryStore store = new MemoryStore();
        StoreFactory stores = new StoreFactory() {
            @Override
            public MemoryStore empty(Path folder) {
                return store;
            }

            @Override
            public MemoryStore copyOf(Path checkpoint, Path folder) {
                throw new UnsupportedOperationException();
            }
        };
        World world = new World(stores, Path.of("unused"));
        store.failNextWrite("the disk is gone");
        assertThatThrownBy(() -> world.asHub(World.boot(RegistrationPolicy.OPEN)))
                .isInstanceOf(StoreException.class);
        assertThat(world.state.appliedIndex()).isZero();
        assertThat(world.state.view().size()).isZero();
    }

    @Test
    void aPoisonCommandIsIsolatedWithWhatItChanged() {
        MemoryStore store = new MemoryStore();
        Poison poison = new Poison(store);
        World world = new World(poison, Path.of("unused"));
        world.ok(world.asHub(World.boot(RegistrationPolicy.OPEN)));
        DeviceId carol = world.join("carol");
        DeviceId dave = world.join("dave");
        long size = world.state.view().size();
        poison.armed = true;
        List<CommandResult> results = world.applyAll(List.of(
                world.next(carol, World.deposit("one", "dave", dave)),
                world.logged(World.joining("poison", "poison", "")).build(),
                world.next(carol, World.deposit("two", "dave", dave))));
        assertThat(results.get(1).getProblem().getCode()).isEqualTo(ErrorCode.INTERNAL);
        assertThat(results.get(1).getProblem().getMessage()).contains("ArithmeticException");
        assertThat(world.state.view().size()).isEqualTo(size);
        assertThat(world.state.view().account("poison")).isEmpty();
        assertThat(world.state.mailWaiting(dave)).isEqualTo(2);
        assertThat(world.lastEffects().directoryGrew()).isFalse();
        poison.armed = false;
        world.ok(world.asHub(World.joining("poison", "poison", "")));
    }

    private Command deposit(String message) {
        return World.deposit(message, "bob", bob);
    }

    @Test
    void aListenerThatFailsStopsNothing() {
        hub.state.listener((index, effects) -> {
            throw new IllegalStateException("closing");
        });
        assertThat(hub.ok(hub.apply(hub.next(amy, deposit("one")))).hasStored()).isTrue();
        assertThat(hub.state.mailWaiting(bob)).isEqualTo(1);
    }

    @Test
    void effectsTellWhatHappened() {
        Effects effects = hub.lastEffects();
        assertThat(effects.directoryGrew()).isTrue();
        assertThat(effects.mailFor()).isEmpty();
        ByteString lab = hub.room(amy, "#lab", false);
        assertThat(hub.lastEffects().roomsChanged()).containsExactly(lab);
        assertThat(hub.lastEffects().directoryGrew()).isFalse();
    }
}
