package covey.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import covey.store.MemoryStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MemoryLogTest {
    private final TestEnv env = new TestEnv();
    private final List<String> heard = new ArrayList<>();
    private final LedgerMachine machine = machine();
    private final MemoryLog log = new MemoryLog(env.newLoop("log"), machine);

    @Test
    void anEntryIsAppliedBeforeItIsAcknowledged() {
        submit(log, 1);
        assertThat(heard).isEmpty();
        env.run();

        assertThat(heard).containsExactly("applied");
        assertThat(machine.counts()).hasSize(1);
    }

    @Test
    void aDirectLogAnswersWithinSubmit() {
        submit(MemoryLog.direct(machine()), 1);

        assertThat(heard).containsExactly("applied");
    }

    @Test
    void aCrashKeepsWhatWasAcknowledgedAndReplaysIt() {
        submit(log, 1);
        submit(log, 2);
        env.run();
        log.hold(true);
        submit(log, 3);
        submit(log, 4);

        LedgerMachine next = machine();
        MemoryLog after = log.crash(1, env.newLoop("log"), next);
        env.run();

        assertThat(heard).as("the dead log is silent").containsExactly("applied", "applied");
        assertThat(next.counts().keySet()).containsExactly("1/1", "1/2", "1/3");
        submit(after, 5);
        env.run();
        assertThat(after.status().appliedIndex()).isEqualTo(4);
        assertThat(after.status().term()).isEqualTo(2);
        submit(log, 6);
        assertThat(heard).last().asString().startsWith("CLOSED");
    }

    @Test
    void aReplayGivesTheSameState() {
        for (int i = 1; i <= 50; i++) {
            submit(log, i);
        }
        env.run();
        String before = machine.stateHash();

        LedgerMachine next = machine();
        log.crash(0, env.newLoop("log"), next);

        assertThat(next.stateHash()).isEqualTo(before);
    }

    @Test
    void aMachineThatHoldsAPartIsBroughtUpToDate() {
        submit(log, 1);
        env.run();
        submit(log, 2);
        env.run();

        log.crash(0, env.newLoop("log"), machine);

        assertThat(machine.applyCount()).isEqualTo(2);
    }

    @Test
    void aLostOutcomeMayOrMayNotBeApplied() {
        log.loseOutcomes(1);
        submit(log, 1);
        env.run();
        log.loseEntries(1);
        submit(log, 2);
        env.run();
        submit(log, 3);
        env.run();

        assertThat(heard).containsExactly("UNKNOWN", "UNKNOWN", "applied");
        assertThat(machine.counts().keySet()).containsExactly("1/1", "1/3");
    }

    @Test
    void aMachineThatThrowsHaltsTheLog() {
        machine.failAfter(0);
        submit(log, 1);
        try {
            env.run();
        } catch (IllegalStateException e) {
            heard.add(e.getMessage());
        }
        submit(log, 2);

        assertThat(heard).containsExactly("unknown version 99", "CLOSED");
        assertThat(log.status().isLeader()).isFalse();
    }

    @Test
    void aReadBarrierComesAfterWhatWasSubmittedBefore() {
        submit(log, 1);
        log.readBarrier(outcome("barrier"));
        env.run();

        assertThat(heard).containsExactly("applied", "barrier");
    }

    private void submit(MemoryLog target, long sequence) {
        target.submit(Ledger.entry(1, sequence), outcome("applied"));
    }

    private ReplicatedLog.Outcome outcome(String name) {
        return new ReplicatedLog.Outcome() {
            @Override
            public void applied(byte[] result) {
                heard.add(name);
            }

            @Override
            public void failed(ReplicatedLog.Failure failure, String why) {
                heard.add(failure.name());
            }
        };
    }

    private static LedgerMachine machine() {
        return new LedgerMachine(MemoryStore.factory(), Path.of("unused"), false);
    }
}
