package covey.bench;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import covey.cluster.CommandBatcher;
import covey.cluster.RatisLog;
import covey.cluster.RatisSettings;
import covey.cluster.ReplicatedLog;
import covey.env.Env;
import covey.store.Folders;
import covey.store.Keys;
import covey.store.MemoryStore;
import covey.store.OrderedStore;
import covey.store.RocksStore;
import covey.store.StoreFactory;
import covey.store.Transaction;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.LogBatch;
import covey.wire.proto.LoggedCommand;
import covey.wire.proto.ResultBatch;
import covey.wire.proto.RoomPost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Durable commands of about 300 bytes per second through batcher and log, group of one, fsync before each answer. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 3)
@Measurement(iterations = 3, time = 3)
public class LogBenchmark {
    private static final int COMMANDS = 2_000;
    private static final int BODY_BYTES = 240;

    @Param({"1", "64", "1024"})
    int outstanding;

    /** "memory" nearly leaves the log alone; "rocks" keeps every command, as deposits are. */
    @Param({"memory", "rocks"})
    String store;

    private final SplittableRandom random = new SplittableRandom(1);
    private Path folder;
    private RatisLog log;
    private CommandBatcher batcher;
    private long sequence;

    @Setup(Level.Trial)
    public void open() throws IOException {
        folder = Files.createTempDirectory("covey-bench");
        StoreFactory stores =
                store.equals("rocks") ? RocksStore.factory(RocksStore.Options.replicated()) : MemoryStore.factory();
        log = RatisLog.open(
                RatisSettings.alone(folder.resolve("raft"), "bench"),
                new Keeping(stores, folder.resolve("live"), store.equals("rocks")),
                Env.system(),
                why -> {
                    throw new IllegalStateException(why);
                });
        batcher = new CommandBatcher(log, Env.system());
    }

    @TearDown(Level.Trial)
    public void close() {
        batcher.close();
        log.close();
        Folders.delete(folder);
    }

    @Benchmark
    @OperationsPerInvocation(COMMANDS)
    public void durableCommands() throws InterruptedException {
        Semaphore slots = new Semaphore(outstanding);
        for (int i = 0; i < COMMANDS; i++) {
            slots.acquire();
            batcher.submit(command(), result -> slots.release());
        }
        slots.acquire(outstanding);
    }

    private LoggedCommand.Builder command() {
        byte[] body = new byte[BODY_BYTES];
        random.nextBytes(body);
        return LoggedCommand.newBuilder()
                .setDevice(ByteString.copyFrom(new byte[32]))
                .setIncarnation(1)
                .setSequence(++sequence)
                .setCommand(
                        Command.newBuilder().setRoomPost(RoomPost.newBuilder().setRoom(ByteString.copyFrom(body))));
    }

    /** Looks every command up, as deduplication does, and keeps it when told to. */
    private static final class Keeping implements ReplicatedLog.Machine {
        private final StoreFactory stores;
        private final Path live;
        private final boolean isKeeping;
        private OrderedStore store;
        private long index;
        private long term;

        Keeping(StoreFactory stores, Path live, boolean isKeeping) {
            this.stores = stores;
            this.live = live;
            this.isKeeping = isKeeping;
            store = stores.empty(live);
        }

        @Override
        public byte[] apply(long entryTerm, long entryIndex, byte[] entry) {
            ResultBatch.Builder results = ResultBatch.newBuilder();
            Transaction transaction = new Transaction(store);
            for (LoggedCommand command : commands(entry)) {
                byte[] key = Keys.of(1).u64(command.getSequence()).build();
                if (transaction.get(key).isEmpty() && isKeeping) {
                    transaction.put(key, command.getCommand().toByteArray());
                }
                results.addResults(CommandResult.getDefaultInstance());
            }
            store.write(transaction.toBatch(), false);
            index = entryIndex;
            term = entryTerm;
            return results.build().toByteArray();
        }

        private static Iterable<LoggedCommand> commands(byte[] entry) {
            try {
                return LogBatch.parseFrom(entry).getCommandsList();
            } catch (InvalidProtocolBufferException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public long appliedIndex() {
            return index;
        }

        @Override
        public long appliedTerm() {
            return term;
        }

        @Override
        public void checkpoint(Path target) {
            store.checkpoint(target);
        }

        @Override
        public void restore(Path checkpoint) {
            store.close();
            store = stores.copyOf(checkpoint, live);
        }
    }
}
