package covey.cluster;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import covey.cluster.ReplicatedLog.Failure;
import covey.env.Clock;
import covey.env.Env;
import covey.env.Loop;
import covey.wire.proto.CommandResult;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.LogBatch;
import covey.wire.proto.LoggedCommand;
import covey.wire.proto.Problem;
import covey.wire.proto.ResultBatch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Group commit: commands that come while an entry is on its way to the disk share the next one. One lane for all, so
 * that a device's commands are applied in the order it sent them.
 *
 * <p>Stamps every command with time and randomness, since {@code apply} has neither. When the outcome of an entry is
 * not known it submits the very same bytes again: the state's exactly-once window sees commands it knows. The hub's own
 * commands get identities here for that.
 *
 * <p>Any thread may submit; results arrive in order of submission, on a thread of the log, and must not block it.
 * {@code lock} guards all state.
 */
public final class CommandBatcher implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(CommandBatcher.class);

    /** Enough to make the fsync cheap for each, few enough to be applied in about a millisecond. */
    static final int BATCH_COMMANDS_MAX = 256;

    /** Keeps an entry far below what replication takes in one message (4 MiB). */
    static final int BATCH_BYTES_MAX = 256 << 10;

    /** About a second of work; more waiting would only make everybody's answer late. */
    static final int QUEUE_COMMANDS_MAX = 32_768;

    static final long QUEUE_BYTES_MAX = 64L << 20;

    /** Entries on their way at once. */
    static final int FLIGHTS_MAX = 1;

    static final long RETRY_MILLIS_MIN = 20;
    static final long RETRY_MILLIS_MAX = 1_000;

    /** Whoever asked has given up by then, or asks again. */
    static final long DEADLINE_MILLIS = 30_000;

    private static final int RANDOM_BYTES = 16;

    private final Object lock = new Object();
    private final ReplicatedLog replicated;
    private final Env env;
    private final int level;
    private final Loop retries;
    private final StateTime time;
    private final long ownIncarnation;
    private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
    private final ArrayDeque<Flight> flights = new ArrayDeque<>();
    private long queueBytes;
    private long ownSequence;
    private long ownAnswered;
    private boolean isDelivering;
    private boolean isClosed;

    public CommandBatcher(ReplicatedLog replicated, Env env) {
        this(replicated, env, 1);
    }

    /** @param level of the commands: every member must be able to apply it */
    public CommandBatcher(ReplicatedLog replicated, Env env, int level) {
        this.replicated = replicated;
        this.env = env;
        this.level = level;
        retries = env.newLoop("command-retries");
        time = new StateTime(env.clock());
        ownIncarnation = env.random().nextLong() & Long.MAX_VALUE;
    }

    /**
     * The command's identity (device, incarnation, sequence, first unanswered) is the caller's; time, randomness and,
     * for a command of the hub itself, identity are filled in here. {@code done} is called exactly once.
     */
    public void submit(LoggedCommand.Builder command, Consumer<CommandResult> done) {
        Waiting waiting = new Waiting(command, command.getCommand().getSerializedSize(), done);
        String refusal = null;
        synchronized (lock) {
            if (isClosed) {
                refusal = "The hub is shutting down; try again when it is back.";
            } else if (queue.size() >= QUEUE_COMMANDS_MAX || queueBytes + waiting.bytes() > QUEUE_BYTES_MAX) {
                refusal = "The hub has too many commands waiting (" + queue.size() + "); try again in a second.";
            } else {
                queue.add(waiting);
                queueBytes += waiting.bytes();
            }
        }
        if (refusal == null) {
            launch();
        } else {
            done.accept(problem(ErrorCode.BUSY, refusal));
        }
    }

    /** Commands that wait or are on their way. */
    public int pending() {
        synchronized (lock) {
            return queue.size()
                    + flights.stream().mapToInt(flight -> flight.done.size()).sum();
        }
    }

    /** Answers what is still waiting with a problem; what is on its way may be applied or not. */
    @Override
    public void close() {
        List<Consumer<CommandResult>> unanswered = new ArrayList<>();
        synchronized (lock) {
            if (isClosed) {
                return;
            }
            isClosed = true;
            flights.stream()
                    .filter(flight -> flight.results.isEmpty())
                    .forEach(flight -> unanswered.addAll(flight.done));
            flights.removeIf(flight -> flight.results.isEmpty());
            queue.forEach(waiting -> unanswered.add(waiting.done()));
            queue.clear();
        }
        retries.close();
        CommandResult result = problem(
                ErrorCode.UNREACHABLE, "The hub is shutting down; ask again when it is back: nothing is done twice.");
        unanswered.forEach(done -> answer(done, result));
    }

    /** Sends the next entry when the lane is free. */
    private void launch() {
        while (true) {
            Flight flight;
            synchronized (lock) {
                if (isClosed || queue.isEmpty() || flights.size() >= FLIGHTS_MAX || isStalled()) {
                    return;
                }
                flight = nextFlight();
                flights.add(flight);
            }
            replicated.submit(flight.entry, flight);
        }
    }

    /** Nothing may overtake an entry that is to be submitted again. */
    private boolean isStalled() {
        return flights.stream().anyMatch(flight -> flight.attempts > 0 && flight.results.isEmpty());
    }

    private Flight nextFlight() {
        long now = time.next();
        byte[] randomness = env.randomBytes(RANDOM_BYTES * Math.min(queue.size(), BATCH_COMMANDS_MAX));
        LogBatch.Builder batch = LogBatch.newBuilder().setLevel(level);
        List<Consumer<CommandResult>> done = new ArrayList<>();
        int own = 0;
        long bytes = 0;
        for (Waiting next = queue.peek(); next != null; next = queue.peek()) {
            bytes += next.bytes();
            if (!done.isEmpty() && (done.size() == BATCH_COMMANDS_MAX || bytes > BATCH_BYTES_MAX)) {
                break;
            }
            queue.remove();
            queueBytes -= next.bytes();
            LoggedCommand.Builder command = next.command()
                    .setTimeMillis(now)
                    .setRandomness(ByteString.copyFrom(randomness, RANDOM_BYTES * done.size(), RANDOM_BYTES));
            if (command.getDevice().isEmpty() && command.getSequence() == 0) {
                command.setIncarnation(ownIncarnation)
                        .setSequence(++ownSequence)
                        .setFirstUnanswered(ownAnswered + 1);
                own++;
            }
            batch.addCommands(command);
            done.add(next.done());
        }
        return new Flight(batch.build().toByteArray(), List.copyOf(done), own);
    }

    private void onFailure(Flight flight, Failure failure, String why) {
        long nowMillis = env.clock().monotonicMillis();
        synchronized (lock) {
            if (isClosed || !flights.contains(flight)) {
                return;
            }
            boolean isOver = failure == Failure.CLOSED || nowMillis - flight.sinceMillis >= DEADLINE_MILLIS;
            if (!isOver) {
                flight.attempts++;
                long backoff = RETRY_MILLIS_MIN << Math.min(flight.attempts - 1, 10);
                retries.schedule(Math.min(backoff, RETRY_MILLIS_MAX), () -> retry(flight));
                log.debug("entry to be submitted again failure={} why={} attempt={}", failure, why, flight.attempts);
                return;
            }
            log.warn("entry given up failure={} why={} commands={}", failure, why, flight.done.size());
            CommandResult result = problem(
                    ErrorCode.UNREACHABLE,
                    "The hub could not make this durable (" + why + "); ask again: nothing is done twice.");
            flight.results = flight.done.stream().map(done -> result).toList();
        }
        deliver();
        launch();
    }

    private void retry(Flight flight) {
        synchronized (lock) {
            if (isClosed || !flights.contains(flight)) {
                return;
            }
        }
        replicated.submit(flight.entry, flight);
    }

    private void onApplied(Flight flight, byte[] resultBatch) {
        List<CommandResult> results = results(flight, resultBatch);
        synchronized (lock) {
            if (!flights.contains(flight)) {
                return;
            }
            flight.results = results;
        }
        deliver();
        launch();
    }

    private static List<CommandResult> results(Flight flight, byte[] resultBatch) {
        try {
            List<CommandResult> results = ResultBatch.parseFrom(resultBatch).getResultsList();
            if (results.size() == flight.done.size()) {
                return results;
            }
            log.error("results: {} (expected: {})", results.size(), flight.done.size());
        } catch (InvalidProtocolBufferException e) {
            log.error("results cannot be read", e);
        }
        CommandResult result = problem(ErrorCode.INTERNAL, "The hub lost the answer to this command; look at its log.");
        return flight.done.stream().map(done -> result).toList();
    }

    /** Answers the flights that are complete, oldest first; one thread at a time, so that the order holds. */
    private void deliver() {
        synchronized (lock) {
            if (isDelivering) {
                return;
            }
            isDelivering = true;
        }
        while (true) {
            Flight flight;
            synchronized (lock) {
                flight = flights.peek();
                if (flight == null || flight.results.isEmpty()) {
                    isDelivering = false;
                    return;
                }
                flights.remove();
                ownAnswered += flight.own;
            }
            launch();
            for (int i = 0; i < flight.done.size(); i++) {
                answer(flight.done.get(i), flight.results.get(i));
            }
        }
    }

    /** A failing listener must not keep the others from their answers. */
    private static void answer(Consumer<CommandResult> done, CommandResult result) {
        try {
            done.accept(result);
        } catch (RuntimeException e) {
            log.error("listener to a command's result failed", e);
        }
    }

    private static CommandResult problem(ErrorCode code, String message) {
        return CommandResult.newBuilder()
                .setProblem(Problem.newBuilder().setCode(code).setMessage(message))
                .build();
    }

    private record Waiting(LoggedCommand.Builder command, int bytes, Consumer<CommandResult> done) {}

    /** One entry on its way. Its changing fields are guarded by {@code lock}. */
    private final class Flight implements ReplicatedLog.Outcome {
        private final byte[] entry;
        private final List<Consumer<CommandResult>> done;
        private final int own;
        private final long sinceMillis = env.clock().monotonicMillis();
        private int attempts;

        /** Empty until known: no flight is without commands. */
        private List<CommandResult> results = List.of();

        Flight(byte[] entry, List<Consumer<CommandResult>> done, int own) {
            this.entry = entry;
            this.done = done;
            this.own = own;
        }

        @Override
        public void applied(byte[] result) {
            onApplied(this, result);
        }

        @Override
        public void failed(Failure failure, String why) {
            onFailure(this, failure, why);
        }
    }

    /**
     * Time as commands are stamped: never goes back. When the wall clock was set back it goes on at half speed until
     * the wall clock has caught up, so that what should expire still does. Guarded by {@code lock}.
     */
    private static final class StateTime {
        private final Clock clock;
        private long lastMillis;
        private long lastMonotonicMillis;

        StateTime(Clock clock) {
            this.clock = clock;
            lastMillis = clock.wallMillis();
            lastMonotonicMillis = clock.monotonicMillis();
        }

        long next() {
            long half = (clock.monotonicMillis() - lastMonotonicMillis) / 2;
            lastMonotonicMillis += 2 * half;
            lastMillis = Math.max(clock.wallMillis(), lastMillis + half);
            return lastMillis;
        }
    }
}
