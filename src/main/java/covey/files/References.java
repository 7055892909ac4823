package covey.files;

import com.google.protobuf.ByteString;
import covey.content.ContentException;
import covey.content.ContentException.Reason;
import covey.content.ContentId;
import covey.directory.DirectoryView;
import covey.peer.PeerNode;
import covey.transfer.Transfer;
import covey.transfer.Transfers;
import covey.transfer.Wanted;
import covey.wire.DeviceId;
import covey.wire.Names;
import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.Holder;
import covey.wire.proto.KeptResult;
import covey.wire.proto.KeptTransfer;
import covey.wire.proto.Share;
import covey.wire.proto.ShareKind;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What people mean by what they type: number, content id, SHA-256, {@code @NAME/path}. Any thread but the loop. */
public final class References {
    private static final Logger log = LoggerFactory.getLogger(References.class);

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
        if (typed.matches("[0-9a-fA-F]{64}")) {
            return hashed(ByteString.copyFrom(HexFormat.of().parseHex(typed)));
        }
        int slash = typed.indexOf('/');
        if (typed.startsWith("@") && slash > 1) {
            return shared(Names.account(typed.substring(0, slash)), typed.substring(slash + 1));
        }
        throw new WireException(
                ErrorCode.BAD_REQUEST,
                "'" + typed + "' is not understood (expected: the number of a search result, offer or transfer, a"
                        + " content id of 53 characters, a SHA-256 of 64, or @NAME/path).");
    }

    /** Its name is what somebody shares it as. */
    private Found identified(ContentId id) {
        List<Holder> holders = List.of();
        try {
            holders = contents.finder().lookup(id).getHoldersList();
        } catch (WireException e) {
            log.debug("the name of a content is not known: the hub does not answer", e);
        }
        return holders.isEmpty()
                ? new Found(Optional.empty(), id, id.shortText(), 0, 0, ByteString.EMPTY, Set.of(), "", true)
                : of(holders.getFirst().getShare(), ByteString.EMPTY);
    }

    private Found hashed(ByteString sha256) {
        List<Holder> holders = contents.finder().lookup(sha256).getHoldersList();
        if (holders.isEmpty()) {
            throw new ContentException(Reason.NOT_FOUND, "Nobody shares a file with this SHA-256 with you.");
        }
        return of(holders.getFirst().getShare(), sha256);
    }

    private Found shared(String account, String path) {
        devicesOf(account);
        return contents.finder()
                .shared(account, path)
                .map(holder -> of(holder.getShare(), ByteString.EMPTY))
                .orElseThrow(() -> new ContentException(
                        Reason.NOT_FOUND,
                        "@" + account + " shares nothing as '" + path + "' with you; see: covey search from:@"
                                + account));
    }

    private static Found of(Share share, ByteString sha256) {
        return new Found(
                Optional.empty(),
                ContentId.of(share.getContent()),
                Finder.nameOf(share),
                share.getSize(),
                share.getKind() == ShareKind.SHARED_FILE ? 1 : 0,
                sha256,
                Set.of(),
                "",
                true);
    }

    private Found numbered(long number) {
        if (number < Transfers.FIRST_NUMBER) {
            KeptResult result = contents.results()
                    .find(number)
                    .orElseThrow(() -> new ContentException(
                            Reason.NOT_FOUND, "The last search found nothing with the number " + number + "."));
            return new Found(
                    Optional.empty(),
                    ContentId.of(result.getContent()),
                    result.getName(),
                    result.getBytes(),
                    result.getFiles(),
                    ByteString.EMPTY,
                    Set.of(),
                    "",
                    true);
        }
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
