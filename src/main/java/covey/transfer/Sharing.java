package covey.transfer;

import com.google.protobuf.ByteString;
import covey.catalog.Shares;
import covey.content.BlockStore;
import covey.content.ContentException;
import covey.content.ContentException.Reason;
import covey.content.ContentId;
import covey.content.Entry;
import covey.content.Imported;
import covey.content.Importer;
import covey.content.ScanProgress;
import covey.content.TreePath;
import covey.env.Env;
import covey.store.Batch;
import covey.store.Keys;
import covey.store.OrderedStore;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.KeptRoot;
import covey.wire.proto.KeptShare;
import covey.wire.proto.KeptShareState;
import covey.wire.proto.OwnShares;
import covey.wire.proto.Share;
import covey.wire.proto.ShareKind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this device shares: files and folders under names of their own, looked at again and again, so that what others
 * find is what is there. The hub is told of changes only ({@link Registration}).
 *
 * <p>Any thread; scanning blocks. Each name has a guard of its own, so that a long look holds up nobody else.
 */
public final class Sharing {
    private static final Logger log = LoggerFactory.getLogger(Sharing.class);

    private static final String OWNER = "share:";

    /** Contents linked in one durable write. */
    private static final int LINKED_AT_ONCE = 4_096;

    /** Shared at once by one device; more is a folder of folders. */
    private static final int ROOTS_MAX = 1_000;

    /** The way to the hub; each answer comes once, on any thread, however long it takes. */
    public interface Hub {
        /**
         * Changes what the hub has.
         *
         * @param isBulk beside the session, in a large frame: UNREACHABLE when that connection fails, whatever became
         *     of the command
         */
        void command(Command command, boolean isBulk, Consumer<CommandResult> done);

        /** Asks what the hub has of this device; empty when it does not say. */
        void ownShares(Consumer<Optional<OwnShares>> done);
    }

    /** Hears what was seen on the disk, so that it may say when to look again. */
    public interface Watcher {
        /** True when every change will be noticed at once. */
        boolean looked(String name, Imported seen);

        void forget(String name);
    }

    /** What sharing works with. */
    public record Ports(
            Env env,
            OrderedStore store,
            BlockStore blocks,
            Importer importer,
            Shares shares,
            Hub hub,
            Watcher watcher) {}

    /** Something that is shared, and how much of it the hub knows. */
    public record Root(
            String name, KeptRoot kept, int names, int told, long bytes, String refusal, boolean isWatched) {}

    /** What a look at the disk found. */
    public record Scanned(String name, int files, long bytes, int filesHashed, List<String> skipped) {}

    private final Ports ports;
    private final Registration registration;
    private final Map<String, Looking> looking = new ConcurrentHashMap<>();

    /** One name is looked at by one thread at a time; the others wait. */
    private static final class Looking {
        volatile ScanProgress progress = new ScanProgress();
        volatile boolean isWatched;
    }

    public Sharing(Ports ports) {
        this.ports = ports;
        registration = new Registration(ports.env(), ports.store(), ports.shares(), ports.hub());
    }

    /**
     * Shares a file or folder from now on. What is told of it survives this process; the hub hears of it as soon as it
     * can. Stopped by {@code progress}, it leaves everything as it was.
     *
     * @param root where it lies, and who may see it
     * @param name one name; what others see
     */
    public Scanned share(String name, KeptRoot root, ScanProgress progress) {
        TreePath.of(name);
        Looking mine = looking.computeIfAbsent(name, any -> new Looking());
        synchronized (mine) {
            Optional<KeptRoot> before = root(name);
            if (before.isPresent() && !before.get().getPath().equals(root.getPath())) {
                throw new ContentException(
                        Reason.EXISTS,
                        "You share " + before.get().getPath() + " as '" + name + "' already. Choose another name with"
                                + " --as, or end that: covey share rm " + name);
            }
            if (before.isEmpty() && names().size() >= ROOTS_MAX) {
                throw new ContentException(
                        Reason.LIMIT, "You share " + ROOTS_MAX + " things already (at most that many).");
            }
            mine.progress = progress;
            return scan(name, root, mine);
        }
    }

    /** Looks at everything again. */
    public List<Scanned> rescan() {
        return names().stream().flatMap(name -> look(name).stream()).toList();
    }

    /**
     * Looks at one thing again; what is gone is shared no more until it is back. Empty when nothing is shared under
     * this name.
     */
    public Optional<Scanned> look(String name) {
        Looking mine = looking.computeIfAbsent(name, any -> new Looking());
        synchronized (mine) {
            Optional<KeptRoot> root = root(name);
            if (root.isEmpty()) {
                return Optional.empty();
            }
            mine.progress = new ScanProgress();
            try {
                return Optional.of(scan(name, root.get(), mine));
            } catch (ContentException e) {
                log.info("not shared now name={} why=\"{}\"", name, e.getMessage());
                mine.isWatched = false;
                ports.watcher().forget(name);
                switch (e.reason()) {
                    case NOT_FOUND, REFUSED -> register(name, List.of(), Set.of());
                    // Trouble of this machine or moment: what was told of it stays.
                    case DAMAGED, DENIED, NO_SPACE, CHANGED, EXISTS, LIMIT, FAILED, STOPPED -> registration.tellAgain();
                }
                return Optional.of(new Scanned(name, 0, 0, 0, List.of(String.valueOf(e.getMessage()))));
            }
        }
    }

    /** Ends it: nobody finds it any more. The files stay where they are. */
    public void remove(String name) {
        Looking mine = looking.computeIfAbsent(name, any -> new Looking());
        mine.progress.stop();
        synchronized (mine) {
            if (root(name).isEmpty()) {
                throw new ContentException(
                        Reason.NOT_FOUND, "You share nothing as '" + name + "'; see: covey share ls");
            }
            ports.watcher().forget(name);
            register(name, List.of(), Set.of());
            ports.store().write(new Batch().delete(Tables.root(name)), true);
            looking.remove(name);
        }
    }

    private Scanned scan(String name, KeptRoot root, Looking mine) {
        Imported whole = ports.importer().scan(Path.of(root.getPath()), Importer.Options.SKIPPING, mine.progress);
        if (!whole.origin().toString().equals(root.getPath())) {
            throw new ContentException(
                    Reason.REFUSED,
                    root.getPath() + " leads to " + whole.origin() + " now. To share that: covey share "
                            + whole.origin());
        }
        List<Share> shares = new ArrayList<>(List.of(share(name, whole, root)));
        Set<ContentId> contents = new HashSet<>(Set.of(whole.id()));
        List<Imported> some = new ArrayList<>(List.of(whole));
        for (Entry entry : whole.manifest().isOneFile()
                ? List.<Entry>of()
                : whole.manifest().entries()) {
            if (entry instanceof Entry.File file) {
                Imported one = whole.only(file);
                some.add(one);
                contents.add(one.id());
                shares.add(share(name + "/" + file.path(), one, root));
            }
            if (some.size() == LINKED_AT_ONCE) {
                ports.blocks().link(some, OWNER + name);
                some.clear();
            }
        }
        ports.blocks().link(some, OWNER + name);
        if (!root(name).equals(Optional.of(root))) {
            ports.store().write(new Batch().put(Tables.root(name), root.toByteArray()), true);
        }
        register(name, shares, contents);
        mine.isWatched = ports.watcher().looked(name, whole);
        int files = whole.manifest().isOneFile() ? 1 : shares.size() - 1;
        return new Scanned(name, files, whole.manifest().bytes(), whole.filesHashed(), whole.skipped());
    }

    private Share share(String path, Imported imported, KeptRoot root) {
        Share.Builder share = Share.newBuilder()
                .setPath(ByteString.copyFromUtf8(path))
                .setContent(ByteString.copyFrom(imported.id().toBytes()))
                .setSize(imported.manifest().bytes());
        if (imported.manifest().isOneFile()) {
            share.setKind(ShareKind.SHARED_FILE)
                    .setPlain(imported.manifest().file(0).plain().toByteString());
        } else {
            share.setKind(ShareKind.SHARED_FOLDER);
        }
        if (!root.getRoom().isEmpty()) {
            share.setRoom(root.getRoom());
        } else if (!root.getAccount().isEmpty()) {
            share.setAccount(root.getAccount());
        }
        return share.build();
    }

    /** Under this name there is this and nothing else. What is not there any more is not kept for its sake. */
    private void register(String name, List<Share> now, Set<ContentId> contents) {
        Set<ContentId> gone = new HashSet<>();
        for (KeptShare kept : registration.under(name)) {
            if (kept.getState() != KeptShareState.SHARE_LEAVING) {
                gone.add(ContentId.of(kept.getShare().getContent()));
            }
        }
        gone.removeAll(contents);
        ports.blocks().release(gone, OWNER + name); // first: a kill between the two is repaired by the next look
        registration.replace(name, now);
    }

    private Optional<KeptRoot> root(String name) {
        return ports.store().get(Tables.root(name)).map(value -> Tables.parse(KeptRoot.parser(), value));
    }

    /** Under which names something is shared, in order. */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        ports.store().scan(Tables.ROOTS, Keys.end(Tables.ROOTS), false, (key, value) -> {
            names.add(Tables.nameOfRoot(key));
            return true;
        });
        return names;
    }

    /** Everything that is shared, in order of names. */
    public List<Root> list() {
        List<Root> roots = new ArrayList<>();
        for (String name : names()) {
            List<KeptShare> shares = registration.under(name);
            int told = 0;
            String refusal = "";
            for (KeptShare share : shares) {
                told += share.getState() == KeptShareState.SHARE_KNOWN ? 1 : 0;
                refusal = refusal.isEmpty() ? share.getRefusal() : refusal;
            }
            long bytes = shares.isEmpty() ? 0 : shares.getFirst().getShare().getSize();
            Looking state = looking.get(name);
            boolean isWatched = state != null && state.isWatched;
            Optional<KeptRoot> kept = root(name);
            if (kept.isPresent()) {
                roots.add(new Root(name, kept.get(), shares.size(), told, bytes, refusal, isWatched));
            }
        }
        return roots;
    }

    /**
     * For whom a content is shared here now: for when no hub can be asked. What was removed, or was refused by the hub,
     * is for nobody.
     */
    public List<Share> sharesOf(ContentId content) {
        List<Share> shares = new ArrayList<>();
        for (String owner : ports.blocks().owners(content)) {
            String name = owner.startsWith(OWNER) ? owner.substring(OWNER.length()) : "";
            if (!name.isEmpty() && root(name).isPresent()) {
                registration
                        .kept(name)
                        .filter(kept -> kept.getState() == KeptShareState.SHARE_COMING
                                || kept.getState() == KeptShareState.SHARE_KNOWN)
                        .ifPresent(kept -> shares.add(kept.getShare()));
            }
        }
        return shares;
    }

    /** The room that a share of this device is for, by its name. */
    public Optional<String> roomName(Share share) {
        String path = share.getPath().toStringUtf8();
        int end = path.indexOf('/');
        return root(end < 0 ? path : path.substring(0, end))
                .map(KeptRoot::getRoomName)
                .filter(name -> !name.isEmpty());
    }

    public void hubIsUp() {
        registration.hubIsUp();
    }

    public void hubIsAway() {
        registration.hubIsAway();
    }

    /** Tells the hub what it could not be told before; called now and then. */
    public void tellAgain() {
        registration.tellAgain();
    }

    /** The process ends: nobody waits for what is being read. */
    public void stop() {
        looking.values().forEach(one -> one.progress.stop());
    }
}
