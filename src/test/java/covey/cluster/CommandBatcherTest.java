package covey.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import covey.cluster.ReplicatedLog.Failure;
import covey.store.MemoryStore;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.LogBatch;
import covey.wire.proto.LoggedCommand;
import covey.wire.proto.Tick;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class CommandBatcherTest {
    private final TestEnv env = new TestEnv();
    private final LedgerMachine machine = new LedgerMachine(MemoryStore.factory(), Path.of("unused"), true);
    private final MemoryLog log = new MemoryLog(env.newLoop("log"), machine);
    private final CommandBatcher batcher = new CommandBatcher(log, env);
    private final List<Long> answered = new ArrayList<>();
    private final List<CommandResult> problems = new ArrayList<>();

    @BeforeAll
    static void expectTroubleToBeLogged() {
        QuietLogs.silence("covey.cluster");
    }

    @Test
    void theFirstCommandGoesAtOnceAndTheOthersShareTheNextEntry() {
        submit(1, 100);
        assertThat(log.writtenCount()).isEqualTo(1);
        env.run();

        assertThat(answered)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, 100).boxed().toList());
        assertThat(log.status().appliedIndex()).as("entries: 1 + 99 commands").isEqualTo(2);
    }

    @Test
    void anEntryHoldsNoMoreThan256CommandsAnd256KiB() {
        submit(1, 1 + 256 + 10);
        env.run();
        assertThat(log.status().appliedIndex()).isEqualTo(3);

        log.hold(true);
        submit(1_000, 1);
        LoggedCommand.Builder large = Ledger.command(1, 2_000);
        large.getCommandBuilder().getRoomPostBuilder().setRoom(ByteString.copyFrom(new byte[100_000]));
        for (int i = 0; i < 5; i++) {
            batcher.submit(large.clone().setSequence(2_000 + i), this::record);
        }
        log.hold(false);
        env.run();
        assertThat(log.status().appliedIndex())
                .as("1, then 2 + 2 + 1 large ones")
                .isEqualTo(3 + 4);
        assertThat(problems).isEmpty();
    }

    @Test
    void aCommandLargerThanAnEntryGoesAlone() {
        LoggedCommand.Builder large = Ledger.command(1, 1);
        large.getCommandBuilder().getRoomPostBuilder().setRoom(ByteString.copyFrom(new byte[400_000]));
        batcher.submit(large, this::record);
        env.run();

        assertThat(answered).containsExactly(1L);
    }

    @Test
    void unknownOutcomeIsSubmittedAgainUnchangedAndDoneOnce() {
        log.loseOutcomes(1);
        submit(1, 1);
        submit(2, 5);
        env.run();
        assertThat(answered).isEmpty();

        env.pass(CommandBatcher.RETRY_MILLIS_MIN);

        assertThat(answered).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
        assertThat(machine.counts().values()).allMatch(count -> count == 1).hasSize(6);
    }

    @Test
    void nothingOvertakesALostEntry() {
        log.loseEntries(3);
        submit(1, 1);
        submit(2, 300);
        env.pass(10 * CommandBatcher.RETRY_MILLIS_MIN);

        assertThat(answered)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, 301).boxed().toList());
        assertThat(machine.commands.stream().map(LoggedCommand::getSequence))
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, 301).boxed().toList());
    }

    @Test
    void aBusyLogIsAskedAgainUntilTheDeadline() {
        log.busy(true);
        submit(1, 1);
        env.pass(CommandBatcher.DEADLINE_MILLIS / 2);
        assertThat(answered).isEmpty();
        log.busy(false);
        env.pass(CommandBatcher.RETRY_MILLIS_MAX);
        assertThat(answered).containsExactly(1L);

        log.busy(true);
        submit(2, 1);
        env.pass(CommandBatcher.DEADLINE_MILLIS + CommandBatcher.RETRY_MILLIS_MAX);
        assertThat(problems).hasSize(1);
        assertThat(problems.getFirst().getProblem().getCode()).isEqualTo(ErrorCode.UNREACHABLE);

        log.busy(false);
        submit(3, 1);
        env.run();
        assertThat(answered).as("the lane is free again").containsExactly(1L, 3L);
    }

    @Test
    void aFullQueueAnswersBusyAtOnce() {
        log.hold(true);
        submit(1, 1 + CommandBatcher.QUEUE_COMMANDS_MAX);
        assertThat(problems).isEmpty();
        submit(1_000_000, 1);

        assertThat(problems).hasSize(1);
        assertThat(problems.getFirst().getProblem().getCode()).isEqualTo(ErrorCode.BUSY);
        log.hold(false);
        env.run();
        assertThat(answered).hasSize(1 + CommandBatcher.QUEUE_COMMANDS_MAX);
    }

    @Test
    void timeNeverGoesBackAndGoesOnAtHalfSpeedAfterTheClockWasSetBack() {
        submit(1, 1);
        env.run();
        long start = machine.commands.getLast().getTimeMillis();
        env.setWall(start - 3_600_000);
        env.pass(1_000);
        submit(2, 1);
        env.run();

        assertThat(machine.commands.getLast().getTimeMillis()).isEqualTo(start + 500);
        env.setWall(start + 10_000);
        submit(3, 1);
        env.run();
        assertThat(machine.commands.getLast().getTimeMillis()).isEqualTo(start + 10_000);
    }

    @Test
    void everyCommandGetsItsOwnRandomness() {
        submit(1, 500);
        env.run();

        Set<Object> seen = new HashSet<>();
        machine.commands.forEach(command -> {
            assertThat(command.getRandomness().size()).isEqualTo(16);
            assertThat(seen.add(command.getRandomness())).isTrue();
        });
    }

    @Test
    void theHubsOwnCommandsGetIdentitiesSoThatARetryIsKnownAgain() {
        log.loseOutcomes(1);
        LoggedCommand.Builder tick =
                LoggedCommand.newBuilder().setCommand(Command.newBuilder().setTick(Tick.getDefaultInstance()));
        for (int i = 0; i < 3; i++) {
            batcher.submit(tick.clone(), this::record);
        }
        env.run();
        env.pass(CommandBatcher.RETRY_MILLIS_MIN);

        assertThat(answered).containsExactly(1L, 2L, 3L);
        assertThat(machine.counts().values()).containsExactly(1L, 1L, 1L);
        batcher.submit(tick.clone(), this::record);
        env.run();
        assertThat(machine.commands.getLast().getFirstUnanswered()).isEqualTo(4);
    }

    @Test
    void commandsSubmittedWithinAnAnswerKeepTheOrder() {
        batcher.submit(Ledger.command(1, 1), result -> {
            record(result);
            submit(2, 3);
        });
        env.run();

        assertThat(answered).containsExactly(1L, 2L, 3L, 4L);
    }

    @Test
    void aFailingListenerDoesNotKeepOthersFromTheirAnswers() {
        submit(1, 1);
        batcher.submit(Ledger.command(1, 2), result -> {
            throw new IllegalStateException("a listener's own fault");
        });
        submit(3, 1);
        env.run();

        assertThat(answered).containsExactly(1L, 3L);
    }

    @Test
    void closingAnswersWhatWaitsAndRefusesWhatComes() {
        log.hold(true);
        submit(1, 10);
        batcher.close();
        submit(11, 1);

        assertThat(problems).hasSize(11);
        assertThat(problems.getFirst().getProblem().getMessage()).contains("shutting down");
        log.hold(false);
        env.run();
        assertThat(answered).isEmpty();
        assertThat(problems).hasSize(11);
    }

    @Test
    void aClosedLogEndsTheWaitAtOnce() {
        log.hold(true);
        submit(1, 2);
        log.close();
        env.run();

        assertThat(problems).hasSize(2);
    }

    @Test
    void theEntryIsALogBatchOfTheGivenLevel() throws InvalidProtocolBufferException {
        List<byte[]> entries = new ArrayList<>();
        ReplicatedLog recording = new MemoryLogBase() {
            @Override
            public void submit(byte[] entry, Outcome outcome) {
                entries.add(entry);
                outcome.failed(Failure.CLOSED, "enough");
            }
        };
        new CommandBatcher(recording, env, 7).submit(Ledger.command(3, 4), result -> {});

        LogBatch batch = LogBatch.parseFrom(entries.getFirst());
        assertThat(batch.getLevel()).isEqualTo(7);
        assertThat(batch.getCommands(0).getIncarnation()).isEqualTo(3);
    }

    private void submit(long first, int count) {
        IntStream.range(0, count).forEach(i -> batcher.submit(Ledger.command(1, first + i), this::record));
    }

    private void record(CommandResult result) {
        if (result.hasProblem()) {
            problems.add(result);
        } else {
            answered.add(result.getStored().getIndex());
        }
    }

    /** A log that only takes what a test looks at. */
    private abstract static class MemoryLogBase implements ReplicatedLog {
        @Override
        public void readBarrier(Outcome outcome) {
            outcome.failed(Failure.CLOSED, "not here");
        }

        @Override
        public List<Member> members() {
            return List.of();
        }

        @Override
        public Status status() {
            return new Status(true, "", 1, 0);
        }

        @Override
        public void close() {}
    }
}
