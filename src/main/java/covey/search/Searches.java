package covey.search;

import com.google.protobuf.ByteString;
import covey.catalog.CatalogFigures;
import covey.catalog.CatalogQueries;
import covey.catalog.ShareRecord;
import covey.catalog.Sight;
import covey.catalog.Sight.Owner;
import covey.catalog.Tables;
import covey.directory.DirectoryView;
import covey.directory.DirectoryView.Account;
import covey.directory.DirectoryView.Device;
import covey.directory.Refused;
import covey.mailbox.RoomQueries;
import covey.mailbox.RoomReads;
import covey.store.OrderedStore;
import covey.wire.DeviceId;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.Hit;
import covey.wire.proto.HitRank;
import covey.wire.proto.RoomWanted;
import covey.wire.proto.SearchReply;
import covey.wire.proto.SearchWanted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopScoreDocCollectorManager;
import org.apache.lucene.util.BytesRef;

/**
 * One search: the index gives the best few hundred names, which are ranked exactly (how the words are in the name, who
 * is online, what changed last); what is told is read from the state, so that nothing is told that is gone, or that the
 * asker may not see.
 */
final class Searches {
    /** Ranked and paged through; who looks further should say more of what is meant. */
    static final int RANKED_MAX = 500;

    /** Ranked when of the first ones too many are gone, doubles or not for the asker to fill a page. */
    private static final int RANKED_MAX_AT_MOST = 8_000;

    private static final int RANKED_GROWTH = 4;

    private static final int HITS_DEFAULT = 20;
    private static final int HITS_MAX = 100;

    /** Room that a Hit takes in its answer beside its share. */
    private static final int HIT_BYTES = 120;

    private static final int TOKEN_HEAD_BYTES = 2 + Long.BYTES;

    private final CatalogSource source;
    private final CatalogIndex index;

    Searches(CatalogSource source, CatalogIndex index) {
        this.source = source;
        this.index = index;
    }

    /** Best first; the token of a page is its last. */
    @SuppressWarnings("ArrayRecordComponent") // compared by its own order only
    private record Candidate(byte[] shareKey, int rank, boolean isOnline, long modifiedMillis, long content) {
        static final Comparator<Candidate> ORDER = Candidate::compare;

        /** By hand: a search compares thousands of times. */
        private static int compare(Candidate one, Candidate other) {
            if (one.rank != other.rank) {
                return Integer.compare(other.rank, one.rank);
            }
            if (one.isOnline != other.isOnline) {
                return one.isOnline ? -1 : 1;
            }
            return one.modifiedMillis != other.modifiedMillis
                    ? Long.compare(other.modifiedMillis, one.modifiedMillis)
                    : Arrays.compareUnsigned(one.shareKey, other.shareKey);
        }

        ByteString token() {
            return ByteString.copyFrom(ByteBuffer.allocate(TOKEN_HEAD_BYTES + shareKey.length)
                    .put((byte) rank)
                    .put((byte) (isOnline ? 1 : 0))
                    .putLong(modifiedMillis)
                    .put(shareKey)
                    .array());
        }

        static Optional<Candidate> of(ByteString token) {
            if (token.isEmpty()) {
                return Optional.empty();
            }
            if (token.size() <= TOKEN_HEAD_BYTES) {
                throw new Refused(ErrorCode.BAD_REQUEST, "This page does not exist: begin the search anew.");
            }
            ByteBuffer in = token.asReadOnlyByteBuffer();
            int rank = in.get();
            boolean isOnline = in.get() != 0;
            long modifiedMillis = in.getLong();
            byte[] key = new byte[in.remaining()];
            in.get(key);
            return Optional.of(new Candidate(key, rank, isOnline, modifiedMillis, 0));
        }
    }

    /** @param isOver true when the time for a search is over */
    SearchReply search(Account asker, SearchWanted wanted, Predicate<DeviceId> isOnline, BooleanSupplier isOver) {
        SearchReply.Builder reply = SearchReply.newBuilder();
        try {
            SearchText text = SearchParser.parse(wanted.getText());
            Query query = SearchQuery.of(text, scope(text, asker));
            Optional<Candidate> after = Candidate.of(wanted.getPage());
            long upTo = index.upTo();
            int hitsMax = hitsMax(wanted);
            for (int most = RANKED_MAX; most <= RANKED_MAX_AT_MOST; most *= RANKED_GROWTH) {
                List<Candidate> ranked = ranked(query, text, most, isOnline, isOver, reply);
                tell(asker, hitsMax, ranked, after, isOnline, isOver, reply.clearHits());
                if (ranked.size() < most
                        || reply.getHitsCount() >= hitsMax
                        || !reply.getNext().isEmpty()
                        || reply.getPartial()) {
                    break;
                }
            }
            long last = source.reading(store -> CatalogFigures.read(store::get)).nextChange() - 1;
            reply.setAsOfChange(upTo).setChangesBehind(Math.max(0, last - upTo));
        } catch (BadQueryException e) {
            reply.setBadQuery(e.problem());
        }
        return reply.build();
    }

    private static int hitsMax(SearchWanted wanted) {
        return Math.min(wanted.getLimit() == 0 ? HITS_DEFAULT : Math.abs(wanted.getLimit()), HITS_MAX);
    }

    private List<Candidate> ranked(
            Query query,
            SearchText text,
            int most,
            Predicate<DeviceId> isOnline,
            BooleanSupplier isOver,
            SearchReply.Builder reply) {
        List<Candidate> ranked = index.search(searcher -> {
            searcher.setTimeout(isOver::getAsBoolean);
            List<Candidate> found = candidates(searcher, query, text, most, isOnline);
            reply.setPartial(searcher.timedOut());
            return found;
        });
        ranked.sort(Candidate.ORDER);
        return ranked;
    }

    private SearchQuery.Scope scope(SearchText text, Account asker) {
        DirectoryView view = source.view();
        long from = text.from()
                .map(name -> view.account(name)
                        .orElseThrow(() -> new Refused(ErrorCode.NOT_FOUND, "There is no account @" + name + "."))
                        .index())
                .orElse(-1L);
        return source.reading(store -> {
            List<byte[]> rooms = RoomReads.of(store, asker.name()).stream()
                    .map(ByteString::toByteArray)
                    .toList();
            byte[] room = text.room()
                    .map(name -> RoomQueries.room(
                            store,
                            view,
                            asker,
                            RoomWanted.newBuilder().setName(name).build()))
                    .map(info -> info.getRoom().toByteArray())
                    .orElse(Tables.NOTHING);
            return new SearchQuery.Scope(asker.index(), rooms, from, room, disabled(view));
        });
    }

    private static List<Long> disabled(DirectoryView view) {
        return view.accounts().stream()
                .filter(Account::disabled)
                .map(Account::index)
                .toList();
    }

    private List<Candidate> candidates(
            IndexSearcher searcher, Query query, SearchText text, int most, Predicate<DeviceId> isOnline) {
        try {
            ScoreDoc[] best = searcher.search(query, new TopScoreDocCollectorManager(most, null, most)).scoreDocs;
            Arrays.sort(best, Comparator.comparingInt(hit -> hit.doc));
            List<Candidate> found = new ArrayList<>(best.length);
            Map<Integer, Boolean> online = new HashMap<>();
            int at = 0;
            for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
                int end = leaf.docBase + leaf.reader().maxDoc();
                if (at == best.length || best[at].doc >= end) {
                    continue;
                }
                BinaryDocValues keys = leaf.reader().getBinaryDocValues(IndexedName.SHARE_KEY);
                NumericDocValues modified = leaf.reader().getNumericDocValues(IndexedName.MODIFIED);
                NumericDocValues content = leaf.reader().getNumericDocValues(IndexedName.CONTENT);
                for (; at < best.length && best[at].doc < end; at++) {
                    int doc = best[at].doc - leaf.docBase;
                    if (keys.advanceExact(doc) && modified.advanceExact(doc) && content.advanceExact(doc)) {
                        byte[] key = BytesRef.deepCopyOf(keys.binaryValue()).bytes;
                        boolean isThere = online.computeIfAbsent(
                                CatalogQueries.device(key), device -> isOnline(device, isOnline));
                        found.add(new Candidate(
                                key,
                                rank(text, key, best[at].score),
                                isThere,
                                modified.longValue(),
                                content.longValue()));
                    }
                }
            }
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException("The search index cannot be read: " + e, e);
        }
    }

    /** Most scores say it already; making a word's text of a name costs as much as finding the name. */
    private static int rank(SearchText text, byte[] shareKey, float score) {
        return SearchQuery.rank(text, score)
                .orElseGet(() -> IndexedName.rank(text, new String(Tables.pathOf(shareKey), StandardCharsets.UTF_8)));
    }

    private boolean isOnline(int device, Predicate<DeviceId> isOnline) {
        return source.view().deviceAt(device).map(Device::id).filter(isOnline).isPresent();
    }

    /** One hit for each content, under the name that fits best. */
    private void tell(
            Account asker,
            int hitsMax,
            List<Candidate> ranked,
            Optional<Candidate> after,
            Predicate<DeviceId> isOnline,
            BooleanSupplier isOver,
            SearchReply.Builder reply) {
        int roomBytes = CatalogQueries.REPLY_BYTES_MAX - Tables.PATH_AT;
        Set<Long> told = new HashSet<>();
        Optional<Candidate> last = Optional.empty();
        for (Candidate candidate : ranked) {
            boolean isBefore = after.isPresent() && Candidate.ORDER.compare(candidate, after.get()) <= 0;
            if (isOver.getAsBoolean()) {
                reply.setPartial(true);
                return;
            }
            // Each by itself: the store cannot be replaced while it is asked.
            Optional<Hit> hit = told.contains(candidate.content())
                    ? Optional.empty()
                    : source.reading(store -> hit(store, candidate, asker, isOnline, isBefore));
            if (hit.isEmpty()) {
                continue;
            }
            roomBytes -= isBefore ? 0 : hit.get().getSerializedSize() + HIT_BYTES;
            boolean isFull = reply.getHitsCount() == hitsMax || roomBytes < candidate.shareKey().length;
            if (isFull && last.isPresent()) {
                reply.setNext(last.get().token());
                return;
            }
            told.add(candidate.content());
            if (!isBefore) {
                reply.addHits(hit.get());
                last = Optional.of(candidate);
            }
        }
    }

    /** Empty when it is gone, became another, or is not for the asker. */
    private Optional<Hit> hit(
            OrderedStore store, Candidate candidate, Account asker, Predicate<DeviceId> isOnline, boolean isBefore) {
        Optional<ShareRecord> found = store.get(candidate.shareKey())
                .map(ShareRecord::decode)
                .filter(record -> IndexedName.contentMark(record.content()) == candidate.content());
        if (found.isEmpty()) {
            return Optional.empty();
        }
        ShareRecord record = found.get();
        Optional<Owner> owner = new Sight(store, source.view(), asker)
                .owner(CatalogQueries.device(candidate.shareKey()), record.change(), record.audience());
        if (isBefore) {
            return owner.map(any -> Hit.getDefaultInstance());
        }
        return owner.map(sharer -> {
            Set<DeviceId> holders = CatalogQueries.completeHolders(store, source.view(), asker, record.contentId());
            return Hit.newBuilder()
                    .setShare(record.tell(Tables.pathOf(candidate.shareKey())))
                    .setDevice(sharer.device().id().toByteString())
                    .setAccount(sharer.account().name())
                    .setOnline(holders.stream().anyMatch(isOnline))
                    .setDevices(holders.size())
                    .setRank(HitRank.forNumber(candidate.rank()))
                    .build();
        });
    }
}
