package covey.web;

import covey.content.ContentException;
import covey.content.ContentException.Reason;
import covey.content.ScanProgress;
import covey.files.CatalogView;
import covey.files.Contents;
import covey.files.Finder;
import covey.peer.PeerNode;
import covey.transfer.Sharing;
import covey.wire.Names;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.KeptRoot;
import covey.wire.proto.Query;
import covey.wire.proto.RoomWanted;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Sharing, searching, looking up. */
final class CatalogMethods {
    private static final int HITS_MAX = 999;
    private static final int HITS = 20;

    private final PeerNode node;
    private final Contents contents;

    CatalogMethods(PeerNode node, Contents contents) {
        this.node = node;
        this.contents = contents;
    }

    void addTo(LocalMethods methods) {
        methods.add("share", "path as room to", this::share)
                .reading(
                        "share.ls",
                        "",
                        (params, answer) -> answer.result(Map.of(
                                "shares",
                                contents.sharing().list().stream()
                                        .map(CatalogView.Shared::of)
                                        .toList())))
                .reading("share.rm", "name", (params, answer) -> {
                    contents.unshare(params.text("name"));
                    answer.result(Map.of());
                })
                .reading(
                        "share.rescan",
                        "",
                        (params, answer) -> answer.result(Map.of(
                                "shares",
                                contents.sharing().rescan().stream()
                                        .map(CatalogView.Looked::of)
                                        .toList())))
                .reading("search", "text limit", this::search)
                .reading("lookup", "id", this::lookup);
    }

    /** On the loop: a room's id is asked for first. */
    private void share(Params params, LocalAnswer answer) {
        Path path = Path.of(params.text("path")).toAbsolutePath().normalize();
        String name = params.optional("as").orElseGet(() -> String.valueOf(path.getFileName()));
        Optional<String> room = params.optional("room").map(Names::room);
        Optional<String> account = params.optional("to").map(Names::account);
        if (room.isPresent() && account.isPresent()) {
            throw params.refused("'room' and 'to' exclude each other");
        }
        KeptRoot.Builder root = KeptRoot.newBuilder()
                .setPath(path.toString())
                .setSharedMillis(node.env().clock().wallMillis());
        account.ifPresent(one -> {
            if (node.directory().account(one).isEmpty()) {
                throw new ContentException(
                        Reason.NOT_FOUND, "there is no account @" + one + " in this network; see: covey ls");
            }
            root.setAccount(one);
        });
        if (room.isEmpty()) {
            shareBeside(name, root, answer);
            return;
        }
        Query query = Query.newBuilder()
                .setRoom(RoomWanted.newBuilder().setName(room.get()))
                .build();
        node.ask(
                query,
                reply -> {
                    if (reply.getRoom().getJoined()) {
                        root.setRoom(reply.getRoom().getRoom()).setRoomName(room.get());
                        shareBeside(name, root, answer);
                    } else {
                        answer.error(
                                ErrorCode.DENIED,
                                "You are not in " + room.get() + ". Join it first: covey room join '" + room.get()
                                        + "'.");
                    }
                },
                answer::error);
    }

    /** Whoever goes away meanwhile stops it. */
    private void shareBeside(String name, KeptRoot.Builder root, LocalAnswer answer) {
        ScanProgress progress = new ScanProgress();
        answer.onCancel(progress::stop);
        node.env()
                .background(
                        "share",
                        () -> LocalMethods.answering(
                                () -> {
                                    Path real = contents.realPath(Path.of(root.getPath()));
                                    Sharing.Scanned scanned = contents.share(
                                            name, root.setPath(real.toString()).build(), progress, answer::event);
                                    answer.result(Map.of("share", CatalogView.Looked.of(scanned)));
                                },
                                answer));
    }

    private void search(Params params, LocalAnswer answer) {
        Finder.Found found =
                contents.finder().search(params.text("text"), (int) params.number("limit", 1, HITS_MAX, HITS));
        List<CatalogView.Result> results = new ArrayList<>();
        found.hits().forEach(hit -> results.add(CatalogView.Result.of(results.size() + 1, hit)));
        answer.result(Map.of(
                "results", results, "more", found.hasMore(), "behind", found.behind(), "partial", found.partial()));
    }

    private void lookup(Params params, LocalAnswer answer) {
        List<CatalogView.Held> held = CatalogView.holders(node, contents, params.text("id"));
        if (held.isEmpty()) {
            throw new ContentException(Reason.NOT_FOUND, "Nobody shares this content with you.");
        }
        answer.result(Map.of("holders", held));
    }
}
