package covey.hub;

import covey.catalog.CatalogQueries;
import covey.directory.DirectoryQueries;
import covey.directory.DirectoryView;
import covey.directory.DirectoryView.Account;
import covey.directory.Refused;
import covey.mailbox.RoomQueries;
import covey.store.OrderedStore;
import covey.wire.DeviceId;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.Query;
import covey.wire.proto.QueryReply;

/** Hands each query to its feature. What sessions know, and the hub's status, {@link Questions} answers. */
final class Queries {
    private Queries() {}

    static QueryReply answer(OrderedStore store, DirectoryView view, DeviceId device, Query query) {
        Account asker = DirectoryQueries.asker(view, device);
        QueryReply.Builder reply = QueryReply.newBuilder();
        switch (query.getKindCase()) {
            case RESOLVE ->
                reply.setResolved(
                        DirectoryQueries.resolve(store, view, query.getResolve().getAccount()));
            case ROOMS ->
                reply.setRooms(RoomQueries.rooms(store, asker, query.getRooms().getAfter()));
            case ROOM -> reply.setRoom(RoomQueries.room(store, view, asker, query.getRoom()));
            case TOKENS -> reply.setTokens(DirectoryQueries.tokens(store, asker, query.getTokens()));
            case AUDIT -> reply.setAudit(DirectoryQueries.audit(store, asker, query.getAudit()));
            case BLOCKED -> reply.setBlocked(DirectoryQueries.blocked(store, asker));
            case LOOKUP -> reply.setHolders(CatalogQueries.lookup(store, view, asker, query.getLookup(), any -> false));
            case LISTING -> reply.setListing(CatalogQueries.listing(store, view, asker, query.getListing()));
            case OWN_SHARES -> reply.setOwnShares(CatalogQueries.own(store, view, device));
            case HUB_STATUS, PRESENCE, SEARCH, SOURCES, KIND_NOT_SET ->
                throw new Refused(ErrorCode.UNSUPPORTED, "This hub does not know this query.");
        }
        return reply.build();
    }
}
