package covey.search;

import com.google.protobuf.ByteString;
import covey.catalog.CatalogQueries;
import covey.catalog.PartialHolders;
import covey.catalog.Tickets;
import covey.directory.DirectoryQueries;
import covey.directory.DirectoryView;
import covey.directory.DirectoryView.Account;
import covey.directory.Refused;
import covey.env.Env;
import covey.env.Loop;
import covey.store.StoreException;
import covey.wire.DeviceId;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.Holders;
import covey.wire.proto.LookupWanted;
import covey.wire.proto.SearchReply;
import covey.wire.proto.SearchWanted;
import covey.wire.proto.Source;
import covey.wire.proto.Sources;
import covey.wire.proto.SourcesWanted;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a hub needs beside the state to answer for the catalog: the search index with its thread, the threads that
 * search, the tickets. Any thread may ask; asking blocks, so it is done on virtual threads.
 */
public final class Catalog implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Catalog.class);

    /** A search is work of the processor alone: more at once would only make each slower. */
    private static final int SEARCHES_AT_ONCE = 2;

    /** Waiting ones beside these. */
    private static final int SEARCHES_WAITING_MAX = 1_024;

    /** A search that waited longer is not begun: its asker gives up after 15 s. */
    private static final long WAITED_MILLIS_MAX = 5_000;

    /** Of one device, running or waiting: whoever floods waits behind itself. */
    private static final int SEARCHES_PER_DEVICE_MAX = 8;

    /** What was found until then is told. */
    private static final long SEARCH_MILLIS_MAX = 1_000;

    /** Changes of a moment are taken in together. */
    private static final int FOLLOW_MILLIS = 100;

    /** While registrations come in, so many times what a step took is left to them: some 4,000 names/s are taken in. */
    private static final int REST = 9;

    /** What is not written when a hub dies is followed again. */
    private static final int COMMIT_MILLIS = 30_000;

    /** By then a hub has read its log: what the index knows more than the state is not coming back. */
    private static final int AHEAD_MILLIS = 15_000;

    private final Env env;
    private final CatalogSource source;
    private final Tickets tickets;
    private final Loop loop;
    private final Loop lookUps;
    private final ExecutorService threads = Executors.newCachedThreadPool(
            Thread.ofPlatform().name("covey-catalog-", 0).daemon().factory());

    /** Opened beside: a hub that starts has better to do. */
    private final CompletableFuture<CatalogIndex> opening;

    private final Semaphore searching = new Semaphore(SEARCHES_AT_ONCE, true);
    private final Semaphore waiting = new Semaphore(SEARCHES_WAITING_MAX);
    private final ConcurrentHashMap<DeviceId, Integer> ofDevice = new ConcurrentHashMap<>();
    private final AtomicBoolean isPlanned = new AtomicBoolean();
    private final long openedMillis;
    private long lastSeen;
    private volatile long behind;

    /** @param indexFolder where the index is kept; empty = in memory, and made anew at each start */
    public Catalog(Env env, CatalogSource source, Tickets tickets, Optional<Path> indexFolder) {
        this.env = env;
        this.source = source;
        this.tickets = tickets;
        opening = CompletableFuture.supplyAsync(
                () -> indexFolder
                        .map(folder -> CatalogIndex.open(source, folder))
                        .orElseGet(() -> CatalogIndex.inMemory(source)),
                threads);
        loop = env.newLoop("catalog");
        lookUps = env.newLoop("look-ups");
        openedMillis = env.clock().monotonicMillis();
        loop.schedule(COMMIT_MILLIS, this::commit);
        loop.schedule(AHEAD_MILLIS, this::changed);
        changed();
    }

    /** The state may have changed: the index follows soon. Cheap. */
    public void changed() {
        if (isPlanned.compareAndSet(false, true)) {
            plan(FOLLOW_MILLIS);
        }
    }

    /** Answers on a loop of its own: look-ups of a moment wake one thread, and their answers leave together. */
    public void lookUp(Runnable answering) {
        try {
            lookUps.execute(answering);
        } catch (RejectedExecutionException e) {
            log.debug("look-up after close");
        }
    }

    private void plan(long millis) {
        try {
            loop.schedule(millis, this::follow);
        } catch (RejectedExecutionException e) {
            log.debug("change after close");
        }
    }

    /** Stays planned until it is done: changes that come meanwhile must not cut short what is left to registrations. */
    private void follow() {
        try {
            OptionalLong restMillis = step();
            if (restMillis.isPresent()) {
                plan(restMillis.getAsLong());
                return;
            }
            isPlanned.set(false);
            if (index().lastChange() != lastSeen) {
                changed();
            }
        } catch (StoreException e) {
            isPlanned.set(false);
            log.warn("search index cannot follow why={}", e.getMessage());
        }
    }

    /** Empty when there is nothing more to take in, else after how long to go on. */
    private OptionalLong step() {
        CatalogIndex index = index();
        long last = index.lastChange();
        boolean isBusy = last != lastSeen;
        lastSeen = last;
        if (index.isCurrent()) {
            return OptionalLong.empty();
        }
        long began = env.clock().monotonicMillis();
        boolean isMore = onThread(() -> {
            if (began - openedMillis >= AHEAD_MILLIS && index.isAhead()) {
                index.rebuild("the state is older than the index");
            }
            return index.step();
        });
        behind = Math.max(0, index.lastChange() - index.upTo());
        long tookMillis = env.clock().monotonicMillis() - began;
        return isMore ? OptionalLong.of(isBusy ? REST * tookMillis : 0) : OptionalLong.empty();
    }

    private void commit() {
        loop.schedule(COMMIT_MILLIS, this::commit);
        onThread(() -> {
            index().commit();
            return true;
        });
    }

    /** Changes of the catalog that searches do not see yet. */
    public long changesBehind() {
        return behind;
    }

    /** Throws {@link Refused} when too many search already. */
    public SearchReply search(DeviceId device, SearchWanted wanted, Predicate<DeviceId> isOnline) {
        Account asker = DirectoryQueries.asker(source.view(), device);
        int own = ofDevice.merge(device, 1, Integer::sum);
        try {
            if (own > SEARCHES_PER_DEVICE_MAX || !waiting.tryAcquire()) {
                throw busy(
                        own > SEARCHES_PER_DEVICE_MAX
                                ? "More than " + SEARCHES_PER_DEVICE_MAX + " searches of this device wait: read their"
                                        + " answers first."
                                : "The hub has too many searches waiting; try again in a second.");
            }
            try {
                return searched(asker, wanted, isOnline);
            } finally {
                waiting.release();
            }
        } finally {
            ofDevice.computeIfPresent(device, (id, count) -> count == 1 ? null : count - 1);
        }
    }

    private static Refused busy(String sentence) {
        return new Refused(ErrorCode.BUSY, sentence);
    }

    private SearchReply searched(Account asker, SearchWanted wanted, Predicate<DeviceId> isOnline) {
        long arrived = env.clock().monotonicMillis();
        searching.acquireUninterruptibly();
        try {
            long begins = env.clock().monotonicMillis();
            if (begins - arrived > WAITED_MILLIS_MAX) {
                throw busy("This search waited for " + WAITED_MILLIS_MAX / 1_000 + " s behind others; try again.");
            }
            long deadline = begins + SEARCH_MILLIS_MAX;
            Searches searches = new Searches(source, index());
            return onThread(() ->
                    searches.search(asker, wanted, isOnline, () -> env.clock().monotonicMillis() > deadline));
        } finally {
            searching.release();
        }
    }

    /** Who shares a content, as far as the device may see. */
    public Holders.Builder holders(DeviceId device, LookupWanted wanted, Predicate<DeviceId> isOnline) {
        DirectoryView view = source.view();
        Account asker = DirectoryQueries.asker(view, device);
        return source.reading(store -> CatalogQueries.lookup(store, view, asker, wanted, isOnline));
    }

    /** Who holds the content in full, as the device may see. Throws {@link Refused} (NOT_FOUND). */
    public Sources.Builder sources(DeviceId device, SourcesWanted wanted, Predicate<DeviceId> isOnline) {
        Account asker = DirectoryQueries.asker(source.view(), device);
        Set<DeviceId> holders = source.reading(
                store -> CatalogQueries.completeHolders(store, source.view(), asker, wanted.getContent()));
        if (holders.isEmpty()) {
            throw new Refused(
                    ErrorCode.NOT_FOUND, "Nobody shares this content with you (any more): search for it again.");
        }
        Sources.Builder sources = Sources.newBuilder();
        for (DeviceId holder : holders) {
            sources.addSources(Source.newBuilder()
                    .setDevice(holder.toByteString())
                    .setAccount(
                            source.view().accountOf(holder).map(Account::name).orElse(""))
                    .setOnline(isOnline.test(holder))
                    .setPermille(1_000));
        }
        return sources;
    }

    /**
     * The answer: a ticket to fetch the content from those who were found.
     *
     * @param found with those that have a part: who may not pass it on to this device is left out
     */
    public Sources ticketed(DeviceId device, ByteString content, Sources.Builder found) {
        Set<DeviceId> partial = new HashSet<>();
        for (Source one : found.getSourcesList()) {
            if (one.getPermille() < 1_000) {
                partial.add(DeviceId.of(one.getDevice()));
            }
        }
        if (!partial.isEmpty()) {
            Account asker = DirectoryQueries.asker(source.view(), device);
            partial.removeAll(source.reading(
                    store -> PartialHolders.open(store, source.view(), asker, content, Set.copyOf(partial))));
        }
        Sources.Builder open = Sources.newBuilder();
        List<ByteString> holders = new ArrayList<>();
        for (Source one : found.getSourcesList()) {
            if (!partial.contains(DeviceId.of(one.getDevice()))) {
                open.addSources(one);
                holders.add(one.getDevice());
            }
        }
        return open.setTicket(
                        tickets.ticket(device, content, holders, source.view().size()))
                .build();
    }

    /** Waits until it is open. */
    private CatalogIndex index() {
        return opening.join();
    }

    /** Runs it on a thread of the platform, since it would hold up all else on a virtual one, and waits. */
    private <T> T onThread(Supplier<T> task) {
        try {
            return CompletableFuture.supplyAsync(task, threads).join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    /** Waits for what is under way; what the index knows is written. */
    @Override
    public void close() {
        lookUps.close();
        loop.close();
        onThread(() -> {
            index().close();
            return true;
        });
        threads.shutdown();
    }
}
