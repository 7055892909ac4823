package covey.catalog;

import com.google.protobuf.ByteString;
import covey.catalog.Sight.Owner;
import covey.directory.DirectoryView.Account;
import covey.directory.DirectoryView.Device;
import covey.directory.DirectoryView;
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

/** Questions about what is shared. Nothing is told that the asker may not see; the hub adds who is online. */
public final class CatalogQueries {
    /** Of an answer: it fits a control frame with its header. */
    public static final int REPLY_BYTES_MAX = 15 * 1024;

    /** Records looked at for one question, whoever may see them: a bound on its work. */
    private static final int LOOKED_AT_MAX = 1_000;

    private static final int HOLDERS_MAX = 99;

    /** Room that a Holder takes in its answer beside its share: two ids, names and tags. */
    private static final int HOLDER_BYTES = 100;

    private CatalogQueries() {}

    /** Names that are shared, of all devices. */
    public static CatalogFigures figures(OrderedStore store) {
        return CatalogFigures.read(store::get);
    }

    public static Holders.Builder lookup(OrderedStore store, DirectoryView view, Account asker, LookupWanted wanted) {
        byte[] digest;
        byte[] from;
        if (wanted.getByCase() == LookupWanted.ByCase.PLAIN) {
            digest = wanted.getPlain().toByteArray();
            from = Tables.digest(Tables.PLAIN, digest);
        } else {
            digest = wanted.getContent().substring(1).toByteArray();
            from = Tables.digest(Tables.CONTENT, digest);
        }
        Sight sight = new Sight(store, view, asker);
        Holders.Builder holders = Holders.newBuilder();
        int[] left = {LOOKED_AT_MAX, REPLY_BYTES_MAX};
        store.scan(from, Keys.end(from), false, (key, value) -> {
            byte[] shareKey = Tables.shareOf(key);
            ShareRecord.Glance glance = ShareRecord.Glance.decode(value);
            Optional<Owner> owner = sight.owner(device(shareKey), glance.change(), glance.audience());
            if (owner.isPresent()) {
                Optional<Holder> holder = store.get(shareKey)
                        .map(ShareRecord::decode)
                        .filter(record -> isOf(record, wanted, digest))
                        .map(record -> holder(owner.get(), record, shareKey));
                left[1] -= holder.map(told -> told.getSerializedSize() + HOLDER_BYTES)
                        .orElse(0);
                if (left[1] < 0) {
                    holders.setMore(true);
                    return false;
                }
                holder.ifPresent(holders::addHolders);
            }
            holders.setMore(--left[0] == 0);
            return left[0] > 0;
        });
        return holders;
    }

    private static boolean isOf(ShareRecord record, LookupWanted wanted, byte[] digest) {
        return Arrays.equals(digest, wanted.hasPlain() ? record.plain() : record.content());
    }

    static Holder holder(Owner owner, ShareRecord record, byte[] shareKey) {
        return Holder.newBuilder()
                .setDevice(owner.device().id().toByteString())
                .setAccount(owner.account().name())
                .setShare(record.tell(Tables.pathOf(shareKey)))
                .build();
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
        byte[] from = Tables.digest(Tables.CONTENT, content.substring(1).toByteArray());
        int[] left = {LOOKED_AT_MAX};
        store.scan(from, Keys.end(from), false, (key, value) -> {
            ShareRecord.Glance glance = ShareRecord.Glance.decode(value);
            sight.owner(device(Tables.shareOf(key)), glance.change(), glance.audience())
                    .ifPresent(owner -> devices.add(owner.device().id()));
            return --left[0] > 0 && devices.size() < HOLDERS_MAX;
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
                    .map(owner -> holder(owner, record, key));
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
