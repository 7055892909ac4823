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
import covey.content.TreePath;
import covey.env.Env;
import covey.store.Batch;
import covey.store.Keys;
import covey.store.OrderedStore;
import covey.store.Transaction;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.KeptRoot;
import covey.wire.proto.KeptShare;
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
import java.util.TreeMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this device shares: files and folders under names of their own, looked at again and again, so that what others
 * find is what is there. The hub is told of changes only, one command at a time; what could not be told yet is told
 * when it is there.
 *
 * <p>Any thread; scanning blocks. {@code this} guards the records, {@code scanning} keeps scans apart.
 */
public final class Sharing {
    private static final Logger log = LoggerFactory.getLogger(Sharing.class);

    private static final String OWNER = "share:";

    /** Contents linked in one durable write. */
    private static final int LINKED_AT_ONCE = 4_096;

    /** Shared at once by one device; more is a folder of folders. */
    private static final int ROOTS_MAX = 1_000;

    /** Tells the hub; the answer comes once, on any thread, however long it takes. */
    public interface Hub {
        void command(Command command, Consumer<CommandResult> done);
    }

    /** What sharing works with. */
    public record Ports(Env env, OrderedStore store, BlockStore blocks, Importer importer, Shares shares, Hub hub) {}

    /** Something that is shared, and how much of it the hub knows. */
    public record Root(String name, KeptRoot kept, int names, int told, long bytes, String refusal) {}

    /** What a look at the disk found. */
    public record Scanned(String name, int files, long bytes, int filesHashed, List<String> skipped) {}

    private final Ports ports;
    private final Object scanning = new Object();
    private boolean isTelling;
    private boolean isHubUp;

    public Sharing(Ports ports) {
        this.ports = ports;
    }

    /**
     * Shares a file or folder from now on. What is told of it survives this process; the hub hears of it as soon as it
     * can.
     *
     * @param root where it lies, and who may see it
     * @param name one name; what others see
     */
    public Scanned share(String name, KeptRoot root) {
        TreePath.of(name);
        synchronized (scanning) {
            Optional<KeptRoot> before = root(name);
            if (before.isPresent() && !before.get().getPath().equals(root.getPath())) {
                throw new ContentException(
                        Reason.EXISTS,
                        "You share " + before.get().getPath() + " as '" + name + "' already. Choose another name with"
                                + " --as, or end that: covey share rm " + name);
            }
            if (before.isEmpty() && rootNames().size() >= ROOTS_MAX) {
                throw new ContentException(
                        Reason.LIMIT, "You share " + ROOTS_MAX + " things already (at most that many).");
            }
            return scan(name, root);
        }
    }

    /** Looks at everything again; a folder that is gone is shared no more until it is back. */
    public List<Scanned> rescan() {
        List<Scanned> scanned = new ArrayList<>();
        synchronized (scanning) {
            for (String name : rootNames()) {
                KeptRoot root = root(name).orElseThrow();
                try {
                    scanned.add(scan(name, root));
                } catch (ContentException e) {
                    log.info("not shared now name={} why=\"{}\"", name, e.getMessage());
                    register(name, List.of(), Set.of());
                    scanned.add(new Scanned(name, 0, 0, 0, List.of(String.valueOf(e.getMessage()))));
                }
            }
        }
        return scanned;
    }

    /** Ends it: nobody finds it any more. The files stay where they are. */
    public void remove(String name) {
        synchronized (scanning) {
            if (root(name).isEmpty()) {
                throw new ContentException(
                        Reason.NOT_FOUND, "You share nothing as '" + name + "'; see: covey share ls");
            }
            register(name, List.of(), Set.of());
            ports.store().write(new Batch().delete(Tables.root(name)), true);
        }
    }

    private Scanned scan(String name, KeptRoot root) {
        Imported whole = ports.importer().scan(Path.of(root.getPath()), Importer.Options.SKIPPING);
        List<Imported> contents = new ArrayList<>(List.of(whole));
        List<Share> shares = new ArrayList<>();
        shares.add(share(name, whole, root));
        int files = 1;
        if (!whole.manifest().isOneFile()) {
            files = 0;
            for (Entry entry : whole.manifest().entries()) {
                if (entry instanceof Entry.File file) {
                    Path path = Path.of(root.getPath());
                    for (String each : file.path().names()) {
                        path = path.resolve(each);
                    }
                    Imported one = ports.importer().scan(path, Importer.Options.SKIPPING);
                    contents.add(one);
                    shares.add(share(name + "/" + file.path(), one, root));
                    files++;
                }
            }
        }
        for (int at = 0; at < contents.size(); at += LINKED_AT_ONCE) {
            List<Imported> some = contents.subList(at, Math.min(contents.size(), at + LINKED_AT_ONCE));
            ports.blocks().link(some, OWNER + name);
        }
        ports.store().write(new Batch().put(Tables.root(name), root.toByteArray()), true);
        Set<ContentId> now = new HashSet<>();
        contents.forEach(one -> now.add(one.id()));
        register(name, shares, now);
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
        List<ContentId> gone = new ArrayList<>();
        synchronized (this) {
            for (KeptShare kept : Shares.list(ports.store())) {
                ContentId id = ContentId.of(kept.getShare().getContent());
                if (nameOf(kept).equals(name) && !contents.contains(id)) {
                    gone.add(id);
                }
            }
            Transaction local = new Transaction(ports.store());
            ports.shares().replace(local, ByteString.copyFromUtf8(name), now);
            ports.store().write(local.toBatch(), true);
        }
        gone.forEach(id -> ports.blocks().release(id, OWNER + name));
        tell();
    }

    private static String nameOf(KeptShare kept) {
        String path = kept.getShare().getPath().toStringUtf8();
        int end = path.indexOf('/');
        return end < 0 ? path : path.substring(0, end);
    }

    private Optional<KeptRoot> root(String name) {
        return ports.store().get(Tables.root(name)).map(value -> Tables.parse(KeptRoot.parser(), value));
    }

    private List<String> rootNames() {
        List<String> names = new ArrayList<>();
        ports.store().scan(Tables.ROOTS, Keys.end(Tables.ROOTS), false, (key, value) -> {
            names.add(Tables.nameOfRoot(key));
            return true;
        });
        return names;
    }

    /** Everything that is shared, in order of names. */
    public synchronized List<Root> list() {
        Map<String, List<KeptShare>> byName = new TreeMap<>();
        Shares.list(ports.store())
                .forEach(kept -> byName.computeIfAbsent(nameOf(kept), name -> new ArrayList<>())
                        .add(kept));
        List<Root> roots = new ArrayList<>();
        for (String name : rootNames()) {
            List<KeptShare> shares = byName.getOrDefault(name, List.of());
            long bytes = 0;
            int told = 0;
            String refusal = "";
            for (KeptShare kept : shares) {
                bytes += kept.getShare().getPath().toStringUtf8().equals(name)
                        ? kept.getShare().getSize()
                        : 0;
                told += switch (kept.getState()) {
                    case SHARE_KNOWN -> 1;
                    case SHARE_COMING, SHARE_LEAVING, SHARE_REFUSED, UNRECOGNIZED -> 0;
                };
                refusal = refusal.isEmpty() ? kept.getRefusal() : refusal;
            }
            roots.add(new Root(name, root(name).orElseThrow(), shares.size(), told, bytes, refusal));
        }
        return roots;
    }

    /** What is shared here of a content now; neither what is being withdrawn nor what the hub refused. */
    public List<Share> sharesOf(ContentId content) {
        ByteString id = ByteString.copyFrom(content.toBytes());
        return Shares.list(ports.store()).stream()
                .filter(kept -> switch (kept.getState()) {
                    case SHARE_COMING, SHARE_KNOWN -> true;
                    case SHARE_LEAVING, SHARE_REFUSED, UNRECOGNIZED -> false;
                })
                .map(KeptShare::getShare)
                .filter(share -> share.getContent().equals(id))
                .toList();
    }

    /** The room that a share of this device is for, by its name. */
    public Optional<String> roomName(Share share) {
        String path = share.getPath().toStringUtf8();
        int end = path.indexOf('/');
        return root(end < 0 ? path : path.substring(0, end))
                .map(KeptRoot::getRoomName)
                .filter(name -> !name.isEmpty());
    }

    /** The hub is there, and has this of the device. */
    public void hubIsUp(OwnShares own) {
        synchronized (this) {
            isHubUp = true;
            Transaction local = new Transaction(ports.store());
            ports.shares().hubHas(local, own);
            ports.store().write(local.toBatch(), true);
        }
        tell();
    }

    /** What was under way is answered when it is back. */
    public synchronized void hubIsAway() {
        isHubUp = false;
    }

    private void tell() {
        Optional<Shares.Outgoing> next;
        synchronized (this) {
            if (isTelling || !isHubUp) {
                return;
            }
            next = ports.shares().next(new Transaction(ports.store()));
            isTelling = next.isPresent();
        }
        next.ifPresent(sent -> ports.hub().command(sent.command(), result -> told(sent, result)));
    }

    private void told(Shares.Outgoing sent, CommandResult result) {
        boolean isRefused = result.hasProblem();
        synchronized (this) {
            isTelling = false;
            boolean isLater = isRefused
                    && switch (result.getProblem().getCode()) {
                        case UNREACHABLE, BUSY, INTERNAL, BELOW_WINDOW, NOT_LOGGED_IN -> true;
                        case BAD_REQUEST, NOT_FOUND, DENIED, PARTIAL, DAMAGED, OVER_LIMIT -> false;
                        case UNSUPPORTED, CONFLICT, STALE_DEVICES, UNRECOGNIZED -> false;
                    };
            if (isLater) {
                return; // with the next scan, or when the hub is back
            }
            Transaction local = new Transaction(ports.store());
            if (isRefused) {
                ports.shares().refused(local, sent, result.getProblem().getMessage());
            } else {
                ports.shares().acknowledged(local, sent);
            }
            ports.store().write(local.toBatch(), true);
        }
        tell();
    }
}
