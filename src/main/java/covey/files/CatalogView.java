package covey.files;

import com.google.protobuf.ByteString;
import covey.content.ContentId;
import covey.courier.PathKind;
import covey.peer.PeerNode;
import covey.peer.RouteState;
import covey.transfer.Sharing;
import covey.wire.DeviceId;
import covey.wire.proto.Hit;
import covey.wire.proto.Holder;
import covey.wire.proto.KeptRoot;
import covey.wire.proto.Share;
import covey.wire.proto.ShareKind;
import covey.wire.proto.Source;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** What is shared and found, as it is shown. */
public final class CatalogView {
    /** Sentences about what was left out, in one answer. */
    private static final int SKIPPED_MAX = 20;

    private CatalogView() {}

    /**
     * Something shared here; {@code told} of its {@code names} are known to the hub. When it is {@code watched},
     * changes are seen at once, else when it is looked at again.
     */
    public record Shared(
            String name,
            String path,
            String audience,
            long bytes,
            int names,
            int told,
            String refusal,
            boolean watched,
            long sharedMillis) {
        public static Shared of(Sharing.Root root) {
            KeptRoot kept = root.kept();
            String room = kept.getRoomName();
            String one = kept.getAccount().isEmpty() ? "all" : "@" + kept.getAccount();
            return new Shared(
                    root.name(),
                    kept.getPath(),
                    room.isEmpty() ? one : room,
                    root.bytes(),
                    root.names(),
                    root.told(),
                    root.refusal(),
                    root.isWatched(),
                    kept.getSharedMillis());
        }
    }

    public record Looked(String name, int files, long bytes, int filesHashed, int skipped, List<String> why) {
        public Looked {
            why = List.copyOf(why);
        }

        public static Looked of(Sharing.Scanned scanned) {
            List<String> why = scanned.skipped();
            return new Looked(
                    scanned.name(),
                    scanned.files(),
                    scanned.bytes(),
                    scanned.filesHashed(),
                    why.size(),
                    why.subList(0, Math.min(SKIPPED_MAX, why.size())));
        }
    }

    /** One of the results, by the number that {@code get} takes. */
    public record Result(
            int number,
            String content,
            String sha256,
            String name,
            String path,
            String kind,
            long bytes,
            String account,
            int devices,
            boolean online) {
        public static Result of(int number, Hit hit) {
            Share share = hit.getShare();
            String path = share.getPath().toStringUtf8();
            return new Result(
                    number,
                    ContentId.of(share.getContent()).toString(),
                    HexFormat.of().formatHex(share.getPlain().toByteArray()),
                    path.substring(path.lastIndexOf('/') + 1),
                    path,
                    share.getKind() == ShareKind.SHARED_FOLDER ? "folder" : "file",
                    share.getSize(),
                    hit.getAccount(),
                    hit.getDevices(),
                    hit.getOnline());
        }
    }

    /** Who holds a content; {@code near} is direct, relayed or none, {@code rttMillis} -1 when not known. */
    public record Held(
            String account,
            String device,
            boolean online,
            int permille,
            String near,
            long rttMillis,
            String path,
            long bytes,
            String content) {}

    /** By content id or SHA-256, those who have all of it first. */
    public static List<Held> holders(PeerNode node, Contents contents, String id) {
        boolean isHash = id.matches("[0-9a-fA-F]{64}");
        List<Holder> holders = (isHash
                        ? contents.finder()
                                .lookup(ByteString.copyFrom(HexFormat.of().parseHex(id)))
                        : contents.finder().lookup(ContentId.parse(id)))
                .getHoldersList();
        List<Held> held = new ArrayList<>();
        List<ByteString> told = new ArrayList<>();
        for (Holder holder : holders) {
            told.add(holder.getDevice());
            held.add(held(
                    node,
                    contents,
                    holder.getDevice(),
                    holder.getAccount(),
                    holder.getOnline(),
                    1_000,
                    holder.getShare()));
        }
        Optional<Holder> first = holders.stream().findFirst();
        if (first.isPresent()) {
            Share share = first.get().getShare();
            for (Source source :
                    contents.finder().sources(ContentId.of(share.getContent())).getSourcesList()) {
                if (!told.contains(source.getDevice())) {
                    held.add(held(
                            node,
                            contents,
                            source.getDevice(),
                            source.getAccount(),
                            source.getOnline(),
                            source.getPermille(),
                            share.toBuilder().clearPath().build()));
                }
            }
        }
        return held;
    }

    private static Held held(
            PeerNode node,
            Contents contents,
            ByteString id,
            String account,
            boolean isOnline,
            int permille,
            Share share) {
        DeviceId device = DeviceId.of(id);
        boolean isOwn = device.equals(node.keys().id());
        return new Held(
                account,
                device.toString(),
                isOnline,
                permille,
                isOwn
                        ? "here"
                        : near(contents.route(device).map(RouteState::path).orElse(PathKind.NONE)),
                contents.route(device).map(RouteState::rttMillis).orElse(-1L),
                share.getPath().toStringUtf8(),
                share.getSize(),
                ContentId.of(share.getContent()).toString());
    }

    private static String near(PathKind path) {
        return switch (path) {
            case DIRECT -> "direct";
            case RELAY -> "relayed";
            case MAIL, NONE -> "none";
        };
    }
}
