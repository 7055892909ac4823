package covey.catalog;

import com.google.protobuf.ByteString;
import covey.catalog.Sight.Owner;
import covey.directory.DirectoryView;
import covey.directory.DirectoryView.Account;
import covey.directory.DirectoryView.Device;
import covey.directory.Refused;
import covey.store.Keys;
import covey.store.OrderedStore;
import covey.wire.DeviceId;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.Holder;
import covey.wire.proto.Holders;
import covey.wire.proto.Listing;
import covey.wire.proto.ListingWanted;
import covey.wire.proto.LookupWanted;
import covey.wire.proto.OwnShares;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** Questions about what is shared. Nothing is told that the asker may not see; the hub adds who is online. */
public final class CatalogQueries {
    /** Of an answer: it fits a control frame with its header. */
    public static final int REPLY_BYTES_MAX = 15 * 1024;

    /** Records looked at for one page of a listing, whoever may see them: a bound on its work. */
    private static final int LOOKED_AT_MAX = 1_000;

    /** Names of one device looked at for one content: a device with a thousand copies hides nobody behind it. */
    private static final int COPIES_MAX = 16;

    /** Devices looked at for one content, whoever may see what they have of it. */
    private static final int DEVICES_MAX = 500;

    private static final int HOLDERS_MAX = 99;

    /** Room that a Holder takes in its answer beside its share: two ids, names and tags. */
    private static final int HOLDER_BYTES = 100;

    private CatalogQueries() {}

    /** Names that are shared, of all devices. */
    public static CatalogFigures figures(OrderedStore store) {
        return CatalogFigures.read(store::get);
    }

    public static Holders.Builder lookup(
            OrderedStore store, DirectoryView view, Account asker, LookupWanted wanted, Predicate<DeviceId> isOnline) {
        boolean isPlain = wanted.getByCase() == LookupWanted.ByCase.PLAIN;
        byte[] digest = (isPlain ? wanted.getPlain() : wanted.getContent().substring(1)).toByteArray();
        Sight sight = new Sight(store, view, asker);
        Holders.Builder holders = Holders.newBuilder();
        int[] roomBytes = {REPLY_BYTES_MAX};
        Looker looker = (shareKey, glance, known) -> {
            Optional<Holder> holder = sight.owner(device(shareKey), glance.change(), glance.audience())
                    .flatMap(owner -> known.or(() -> store.get(shareKey).map(ShareRecord::decode))
                            .filter(record -> isOf(record, wanted, digest))
                            .map(record -> holder(owner, record, shareKey)
                                    .setOnline(isOnline.test(owner.device().id()))
                                    .build()));
            roomBytes[0] -=
                    holder.map(told -> told.getSerializedSize() + HOLDER_BYTES).orElse(0);
            if (roomBytes[0] < 0) {
                return Next.END;
            }
            holder.ifPresent(holders::addHolders);
            return Next.NAME;
        };
        boolean isWhole = isPlain
                ? walk(store, Tables.digest(Tables.PLAIN, digest), COPIES_MAX, looker)
                : look(store, digest, COPIES_MAX, looker);
        return holders.setMore(!isWhole);
    }

    /** Where to go on. */
    enum Next {
        NAME,
        DEVICE,
        END
    }

    interface Looker {
        /** @param record when it was read already */
        Next at(byte[] shareKey, ShareRecord.Glance glance, Optional<ShareRecord> record);
    }

    /** Goes through a content's names, device by device; false when some were left out. */
    static boolean look(OrderedStore store, byte[] digest, int copiesMax, Looker looker) {
        Optional<ContentHead> found =
                store.get(Tables.digest(Tables.CONTENT, digest)).map(ContentHead::decode);
        if (found.isEmpty()) {
            return true;
        }
        ContentHead head = found.get();
        if (head.hasShare()) {
            ShareRecord record = ShareRecord.decode(head.record());
            if (looker.at(head.shareKey(), record.glance(), Optional.of(record)) == Next.END) {
                return false;
            }
        }
        return head.others() == 0 || walk(store, Tables.digest(Tables.MORE, digest), copiesMax, looker);
    }

    private static boolean walk(OrderedStore store, byte[] all, int copiesMax, Looker looker) {
        byte[] end = Keys.end(all);
        Walk walk = new Walk(looker, all, copiesMax);
        while (walk.from.isPresent()) {
            byte[] from = walk.from.get();
            walk.from = Optional.empty();
            store.scan(from, end, false, walk);
        }
        return !walk.isCut;
    }

    /** Steps over a few names that need not be seen, and asks for another scan to get over many. */
    private static final class Walk implements OrderedStore.Visitor {
        private final Looker looker;
        private final int copiesMax;
        private Optional<byte[]> from;
        private byte[] device = Tables.NOTHING;
        private int devices;
        private int copies;
        private boolean isDeviceDone;
        private boolean isCut;

        Walk(Looker looker, byte[] from, int copiesMax) {
            this.looker = looker;
            this.copiesMax = copiesMax;
            this.from = Optional.of(from);
        }

        @Override
        public boolean visit(byte[] key, byte[] value) {
            if (!Arrays.equals(device, 0, device.length, key, 0, Tables.DEVICE_END)) {
                device = Arrays.copyOf(key, Tables.DEVICE_END);
                copies = 0;
                isDeviceDone = false;
                if (devices++ == DEVICES_MAX) {
                    isCut = true;
                    return false;
                }
            }
            if (copies++ == copiesMax) {
                isCut |= !isDeviceDone;
                from = Optional.of(Keys.end(device));
                return false;
            }
            if (isDeviceDone) {
                return true;
            }
            Next next = looker.at(Tables.shareOf(key), ShareRecord.Glance.decode(value), Optional.empty());
            isDeviceDone = next == Next.DEVICE;
            isCut |= next == Next.END;
            return next != Next.END;
        }
    }

    private static boolean isOf(ShareRecord record, LookupWanted wanted, byte[] digest) {
        return Arrays.equals(digest, wanted.hasPlain() ? record.plain() : record.content());
    }

    static Holder.Builder holder(Owner owner, ShareRecord record, byte[] shareKey) {
        return Holder.newBuilder()
                .setDevice(owner.device().id().toByteString())
                .setAccount(owner.account().name())
                .setShare(record.tell(Tables.pathOf(shareKey)));
    }

    public static int device(byte[] shareKey) {
        return Keys.read(shareKey).skip(1).u32();
    }

    /**
     * For the tracker: the devices that hold this content in full, of those shares that the asker may see. Empty means
     * that the asker may not fetch it, or that nobody has it.
     */
    public static Set<DeviceId> completeHolders(
            OrderedStore store, DirectoryView view, Account asker, ByteString content) {
        Sight sight = new Sight(store, view, asker);
        Set<DeviceId> devices = new LinkedHashSet<>();
        look(store, content.substring(1).toByteArray(), COPIES_MAX, (shareKey, glance, known) -> {
            Optional<Owner> owner = sight.owner(device(shareKey), glance.change(), glance.audience());
            owner.ifPresent(sharer -> devices.add(sharer.device().id()));
            boolean isEnough = devices.size() == HOLDERS_MAX;
            return isEnough ? Next.END : owner.isPresent() ? Next.DEVICE : Next.NAME;
        });
        return devices;
    }

    public static OwnShares.Builder own(OrderedStore store, DirectoryView view, DeviceId device) {
        int index = (int) view.device(device).orElseThrow().index();
        DeviceFigures figures = store.get(Tables.key(Tables.DEVICE, index))
                .map(DeviceFigures::decode)
                .orElse(DeviceFigures.NONE);
        return OwnShares.newBuilder().setCount(figures.count()).setDigest(figures.digest());
    }

    public static Listing.Builder listing(OrderedStore store, DirectoryView view, Account asker, ListingWanted wanted) {
        Account sharer = view.account(wanted.getAccount())
                .orElseThrow(
                        () -> new Refused(ErrorCode.NOT_FOUND, "There is no account @" + wanted.getAccount() + "."));
        Page page = new Page(new Sight(store, view, asker));
        List<byte[]> starts = new ArrayList<>();
        for (DeviceId id : sharer.devices()) {
            starts.addAll(
                    ranges(view.device(id).map(Device::index).orElseThrow().intValue(), wanted.getPath()));
        }
        byte[] after = wanted.getAfter().toByteArray();
        for (int i = 0; i < starts.size() && !page.isFull(); i += 2) {
            byte[] from = starts.get(i);
            byte[] to = starts.get(i + 1);
            if (after.length > 0 && Arrays.compareUnsigned(after, from) >= 0) {
                from = Arrays.copyOf(after, after.length + 1);
            }
            store.scan(from, to, false, page::add);
        }
        return page.listing;
    }

    /** The path itself, and what is under it: two ranges, since other names may stand between them. */
    private static List<byte[]> ranges(int device, ByteString path) {
        if (path.isEmpty()) {
            byte[] all = Tables.key(Tables.SHARE, device);
            return List.of(all, Keys.end(all));
        }
        byte[] self = Tables.share(device, path.toByteArray());
        byte[] under = Tables.joined(self, new byte[] {'/'});
        return List.of(self, Arrays.copyOf(self, self.length + 1), under, Keys.end(under));
    }

    /** Fills one answer; the key it stopped behind is where the next one goes on. */
    private static final class Page {
        private final Listing.Builder listing = Listing.newBuilder();
        private final Sight sight;
        private int roomBytes = REPLY_BYTES_MAX - HOLDER_BYTES;
        private int left = LOOKED_AT_MAX;
        private byte[] last = Tables.NOTHING;

        Page(Sight sight) {
            this.sight = sight;
        }

        boolean isFull() {
            return !listing.getNext().isEmpty();
        }

        boolean add(byte[] key, byte[] value) {
            ShareRecord record = ShareRecord.decode(value);
            Optional<Holder> told = sight.owner(device(key), record.change(), record.audience())
                    .map(owner -> holder(owner, record, key).build());
            roomBytes -=
                    told.map(holder -> holder.getSerializedSize() + Long.BYTES).orElse(0);
            boolean isFull = roomBytes - key.length < 0 || left-- == 0;
            if (isFull) {
                listing.setNext(ByteString.copyFrom(last));
                return false;
            }
            told.ifPresent(listing::addShares);
            last = key;
            return true;
        }
    }
}
