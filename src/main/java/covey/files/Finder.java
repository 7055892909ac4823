package covey.files;

import com.google.protobuf.ByteString;
import covey.content.ContentId;
import covey.peer.PeerNode;
import covey.transfer.Results;
import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.Hit;
import covey.wire.proto.Holder;
import covey.wire.proto.Holders;
import covey.wire.proto.KeptResult;
import covey.wire.proto.ListingWanted;
import covey.wire.proto.LookupWanted;
import covey.wire.proto.Query;
import covey.wire.proto.SearchReply;
import covey.wire.proto.SearchWanted;
import covey.wire.proto.Share;
import covey.wire.proto.ShareKind;
import covey.wire.proto.Sources;
import covey.wire.proto.SourcesWanted;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Asks the hub's catalog. Any thread but the loop; throws {@link WireException} when the hub is away or refuses. */
public final class Finder {
    /** Hits asked for at once: they fit a frame of the control connection. */
    private static final int PAGE_HITS = 50;

    private final Inquiry inquiry;
    private final Results results;

    Finder(PeerNode node, Results results) {
        this.inquiry = new Inquiry(node);
        this.results = results;
    }

    /** Numbered from 1; {@code behind} changes are not searched yet. */
    public record Found(List<Hit> hits, boolean hasMore, long behind, boolean partial) {
        public Found {
            hits = List.copyOf(hits);
        }
    }

    /** Searches, and remembers what was found under its numbers. */
    public Found search(String text, int limit) {
        List<Hit> hits = new ArrayList<>();
        ByteString page = ByteString.EMPTY;
        SearchReply reply;
        boolean isPartial = false;
        do {
            int wanted = Math.min(PAGE_HITS, limit - hits.size());
            SearchWanted search = SearchWanted.newBuilder()
                    .setText(text)
                    .setPage(page)
                    .setLimit(wanted)
                    .build();
            reply = inquiry.hub(Query.newBuilder().setSearch(search).build()).getSearch();
            if (reply.hasBadQuery()) {
                throw new WireException(
                        ErrorCode.BAD_REQUEST,
                        "The search is not understood: " + reply.getBadQuery().getMessage());
            }
            hits.addAll(reply.getHitsList());
            isPartial |= reply.getPartial();
            page = reply.getNext();
        } while (!page.isEmpty() && hits.size() < limit);
        List<KeptResult> kept = new ArrayList<>();
        for (Hit hit : hits) {
            kept.add(result(kept.size() + 1, hit.getShare()));
        }
        results.keep(kept);
        return new Found(hits, !page.isEmpty(), reply.getChangesBehind(), isPartial);
    }

    private static KeptResult result(int number, Share share) {
        return KeptResult.newBuilder()
                .setNumber(number)
                .setContent(share.getContent())
                .setName(nameOf(share))
                .setBytes(share.getSize())
                .setFiles(share.getKind() == ShareKind.SHARED_FILE ? 1 : 0)
                .build();
    }

    /** The last name of its path. */
    static String nameOf(Share share) {
        String path = share.getPath().toStringUtf8();
        return path.substring(path.lastIndexOf('/') + 1);
    }

    public Holders lookup(ContentId content) {
        return lookup(LookupWanted.newBuilder().setContent(ByteString.copyFrom(content.toBytes())));
    }

    public Holders lookup(ByteString sha256) {
        return lookup(LookupWanted.newBuilder().setPlain(sha256));
    }

    private Holders lookup(LookupWanted.Builder wanted) {
        return inquiry.hub(Query.newBuilder().setLookup(wanted).build()).getHolders();
    }

    /** Who has the content, also in part, and the right to fetch it. */
    public Sources sources(ContentId content) {
        SourcesWanted wanted = SourcesWanted.newBuilder()
                .setContent(ByteString.copyFrom(content.toBytes()))
                .build();
        return inquiry.hub(Query.newBuilder().setSources(wanted).build()).getSources();
    }

    /** What the account shares under exactly this path. */
    Optional<Holder> shared(String account, String path) {
        ListingWanted wanted = ListingWanted.newBuilder()
                .setAccount(account)
                .setPath(ByteString.copyFromUtf8(path))
                .build();
        return inquiry.hub(Query.newBuilder().setListing(wanted).build()).getListing().getSharesList().stream()
                .filter(holder -> holder.getShare().getPath().toStringUtf8().equals(path))
                .findFirst();
    }
}
