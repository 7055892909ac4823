package covey.cluster;

import com.google.protobuf.InvalidProtocolBufferException;
import covey.store.Keys;
import covey.store.OrderedStore;
import covey.store.StoreFactory;
import covey.store.Transaction;
import covey.wire.proto.CommandResult;
import covey.wire.proto.LogBatch;
import covey.wire.proto.LoggedCommand;
import covey.wire.proto.ResultBatch;
import covey.wire.proto.StoredAt;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts how often each command was applied, in a store as the hub's state is: what is acknowledged must count one, and
 * nothing may count two. With {@code isExactlyOnce} it knows its commands again, as the hub's state does.
 */
final class LedgerMachine implements ReplicatedLog.Machine, AutoCloseable {
    private static final int ID = 1;
    private static final int APPLIED = 2;
    private static final byte[] APPLIED_KEY = Keys.of(APPLIED).build();

    private final StoreFactory stores;
    private final Path live;
    private final boolean isExactlyOnce;
    private OrderedStore store;
    private long appliedIndex;
    private long appliedTerm;
    private final AtomicInteger applyCount = new AtomicInteger();
    private volatile int failAfter = Integer.MAX_VALUE;
    volatile Runnable beforeFailing = () -> {};
    private final AtomicInteger restoreCount = new AtomicInteger();

    /** Every command in the order it was applied; only small tests look at it. */
    final List<LoggedCommand> commands = new ArrayList<>();

    LedgerMachine(StoreFactory stores, Path live, boolean isExactlyOnce) {
        this.stores = stores;
        this.live = live;
        this.isExactlyOnce = isExactlyOnce;
        store = stores.empty(live);
    }

    @Override
    public byte[] apply(long term, long index, byte[] entry) {
        if (applyCount.getAndIncrement() >= failAfter) {
            beforeFailing.run();
            throw new IllegalStateException("unknown version 99");
        }
        Transaction transaction = new Transaction(store);
        ResultBatch.Builder results = ResultBatch.newBuilder();
        for (LoggedCommand command : parse(entry).getCommandsList()) {
            byte[] key = Keys.of(ID)
                    .bytes(command.getDevice().toByteArray())
                    .u64(command.getIncarnation())
                    .u64(command.getSequence())
                    .build();
            long count = transaction
                    .get(key)
                    .map(value -> ByteBuffer.wrap(value).getLong())
                    .orElse(0L);
            if (count == 0 || !isExactlyOnce) {
                if (commands.size() < 10_000) {
                    commands.add(command);
                }
                // The command's own bytes stay with the count, as a deposit would.
                byte[] body = command.getCommand().toByteArray();
                transaction.put(
                        key,
                        ByteBuffer.allocate(8 + body.length)
                                .putLong(count + 1)
                                .put(body)
                                .array());
            }
            results.addResults(CommandResult.newBuilder()
                    .setStored(StoredAt.newBuilder()
                            .setIndex(command.getSequence())
                            .setTimeMillis(command.getTimeMillis())));
        }
        transaction.put(
                APPLIED_KEY,
                ByteBuffer.allocate(16).putLong(index).putLong(term).array());
        store.write(transaction.toBatch(), false);
        appliedIndex = index;
        appliedTerm = term;
        return results.build().toByteArray();
    }

    private static LogBatch parse(byte[] entry) {
        try {
            return LogBatch.parseFrom(entry);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("entry cannot be read", e);
        }
    }

    /** The apply after so many more throws. */
    void failAfter(int applies) {
        failAfter = applyCount.get() + applies;
    }

    int restoreCount() {
        return restoreCount.get();
    }

    int applyCount() {
        return applyCount.get();
    }

    /** How often each (incarnation, sequence) was applied. */
    synchronized Map<String, Long> counts() {
        Map<String, Long> counts = new TreeMap<>();
        byte[] prefix = Keys.of(ID).build();
        store.scan(prefix, Keys.end(prefix), false, (key, value) -> {
            Keys.Reader reader = Keys.read(key).skip(1);
            reader.bytes();
            counts.put(reader.u64() + "/" + reader.u64(), ByteBuffer.wrap(value).getLong());
            return true;
        });
        return counts;
    }

    synchronized String stateHash() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            store.scan(new byte[] {0}, new byte[] {(byte) 0xFF}, false, (key, value) -> {
                digest.update(ByteBuffer.allocate(8)
                        .putInt(key.length)
                        .putInt(value.length)
                        .array());
                digest.update(key);
                digest.update(value);
                return true;
            });
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public long appliedIndex() {
        return appliedIndex;
    }

    @Override
    public long appliedTerm() {
        return appliedTerm;
    }

    @Override
    public void checkpoint(Path folder) {
        store.checkpoint(folder);
    }

    @Override
    public synchronized void restore(Path folder) {
        restoreCount.incrementAndGet();
        store.close();
        store = stores.copyOf(folder, live);
        ByteBuffer applied = ByteBuffer.wrap(store.get(APPLIED_KEY).orElse(new byte[16]));
        appliedIndex = applied.getLong();
        appliedTerm = applied.getLong();
    }

    @Override
    public void close() {
        store.close();
    }
}
