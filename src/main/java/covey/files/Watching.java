package covey.files;

import covey.content.ContentException;
import covey.content.Imported;
import covey.peer.PeerNode;
import covey.store.StoreException;
import covey.transfer.Sharing;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When what is shared is looked at: soon after a change where the system tells of changes, and else again and again. A
 * notice says only where to look: what changed is seen on the disk, so lost or doubled notices do no harm.
 *
 * <p>Any thread; {@code this} guards what is watched.
 */
final class Watching implements Sharing.Watcher, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Watching.class);

    /** Of all shares: half of what old systems let a user watch (fs.inotify.max_user_watches = 8,192). */
    static final int FOLDERS_MAX = 4_096;

    /** Where the system tells of all changes: not so where others may write (NFS, SMB) or a program answers (FUSE). */
    private static final Set<String> TELLING =
            Set.of("ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "tmpfs", "zfs", "bcachefs", "overlay");

    /** Nothing changed for so long: a program that writes is mostly done. */
    private static final long QUIET_MILLIS = 400;

    /** ... but what is written to on and on is looked at all the same. */
    private static final long RESTLESS_MILLIS = 4_000;

    /** Looking takes a fifth of the time at most where changes never end ... */
    private static final long LOOK_SHARE = 4;

    /** What is not watched is looked at so often, if that is quick ... */
    private static final long POLL_MILLIS = 20_000;

    /** ... and else takes a twentieth of the time at most. */
    private static final long POLL_SHARE = 20;

    /** What is watched, too: writing through a mapping of memory tells nobody. */
    private static final long WATCHED_POLL_MILLIS = 300_000;

    /** One folder that is watched, for one or more shares. */
    private record Folder(WatchKey key, Set<String> names) {}

    /** One share. */
    private static final class State {
        /** Of a single file: its name. */
        Optional<Path> only = Optional.empty();

        boolean isDue;
        long firstMillis;
        long lastMillis;
        long lookedMillis;
        long tookMillis;
    }

    private final PeerNode node;
    private final Supplier<Sharing> sharing;
    private final Optional<WatchService> service = service();
    private final Map<Path, Folder> folders = new HashMap<>();
    private final Map<String, State> states = new HashMap<>();

    /** So many at once: a long look must not hold up what changes elsewhere. */
    private final Semaphore looks = new Semaphore(2);

    private volatile boolean isClosed;

    /** @param sharing is there when this starts */
    Watching(PeerNode node, Supplier<Sharing> sharing) {
        this.node = node;
        this.sharing = sharing;
    }

    private static Optional<WatchService> service() {
        try {
            return Optional.of(FileSystems.getDefault().newWatchService());
        } catch (IOException | UnsupportedOperationException e) {
            log.warn(
                    "no changes of files are told here, what is shared is looked at every {} s",
                    POLL_MILLIS / 1_000,
                    e);
            return Optional.empty();
        }
    }

    void start() {
        service.ifPresent(one -> node.env().background("watching", () -> hear(one)));
        node.env().background("shares", this::poll);
    }

    // Now and then

    private void poll() {
        long began = now();
        try {
            for (String name : sharing.get().names()) {
                if (isPolled(name)) {
                    look(name);
                }
            }
            sharing.get().tellAgain();
        } catch (StoreException e) {
            log.warn("what is shared could not be looked at", e);
        } finally {
            later(Math.max(POLL_MILLIS, POLL_SHARE * (now() - began)), this::poll);
        }
    }

    private synchronized boolean isPolled(String name) {
        State state = states.get(name);
        return !isClosed && (state == null || now() - state.lookedMillis > WATCHED_POLL_MILLIS);
    }

    private void look(String name) {
        looks.acquireUninterruptibly();
        long began = now();
        try {
            sharing.get().look(name);
        } catch (ContentException | StoreException e) {
            log.warn("what is shared could not be looked at name={}", name, e);
        } finally {
            looks.release();
            synchronized (this) {
                State state = states.getOrDefault(name, new State());
                state.lookedMillis = now();
                state.tookMillis = state.lookedMillis - began;
            }
        }
    }

    // When something changed

    private void hear(WatchService from) {
        try {
            while (!isClosed) {
                WatchKey key = from.take();
                List<WatchEvent<?>> events = key.pollEvents();
                changed(key, events, key.reset());
            }
        } catch (ClosedWatchServiceException | InterruptedException e) {
            log.trace("no more changes are told", e);
        }
    }

    private synchronized void changed(WatchKey key, List<WatchEvent<?>> events, boolean isThere) {
        Path path = (Path) key.watchable();
        Folder folder = folders.get(path);
        if (folder == null) {
            return;
        }
        for (String name : folder.names) {
            State state = states.get(name);
            if (state != null && (!isThere || events.stream().anyMatch(event -> concerns(event, state)))) {
                due(name, state);
            }
        }
        if (!isThere) {
            folders.remove(path);
        }
    }

    private static boolean concerns(WatchEvent<?> event, State state) {
        return state.only.isEmpty()
                || event.kind().equals(StandardWatchEventKinds.OVERFLOW)
                || state.only.get().equals(event.context());
    }

    private void due(String name, State state) {
        state.lastMillis = now();
        if (!state.isDue) {
            state.isDue = true;
            state.firstMillis = state.lastMillis;
            long restMillis = state.lookedMillis + LOOK_SHARE * state.tookMillis - state.lastMillis;
            later(Math.max(QUIET_MILLIS, restMillis), () -> lookWhenQuiet(name));
        }
    }

    private void lookWhenQuiet(String name) {
        synchronized (this) {
            State state = states.get(name);
            if (state == null) {
                return;
            }
            long quietMillis = now() - state.lastMillis;
            if (quietMillis < QUIET_MILLIS && now() - state.firstMillis < RESTLESS_MILLIS) {
                later(QUIET_MILLIS - quietMillis, () -> lookWhenQuiet(name));
                return;
            }
            state.isDue = false; // what changes from here on is looked at again
        }
        look(name);
    }

    // What is watched

    @Override
    public synchronized boolean looked(String name, Imported seen) {
        Set<Path> wanted = new HashSet<>(seen.folders());
        wanted.removeIf(folder ->
                folders.containsKey(folder) && folders.get(folder).names.contains(name));
        boolean hasRoom = folders.size() + wanted.size() <= FOLDERS_MAX;
        if (isClosed || service.isEmpty() || !hasRoom || !isTelling(seen.origin())) {
            forget(name);
            return false;
        }
        try {
            for (Path folder : wanted) {
                watch(folder, service.get()).names.add(name);
            }
        } catch (IOException e) {
            log.info("not watched name={} why=\"{}\"", name, e.toString());
            forget(name);
            return false;
        }
        State state = states.computeIfAbsent(name, any -> new State());
        state.only =
                seen.manifest().isOneFile() ? Optional.ofNullable(seen.origin().getFileName()) : Optional.empty();
        drop(name, Set.copyOf(seen.folders()));
        if (!wanted.isEmpty()) {
            due(name, state); // what changed between the look and now
        }
        return true;
    }

    private Folder watch(Path folder, WatchService with) throws IOException {
        Folder known = folders.get(folder);
        if (known == null) {
            WatchKey key = folder.register(
                    with,
                    StandardWatchEventKinds.ENTRY_CREATE,
                    StandardWatchEventKinds.ENTRY_DELETE,
                    StandardWatchEventKinds.ENTRY_MODIFY);
            known = new Folder(key, new HashSet<>());
            folders.put(folder, known);
        }
        return known;
    }

    private static boolean isTelling(Path origin) {
        try {
            return TELLING.contains(Files.getFileStore(origin).type());
        } catch (IOException e) {
            log.debug("no kind of file system for {}", origin, e);
            return false;
        }
    }

    @Override
    public synchronized void forget(String name) {
        states.remove(name);
        drop(name, Set.of());
    }

    /** Other folders than these are not watched for it any more. */
    private void drop(String name, Set<Path> kept) {
        folders.entrySet().removeIf(entry -> {
            Set<String> names = entry.getValue().names;
            boolean isLast = !kept.contains(entry.getKey()) && names.remove(name) && names.isEmpty();
            if (isLast) {
                entry.getValue().key.cancel();
            }
            return isLast;
        });
    }

    private long now() {
        return node.env().clock().monotonicMillis();
    }

    private void later(long millis, Runnable task) {
        try {
            node.loop().schedule(millis, () -> {
                if (!isClosed) {
                    node.env().background("look", task);
                }
            });
        } catch (RejectedExecutionException e) {
            log.trace("the peer has ended", e);
        }
    }

    @Override
    public void close() {
        isClosed = true;
        try {
            if (service.isPresent()) {
                service.get().close();
            }
        } catch (IOException e) {
            log.debug("watching not ended", e);
        }
    }
}
