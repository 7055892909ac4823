package covey.catalog;

import covey.catalog.Audience.Kind;
import covey.store.MerkleLog;
import covey.store.StoreException;
import covey.store.StoreException.Reason;
import covey.store.Transaction;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What one command changes of one device's shares: the records, what leads to them, the figures, and the line in the
 * log of changes from which the search index learns of it. Used once, ends with {@link #close}.
 */
public final class Edit {
    /** Of the log of changes: about 1.2 million names. An index that is further behind starts anew. */
    static final long CHANGE_BYTES_MAX = 64L << 20;

    /** Looking through a range pays as long as a good part of it is looked for. */
    private static final int SCANNED_PER_KEY_MAX = 2;

    private static final int SCANNED_MAX_AT_LEAST = 64;

    private final Transaction state;
    private final int device;
    private final CatalogFigures whole;
    private final Changes.Writer changes;
    private long shares;
    private long count;
    private long nameBytes;
    private long digest;
    private long hiddenBelow;

    Edit(Transaction state, int device) {
        this.state = state;
        this.device = device;
        whole = CatalogFigures.read(state::get);
        shares = whole.shares();
        DeviceFigures figures = figures(state, device);
        count = figures.count();
        nameBytes = figures.nameBytes();
        digest = figures.digest();
        hiddenBelow = figures.hiddenBelow();
        changes = new Changes.Writer(device);
    }

    static DeviceFigures figures(Transaction state, int device) {
        return state.get(Tables.key(Tables.DEVICE, device))
                .map(DeviceFigures::decode)
                .orElse(DeviceFigures.NONE);
    }

    /** Number of this command's changes. */
    long change() {
        return whole.nextChange();
    }

    long count() {
        return count;
    }

    long nameBytes() {
        return nameBytes;
    }

    /** Values of these keys, which ascend. */
    public static List<Optional<byte[]>> values(Tables.Scans scans, MerkleLog.Reads reads, List<byte[]> keys) {
        List<Optional<byte[]>> values = new ArrayList<>(keys.size());
        int visitedMax = Math.max(SCANNED_MAX_AT_LEAST, SCANNED_PER_KEY_MAX * keys.size());
        int[] visited = new int[1];
        byte[] last = keys.getLast();
        scans.scan(keys.getFirst(), Arrays.copyOf(last, last.length + 1), false, (key, value) -> {
            while (values.size() < keys.size()) {
                int order = Arrays.compareUnsigned(keys.get(values.size()), key);
                if (order > 0) {
                    break;
                }
                values.add(order == 0 ? Optional.of(value) : Optional.empty());
            }
            return ++visited[0] < visitedMax && values.size() < keys.size();
        });
        boolean isSeenThrough = visited[0] < visitedMax;
        while (values.size() < keys.size()) {
            values.add(isSeenThrough ? Optional.empty() : reads.get(keys.get(values.size())));
        }
        return values;
    }

    void put(byte[] key, Optional<byte[]> before, ShareRecord record) {
        byte[] encoded = record.encode();
        if (before.isPresent() && ShareRecord.sameShare(before.get(), encoded) && !isHidden(before.get())) {
            return;
        }
        byte[] path = Tables.pathOf(key);
        boolean isSameContent = before.isPresent() && forget(key, path, before.get(), record);
        state.put(key, encoded);
        byte[] glance = record.glance().encode();
        putContent(key, record.content(), encoded, glance, isSameContent);
        if (!record.isFolder()) {
            state.put(Tables.digest(Tables.PLAIN, record.plain(), key), glance);
        }
        if (record.audience().kind() == Kind.ROOM) {
            state.put(roomKey(record.audience(), path), Tables.NOTHING);
        }
        count(path, encoded, 1);
        changes.add(before.isEmpty() ? Changes.Kind.NEW : Changes.Kind.CHANGED, path);
    }

    void remove(byte[] key, byte[] encoded) {
        byte[] path = Tables.pathOf(key);
        ShareRecord old = ShareRecord.decode(encoded);
        state.delete(key);
        forgetDigests(key, old);
        if (old.audience().kind() == Kind.ROOM) {
            state.delete(roomKey(old.audience(), path));
        }
        discount(path, encoded);
        changes.add(Changes.Kind.GONE, path);
    }

    /** True when what leads from the content to this share is there already. */
    private boolean forget(byte[] key, byte[] path, byte[] encoded, ShareRecord next) {
        ShareRecord old = ShareRecord.decode(encoded);
        boolean isSame = Arrays.equals(old.content(), next.content()) && Arrays.equals(old.plain(), next.plain());
        if (!isSame) {
            forgetDigests(key, old);
        }
        if (old.audience().kind() == Kind.ROOM) {
            state.delete(roomKey(old.audience(), path));
        }
        discount(path, encoded);
        return isSame;
    }

    private void putContent(byte[] key, byte[] content, byte[] encoded, byte[] glance, boolean isThere) {
        byte[] headKey = Tables.digest(Tables.CONTENT, content);
        Optional<ContentHead> known = state.find(headKey).map(ContentHead::decode);
        if (known.isEmpty()) {
            state.put(headKey, ContentHead.of(key, encoded).encode());
            return;
        }
        ContentHead head = known.get();
        if (isThere ? head.isOf(key) : !head.hasShare()) {
            state.put(headKey, head.with(key, encoded).encode());
            return;
        }
        state.put(Tables.digest(Tables.MORE, content, key), glance);
        if (!isThere) {
            state.put(headKey, head.withOthers(head.others() + 1).encode());
        }
    }

    private void forgetContent(byte[] key, byte[] content) {
        byte[] headKey = Tables.digest(Tables.CONTENT, content);
        ContentHead head = state.find(headKey)
                .map(ContentHead::decode)
                .orElseThrow(() -> new StoreException("A content's head is missing.", Reason.DAMAGED));
        ContentHead left;
        if (head.isOf(key)) {
            left = head.withoutShare();
        } else {
            state.delete(Tables.digest(Tables.MORE, content, key));
            left = head.withOthers(head.others() - 1);
        }
        if (left.hasShare() || left.others() > 0) {
            state.put(headKey, left.encode());
        } else {
            state.delete(headKey);
        }
    }

    private void forgetDigests(byte[] key, ShareRecord old) {
        forgetContent(key, old.content());
        if (!old.isFolder()) {
            state.delete(Tables.digest(Tables.PLAIN, old.plain(), key));
        }
    }

    private byte[] roomKey(Audience audience, byte[] path) {
        return Tables.joined(Tables.room(audience.id(), device), path);
    }

    private boolean isHidden(byte[] encoded) {
        return ShareRecord.decode(encoded).change() < hiddenBelow;
    }

    /** What was withdrawn as a whole is in no figure any more. */
    private void discount(byte[] path, byte[] encoded) {
        if (!isHidden(encoded)) {
            count(path, encoded, -1);
        }
    }

    private void count(byte[] path, byte[] encoded, int sign) {
        count += sign;
        shares += sign;
        nameBytes += (long) sign * path.length;
        digest += sign * ShareRecord.mark(path, encoded);
    }

    /** Everything before this command is withdrawn; it is cleared away later, bit by bit. */
    void hideAll() {
        shares -= count;
        count = 0;
        nameBytes = 0;
        digest = 0;
        hiddenBelow = change();
        changes.addMark();
    }

    void close() {
        ByteArrayOutputStream line = changes.line();
        if (line.size() == 0) {
            return;
        }
        state.put(Tables.key(Tables.DEVICE, device), new DeviceFigures(count, nameBytes, digest, hiddenBelow).encode());
        byte[] bytes = line.toByteArray();
        state.put(Tables.key(Tables.CHANGE, change()), bytes);
        long first = whole.firstChange();
        long kept = whole.changeBytes() + bytes.length;
        while (kept > CHANGE_BYTES_MAX && first < change()) {
            byte[] key = Tables.key(Tables.CHANGE, first++);
            kept -= state.get(key).map(old -> old.length).orElse(0);
            state.delete(key);
        }
        new CatalogFigures(shares, change() + 1, first, kept).write(state);
    }
}
