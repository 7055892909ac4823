package covey.directory;

import com.google.protobuf.ByteString;
import covey.store.Keys;
import covey.store.OrderedStore;
import covey.store.Records;
import covey.store.Sha256;
import covey.wire.proto.AuditRecord;
import covey.wire.proto.StoredAudit;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Administrators' acts, in order, never changed: each record's hash covers the one before it. Indices begin with 1. */
public final class AuditLog {
    /** A page must fit a control frame. */
    private static final int PAGE_BYTES_MAX = 12 * 1024;

    private static final int PAGE_RECORDS_DEFAULT = 100;
    private static final byte[] END = Keys.of(Tables.AUDIT_END).build();

    private AuditLog() {}

    static void append(Step step, String action, String subject, String detail) {
        Optional<byte[]> end = step.get(END);
        long index = end.map(bytes -> ByteBuffer.wrap(bytes).getLong()).orElse(0L) + 1;
        byte[] hashBefore = end.map(bytes -> Arrays.copyOfRange(bytes, Long.BYTES, bytes.length))
                .orElse(Tables.NOTHING);
        AuditRecord record = AuditRecord.newBuilder()
                .setIndex(index)
                .setTimeMillis(step.nowMillis())
                .setActor(step.actor().account())
                .setAction(action)
                .setSubject(subject)
                .setDetail(detail)
                .build();
        byte[] hash = Sha256.of(hashBefore, record.toByteArray());
        StoredAudit stored = StoredAudit.newBuilder()
                .setRecord(record)
                .setChainHash(ByteString.copyFrom(hash))
                .build();
        step.put(key(index), stored.toByteArray());
        step.put(
                END,
                ByteBuffer.allocate(Long.BYTES + hash.length)
                        .putLong(index)
                        .put(hash)
                        .array());
    }

    /**
     * Records from an index on, or with 0 the last ones; in order, as many as fit a frame.
     *
     * @param limit 0 = a page
     */
    public static List<AuditRecord> read(OrderedStore store, long from, int limit) {
        int most = limit <= 0 ? PAGE_RECORDS_DEFAULT : limit;
        List<AuditRecord> records = new ArrayList<>();
        int[] bytes = new int[1];
        boolean isNewestFirst = from == 0;
        store.scan(key(from), END, isNewestFirst, (key, value) -> {
            bytes[0] += value.length;
            if (records.size() >= most || bytes[0] > PAGE_BYTES_MAX) {
                return false;
            }
            records.add(parse(value).getRecord());
            return true;
        });
        if (isNewestFirst) {
            Collections.reverse(records);
        }
        return records;
    }

    /** True when every record's hash fits the one before it and the last one is where it should be. */
    public static boolean isIntact(OrderedStore store) {
        byte[][] hash = {Tables.NOTHING};
        long[] index = new long[1];
        boolean[] intact = {true};
        store.scan(key(0), END, false, (key, value) -> {
            StoredAudit stored = parse(value);
            hash[0] = Sha256.of(hash[0], stored.getRecord().toByteArray());
            index[0]++;
            intact[0] = stored.getRecord().getIndex() == index[0]
                    && Arrays.equals(hash[0], stored.getChainHash().toByteArray());
            return intact[0];
        });
        byte[] end = store.get(END).orElse(new byte[Long.BYTES]);
        return intact[0]
                && ByteBuffer.wrap(end).getLong() == index[0]
                && Arrays.equals(hash[0], Arrays.copyOfRange(end, Long.BYTES, end.length));
    }

    private static byte[] key(long index) {
        return Keys.of(Tables.AUDIT).u64(index).build();
    }

    private static StoredAudit parse(byte[] value) {
        return Records.parse(StoredAudit.parser(), value);
    }
}
