package covey.files;

import com.google.protobuf.ByteString;
import covey.content.ContentException;
import covey.content.ContentException.Reason;
import covey.content.ContentId;
import covey.directory.DirectoryView;
import covey.peer.PeerNode;
import covey.transfer.Transfer;
import covey.transfer.Wanted;
import covey.wire.DeviceId;
import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.KeptTransfer;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** What people mean by what they type: a number, or a content id. Any thread. */
public final class References {
    private final PeerNode node;
    private final Contents contents;

    public References(PeerNode node, Contents contents) {
        this.node = node;
        this.contents = contents;
    }

    /**
     * What is meant.
     *
     * @param number of the transfer that it is already
     * @param target where it was to go, when it was begun before; else empty
     */
    public record Found(
            Optional<Long> number,
            ContentId content,
            String name,
            long bytes,
            int files,
            ByteString sha256,
            Set<DeviceId> only,
            String target,
            boolean renames) {
        public Found {
            only = Set.copyOf(only);
        }

        public static Found of(Transfer transfer) {
            KeptTransfer kept = transfer.kept();
            return new Found(
                    Optional.of(transfer.number()),
                    transfer.content(),
                    kept.getName(),
                    kept.getBytes(),
                    kept.getFiles(),
                    kept.getSha256(),
                    transfer.only(),
                    kept.getTarget(),
                    kept.getRenames());
        }

        public Wanted wanted(Path where, boolean renames, Set<DeviceId> asked) {
            return new Wanted(content, name, bytes, files, sha256, where, renames, asked);
        }
    }

    public Found resolve(String typed) {
        if (typed.matches("\\d{1,18}")) {
            return numbered(Long.parseLong(typed));
        }
        if (ContentId.looksLikeOne(typed)) {
            return identified(ContentId.parse(typed));
        }
        throw new WireException(
                ErrorCode.BAD_REQUEST,
                "'" + typed + "' is not understood (expected: the number of an offer or transfer, or a content id of 53"
                        + " characters).");
    }

    private static Found identified(ContentId id) {
        return new Found(Optional.empty(), id, id.shortText(), 0, 0, ByteString.EMPTY, Set.of(), "", true);
    }

    private Found numbered(long number) {
        Optional<Transfer> transfer = contents.transfers().find(number);
        if (transfer.isEmpty()) {
            throw new ContentException(
                    Reason.NOT_FOUND, "There is no offer or transfer " + number + " here; see: covey transfers");
        }
        if (transfer.get().state() == Transfer.State.DONE) {
            throw new ContentException(
                    Reason.EXISTS,
                    "It was fetched already: " + transfer.get().kept().getTarget());
        }
        return Found.of(transfer.get());
    }

    public Set<DeviceId> devicesOf(String account) {
        DirectoryView directory = node.directory();
        if (directory.account(account).isEmpty()) {
            throw new WireException(
                    ErrorCode.NOT_FOUND, "there is no account @" + account + " in this network; see: covey ls");
        }
        Set<DeviceId> devices = new HashSet<>();
        directory.activeDevices(account).forEach(device -> devices.add(device.id()));
        return devices;
    }

    /** Whose device it is, as known here now. */
    public Optional<String> accountOf(DeviceId device) {
        return node.directory().accountOf(device).map(DirectoryView.Account::name);
    }
}
