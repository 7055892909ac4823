package covey.search;

import covey.catalog.CatalogFigures;
import covey.catalog.CatalogQueries;
import covey.catalog.Changes;
import covey.catalog.Edit;
import covey.catalog.ShareRecord;
import covey.catalog.Tables;
import covey.directory.DirectoryView.Device;
import covey.directory.Refused;
import covey.store.Keys;
import covey.store.OrderedStore;
import covey.store.Sha256;
import covey.wire.proto.ErrorCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.ReaderManager;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The names of the catalog in Lucene. Derived from the state and local: it follows the log of changes, and what it
 * cannot follow (it is missing, damaged, of another build or of another state) it makes anew from all shares.
 *
 * <p>{@link #step}, {@link #commit} and {@link #close} are one thread's; searching is any thread's.
 */
final class CatalogIndex implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(CatalogIndex.class);

    /** Its own log says on every start which of the machine's abilities it would like to have. */
    private static final java.util.logging.Logger LUCENE = java.util.logging.Logger.getLogger("org.apache.lucene");

    static {
        LUCENE.setLevel(java.util.logging.Level.SEVERE);
    }

    /** Another one is made anew. */
    private static final String FORMAT = "1";

    private static final String FORMAT_KEY = "format";
    private static final String CHANGE_KEY = "change";
    private static final String CHANGE_HASH_KEY = "change-hash";

    /** Names taken in at once: some 50 ms of work, and the store is not held longer than to read them. */
    static final int STEP_NAMES = 4_096;

    /** Then searches see them, though there are more to come. */
    private static final int STEPS_UNSEEN_MAX = 32;

    private static final double BUFFER_MIB = 64;

    private final CatalogSource source;
    private final Directory directory;
    private IndexWriter writer;
    private volatile ReaderManager readers;

    /** Everything up to here is in ... */
    private long upTo;

    /** ... and up to here searches see it. */
    private volatile long seenUpTo;

    /** Changes up to here may be in already, from reading all shares: no name is taken for new. */
    private long overlapUpTo;

    /** Where reading all shares goes on; empty = the log of changes is followed. */
    private Optional<byte[]> rebuildFrom = Optional.empty();

    /** Of the change it stopped at when it was written. */
    private String keptHash = "";

    private int stepsUnseen;

    /** A search could not read it: the next step makes it anew. */
    private volatile boolean isBroken;

    private boolean isVerified;
    private boolean isDirty;

    /** @param folder made when missing; only files of the index are in it */
    static CatalogIndex open(CatalogSource source, Path folder) {
        try {
            return new CatalogIndex(source, FSDirectory.open(folder));
        } catch (IOException e) {
            throw new UncheckedIOException("The search index in " + folder + " cannot be opened: " + e, e);
        }
    }

    static CatalogIndex inMemory(CatalogSource source) {
        return new CatalogIndex(source, new ByteBuffersDirectory());
    }

    CatalogIndex(CatalogSource source, Directory directory) {
        this.source = source;
        this.directory = directory;
        try {
            writer = writer();
        } catch (IOException | IllegalArgumentException e) {
            log.warn("search index is damaged and made anew why={}", e.toString());
            writer = emptied();
        }
        readers = readers(writer);
        Map<String, String> kept = new TreeMap<>();
        Iterable<Map.Entry<String, String>> data = writer.getLiveCommitData();
        if (data != null) {
            data.forEach(entry -> kept.put(entry.getKey(), entry.getValue()));
        }
        if (FORMAT.equals(kept.get(FORMAT_KEY))) {
            upTo = Long.parseLong(kept.getOrDefault(CHANGE_KEY, "0"));
            keptHash = kept.getOrDefault(CHANGE_HASH_KEY, "");
        } else {
            rebuild("there was none");
        }
    }

    private IndexWriter writer() throws IOException {
        IndexWriterConfig config = new IndexWriterConfig();
        config.setRAMBufferSizeMB(BUFFER_MIB);
        config.setCommitOnClose(false);
        // On the index's own thread: it must not take more of the machine than one.
        config.setMergeScheduler(new SerialMergeScheduler());
        return new IndexWriter(directory, config);
    }

    private IndexWriter emptied() {
        try {
            for (String file : directory.listAll()) {
                directory.deleteFile(file);
            }
            return writer();
        } catch (IOException e) {
            throw new UncheckedIOException("The search index cannot be made anew: " + e, e);
        }
    }

    private static ReaderManager readers(IndexWriter writer) {
        try {
            return new ReaderManager(writer);
        } catch (IOException e) {
            throw new UncheckedIOException("The search index cannot be read: " + e, e);
        }
    }

    /** Number of the last change that searches see. */
    long upTo() {
        return seenUpTo;
    }

    void rebuild(String why) {
        log.info("search index is made anew why={}", why);
        try {
            writer.deleteAll();
        } catch (IOException e) {
            throw new UncheckedIOException("The search index cannot be emptied: " + e, e);
        }
        rebuildFrom = Optional.of(new byte[] {Tables.SHARE});
        overlapUpTo = 0;
        isVerified = true;
        isDirty = true;
    }

    /** Takes in some of what is missing; true when there is more. What it took in is seen by searches afterwards. */
    boolean step() {
        try {
            if (isBroken) {
                isBroken = false;
                throw new IOException("what a search read is damaged");
            }
            boolean isMore = rebuildFrom.isPresent() ? readShares() : followChanges();
            // Each time makes a small segment, which costs more to merge than its names to take in.
            if (!isMore || ++stepsUnseen == STEPS_UNSEEN_MAX) {
                readers.maybeRefreshBlocking();
                seenUpTo = rebuildFrom.isPresent() ? 0 : upTo;
                stepsUnseen = 0;
            }
            return isMore;
        } catch (IOException | AlreadyClosedException e) {
            log.warn("search index failed and is made anew why={}", e.toString());
            reopen();
            return true;
        }
    }

    private void reopen() {
        try {
            writer.rollback();
        } catch (IOException | RuntimeException e) {
            log.debug("search index could not be closed", e);
        }
        ReaderManager old = readers;
        writer = emptied();
        readers = readers(writer);
        rebuild("it failed");
        close(old);
    }

    private static void close(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            log.warn("search index could not be closed why={}", e.toString());
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Name(byte[] shareKey, byte[] record) {}

    /** All shares there are, in order of their keys; changes meanwhile are followed afterwards. */
    private boolean readShares() throws IOException {
        byte[] from = rebuildFrom.orElseThrow();
        List<Name> names = new ArrayList<>();
        if (overlapUpTo == 0) {
            // Everything from here on is followed afterwards ...
            upTo = lastChange();
        }
        source.reading(store -> {
            store.scan(from, Keys.end(new byte[] {Tables.SHARE}), false, (key, value) -> {
                names.add(new Name(key, value));
                return names.size() < STEP_NAMES;
            });
            return true;
        });
        // ... and up to here it may have been read already.
        overlapUpTo = lastChange();
        for (Name name : names) {
            add(name.shareKey(), ShareRecord.decode(name.record()));
        }
        if (names.size() == STEP_NAMES) {
            byte[] last = names.getLast().shareKey();
            rebuildFrom = Optional.of(java.util.Arrays.copyOf(last, last.length + 1));
        } else {
            rebuildFrom = Optional.empty();
        }
        return true;
    }

    /** Of the state as it is now. */
    long lastChange() {
        return source.reading(store -> CatalogFigures.read(store::get)).nextChange() - 1;
    }

    /** There is nothing to do for {@link #step}. */
    boolean isCurrent() {
        return rebuildFrom.isEmpty() && !isBroken && isVerified && seenUpTo == upTo && upTo == lastChange();
    }

    /** The index knows more than the state: that was restored, or is still reading its log. */
    boolean isAhead() {
        return rebuildFrom.isEmpty() && upTo > lastChange();
    }

    private void add(byte[] shareKey, ShareRecord record) throws IOException {
        Optional<Device> device = source.view().deviceAt(CatalogQueries.device(shareKey));
        Optional<Long> owner =
                device.flatMap(known -> source.view().account(known.account())).map(account -> account.index());
        if (owner.isPresent()) {
            writer.addDocument(IndexedName.document(shareKey, record, owner.get()));
            isDirty = true;
        }
    }

    private boolean followChanges() throws IOException {
        CatalogFigures figures = source.reading(store -> CatalogFigures.read(store::get));
        if (upTo >= figures.nextChange()) {
            return false; // the state is older: it is still reading its log
        }
        if (!isVerified && !isOfThisState()) {
            rebuild("it belongs to another state");
            return true;
        }
        isVerified = true;
        if (upTo + 1 < figures.firstChange()) {
            rebuild("it was too far behind");
            return true;
        }
        if (upTo + 1 == figures.nextChange()) {
            return false;
        }
        List<byte[]> lines = new ArrayList<>();
        int[] bytes = new int[1];
        byte[] from = Tables.key(Tables.CHANGE, upTo + 1);
        Map<byte[], Seen> seen = new TreeMap<>(java.util.Arrays::compareUnsigned);
        source.reading(store -> {
            store.scan(from, Keys.end(new byte[] {Tables.CHANGE}), false, (key, line) -> {
                lines.add(line);
                bytes[0] += line.length;
                return bytes[0] < STEP_NAMES * 48;
            });
            long number = upTo;
            for (byte[] line : lines) {
                long change = ++number;
                Changes.read(
                        line,
                        (device, kind, path) -> seen.computeIfAbsent(Tables.share(device, path), key -> new Seen())
                                .add(kind, change));
            }
            return readNow(store, seen);
        });
        long last = upTo + lines.size();
        for (Map.Entry<byte[], Seen> entry : seen.entrySet()) {
            take(entry.getKey(), entry.getValue(), last);
        }
        upTo = last;
        return upTo + 1 < figures.nextChange();
    }

    /** One name in the changes of a step. */
    private static final class Seen {
        private boolean isNew;
        private long firstChange;
        private Optional<byte[]> now = Optional.empty();

        /** Only the first says whether the index may know it. */
        void add(Changes.Kind kind, long change) {
            if (firstChange == 0) {
                isNew = kind == Changes.Kind.NEW;
                firstChange = change;
            }
        }
    }

    private static boolean readNow(OrderedStore store, Map<byte[], Seen> seen) {
        if (!seen.isEmpty()) {
            List<Optional<byte[]>> values = Edit.values(store::scan, store::get, new ArrayList<>(seen.keySet()));
            int at = 0;
            for (Seen one : seen.values()) {
                one.now = values.get(at++);
            }
        }
        return true;
    }

    private void take(byte[] shareKey, Seen seen, long lastOfStep) throws IOException {
        if (!seen.isNew || seen.firstChange <= overlapUpTo) {
            writer.deleteDocuments(new Term(IndexedName.KEYS, IndexedName.id(shareKey)));
            isDirty = true;
        }
        Optional<ShareRecord> record = seen.now.map(ShareRecord::decode);
        // A later change will come to what is newer.
        if (record.isPresent() && record.get().change() <= lastOfStep) {
            add(shareKey, record.get());
        }
    }

    /** The change it stopped at says the same here as there. */
    private boolean isOfThisState() {
        return upTo == 0 || changeHash(upTo).filter(keptHash::equals).isPresent();
    }

    private Optional<String> changeHash(long change) {
        return source.reading(store -> store.get(Tables.key(Tables.CHANGE, change)))
                .map(line -> HexFormat.of().formatHex(Sha256.of(line), 0, 8));
    }

    /** Makes durable what was taken in: a restart goes on from here. */
    void commit() {
        if (!isDirty || rebuildFrom.isPresent()) {
            return;
        }
        try {
            Map<String, String> data = new TreeMap<>();
            data.put(FORMAT_KEY, FORMAT);
            data.put(CHANGE_KEY, Long.toString(upTo));
            data.put(CHANGE_HASH_KEY, changeHash(upTo).orElse(""));
            writer.setLiveCommitData(data.entrySet());
            writer.commit();
            isDirty = false;
        } catch (IOException e) {
            log.warn("search index could not be written why={}", e.toString());
        }
    }

    /** Searches a moment's index; the searcher is the question's own. */
    <T> T search(Function<IndexSearcher, T> question) {
        for (int attempts = 0; attempts < 3; attempts++) {
            ReaderManager manager = readers;
            try {
                DirectoryReader reader = manager.acquire();
                try {
                    IndexSearcher searcher = new IndexSearcher(reader);
                    searcher.setQueryCache(null);
                    return question.apply(searcher);
                } finally {
                    manager.release(reader);
                }
            } catch (AlreadyClosedException e) {
                log.debug("search index was replaced while it was searched");
            } catch (IOException | UncheckedIOException e) {
                log.warn("search index is damaged why={}", e.toString());
                isBroken = true;
                break;
            }
        }
        throw new Refused(ErrorCode.BUSY, "The search index is being made anew; try again in a few seconds.");
    }

    int names() {
        return search(searcher -> searcher.getIndexReader().numDocs());
    }

    @Override
    public void close() {
        commit();
        List.of(readers, writer, directory).forEach(CatalogIndex::close);
    }
}
