package covey.bench;

import covey.content.ContentId;
import covey.content.Importer;
import covey.content.LeafHasher;
import covey.env.Env;
import covey.env.HashWorkers;
import covey.store.MemoryStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What sharing and verifying cost: one operation is 256 MiB from the page cache (both digests of a file), or a block of
 * 4 MiB in memory (its leaves).
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
public class ContentBenchmark {
    private static final int FILE_BYTES = 256 * 1024 * 1024;
    private static final int BLOCK_BYTES = 4 * 1024 * 1024;

    /** Hashing threads at once. */
    @Param({"1", "2"})
    public int workers = 1;

    private final LeafHasher hasher = new LeafHasher();
    private final ByteBuffer array = ByteBuffer.allocate(BLOCK_BYTES);
    private final ByteBuffer direct = ByteBuffer.allocateDirect(BLOCK_BYTES);
    private Path file = Path.of("");
    private HashWorkers threads = new HashWorkers(1);

    @Setup(Level.Trial)
    public void write() throws IOException {
        file = Files.createTempFile("covey-content", ".bin");
        byte[] bytes = new byte[FILE_BYTES];
        new Random(1).nextBytes(bytes);
        Files.write(file, bytes);
        threads = new HashWorkers(workers);
    }

    @TearDown(Level.Trial)
    public void delete() throws IOException {
        threads.close();
        Files.delete(file);
    }

    /** A new store each time knows nothing of the file. */
    @Benchmark
    public ContentId share256MiB() {
        return new Importer(Env.system(), new MemoryStore(), threads)
                .scan(file, Importer.Options.STRICT)
                .id();
    }

    @Benchmark
    public byte[] verify4MiBArray() {
        return hasher.leaves(array);
    }

    @Benchmark
    public byte[] verify4MiBDirect() {
        return hasher.leaves(direct);
    }
}
