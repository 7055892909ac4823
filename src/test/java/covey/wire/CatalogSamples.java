package covey.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import covey.wire.proto.BadQuery;
import covey.wire.proto.BadQueryKind;
import covey.wire.proto.Command;
import covey.wire.proto.CommandRequest;
import covey.wire.proto.FrameType;
import covey.wire.proto.Hit;
import covey.wire.proto.HitRank;
import covey.wire.proto.Holder;
import covey.wire.proto.Holders;
import covey.wire.proto.Listing;
import covey.wire.proto.ListingWanted;
import covey.wire.proto.LookupWanted;
import covey.wire.proto.OwnShares;
import covey.wire.proto.OwnSharesWanted;
import covey.wire.proto.Query;
import covey.wire.proto.QueryReply;
import covey.wire.proto.Register;
import covey.wire.proto.RoomPush;
import covey.wire.proto.SearchReply;
import covey.wire.proto.SearchWanted;
import covey.wire.proto.Share;
import covey.wire.proto.ShareKind;
import covey.wire.proto.SignedTicket;
import covey.wire.proto.Source;
import covey.wire.proto.Sources;
import covey.wire.proto.SourcesWanted;
import covey.wire.proto.Ticket;
import covey.wire.proto.Withdraw;
import java.util.Map;
import java.util.TreeMap;

/** Frames of the catalog, by the name of their golden file. Never change one: add another. */
final class CatalogSamples {
    private static final ByteString CONTENT =
            ByteString.copyFrom(new byte[] {1}).concat(bytes(21, 32));

    static final Map<String, Frame> ALL = new TreeMap<>(Map.ofEntries(
            Map.entry(
                    "ROOM_ITEMS-left",
                    Frame.of(
                            FrameType.ROOM_ITEMS,
                            RoomPush.newBuilder()
                                    .addLeft(ByteString.copyFromUtf8("0123456789abcdef"))
                                    .build())),
            command(
                    "register",
                    Command.newBuilder()
                            .setRegister(
                                    Register.newBuilder().addShares(folder()).addShares(file()))),
            command(
                    "withdraw",
                    Command.newBuilder()
                            .setWithdraw(
                                    Withdraw.newBuilder().addPaths(text("a")).setAll(true))),
            query(
                    "lookup",
                    Query.newBuilder().setLookup(LookupWanted.newBuilder().setContent(CONTENT))),
            query(
                    "lookup-plain",
                    Query.newBuilder().setLookup(LookupWanted.newBuilder().setPlain(bytes(22, 32)))),
            query(
                    "listing",
                    Query.newBuilder()
                            .setListing(ListingWanted.newBuilder()
                                    .setAccount("anna")
                                    .setPath(text("Music"))
                                    .setAfter(bytes(23, 20)))),
            query(
                    "search",
                    Query.newBuilder()
                            .setSearch(SearchWanted.newBuilder()
                                    .setText("\"Für Elise\" type:flac")
                                    .setPage(bytes(24, 20))
                                    .setLimit(10))),
            query("own-shares", Query.newBuilder().setOwnShares(OwnSharesWanted.getDefaultInstance())),
            query(
                    "sources",
                    Query.newBuilder().setSources(SourcesWanted.newBuilder().setContent(CONTENT))),
            reply(
                    "holders",
                    QueryReply.newBuilder()
                            .setHolders(
                                    Holders.newBuilder().addHolders(holder()).setMore(true))),
            reply(
                    "listing",
                    QueryReply.newBuilder()
                            .setListing(Listing.newBuilder().addShares(holder()).setNext(bytes(25, 20)))),
            reply("search", QueryReply.newBuilder().setSearch(found())),
            reply(
                    "search-bad",
                    QueryReply.newBuilder()
                            .setSearch(SearchReply.newBuilder()
                                    .setBadQuery(BadQuery.newBuilder()
                                            .setKind(BadQueryKind.BAD_SIZE)
                                            .setPosition(5)
                                            .setMessage("a size is a number")))),
            reply(
                    "own-shares",
                    QueryReply.newBuilder()
                            .setOwnShares(OwnShares.newBuilder().setCount(3).setDigest(-7))),
            reply(
                    "sources",
                    QueryReply.newBuilder()
                            .setSources(Sources.newBuilder()
                                    .addSources(Source.newBuilder()
                                            .setDevice(bytes(7, 32))
                                            .setAccount("anna")
                                            .setOnline(true)
                                            .setPermille(1_000))
                                    .setTicket(SignedTicket.newBuilder()
                                            .setTicket(bytes(26, 120))
                                            .setSigner(bytes(27, 32))
                                            .setSignature(bytes(12, 64))))),
            reply(
                    "sources-ticket",
                    QueryReply.newBuilder()
                            .setSources(Sources.newBuilder()
                                    .setTicket(SignedTicket.newBuilder()
                                            .setTicket(Ticket.newBuilder()
                                                    .setNetworkId(bytes(1, 32))
                                                    .setContent(CONTENT)
                                                    .setDevice(bytes(2, 32))
                                                    .setExpiresMillis(1_700_000_000_000L)
                                                    .setRosterEpoch(3)
                                                    .setDirectorySize(400)
                                                    .addHolders(bytes(7, 32))
                                                    .addHolders(bytes(8, 32))
                                                    .build()
                                                    .toByteString())
                                            .setSigner(bytes(27, 32))
                                            .setSignature(bytes(12, 64)))))));

    private CatalogSamples() {}

    private static Map.Entry<String, Frame> command(String name, Command.Builder command) {
        return entry(
                "COMMAND-" + name,
                FrameType.COMMAND,
                CommandRequest.newBuilder().setCommand(command).build());
    }

    private static Map.Entry<String, Frame> query(String name, Query.Builder query) {
        return entry("QUERY-" + name, FrameType.QUERY, query.build());
    }

    private static Map.Entry<String, Frame> reply(String name, QueryReply.Builder reply) {
        return entry("QUERY_REPLY-" + name, FrameType.QUERY_REPLY, reply.build());
    }

    private static Map.Entry<String, Frame> entry(String name, FrameType type, MessageLite message) {
        return Map.entry(name, Frame.of(type, 300, message));
    }

    private static Share file() {
        return Share.newBuilder()
                .setPath(text("Music/Für Elise.flac"))
                .setContent(CONTENT)
                .setPlain(bytes(22, 32))
                .setSize(1 << 20)
                .setModifiedMillis(1_700_000_000_000L)
                .setAccount("bob")
                .build();
    }

    private static Share folder() {
        return Share.newBuilder()
                .setPath(text("Holiday"))
                .setKind(ShareKind.SHARED_FOLDER)
                .setContent(CONTENT)
                .setSize(5)
                .setModifiedMillis(1_700_000_000_000L)
                .setRoom(bytes(13, 16))
                .build();
    }

    private static Holder holder() {
        return Holder.newBuilder()
                .setDevice(bytes(7, 32))
                .setAccount("anna")
                .setOnline(true)
                .setShare(file())
                .build();
    }

    private static SearchReply found() {
        return SearchReply.newBuilder()
                .addHits(Hit.newBuilder()
                        .setShare(file())
                        .setDevice(bytes(7, 32))
                        .setAccount("anna")
                        .setOnline(true)
                        .setDevices(2)
                        .setRank(HitRank.WORD))
                .setNext(bytes(24, 20))
                .setAsOfChange(70)
                .setChangesBehind(2)
                .setPartial(true)
                .build();
    }

    private static ByteString text(String text) {
        return ByteString.copyFromUtf8(text);
    }

    private static ByteString bytes(int seed, int count) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) (seed * 31 + i);
        }
        return ByteString.copyFrom(bytes);
    }
}
