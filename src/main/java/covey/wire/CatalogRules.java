package covey.wire;

import static covey.wire.Validation.account;
import static covey.wire.Validation.atMost;
import static covey.wire.Validation.between;
import static covey.wire.Validation.count;
import static covey.wire.Validation.emptyOr;
import static covey.wire.Validation.exactly;
import static covey.wire.Validation.refused;
import static covey.wire.Validation.time;
import static covey.wire.Validation.told;

import com.google.protobuf.ByteString;
import covey.wire.proto.DigestAlgorithm;
import covey.wire.proto.Hit;
import covey.wire.proto.Holder;
import covey.wire.proto.ListingWanted;
import covey.wire.proto.LookupWanted;
import covey.wire.proto.Register;
import covey.wire.proto.SearchReply;
import covey.wire.proto.SearchWanted;
import covey.wire.proto.Share;
import covey.wire.proto.SignedTicket;
import covey.wire.proto.Source;
import covey.wire.proto.Sources;
import covey.wire.proto.SourcesWanted;
import covey.wire.proto.Withdraw;
import java.util.List;
import java.util.function.Function;

/** What catalog.proto does not say about its messages. */
final class CatalogRules {
    private CatalogRules() {}

    static void register(Register command) {
        count("Register.shares", command.getSharesCount(), Limits.SHARES_PER_COMMAND_MAX);
        command.getSharesList().forEach(CatalogRules::share);
        ascending("Register.shares", command.getSharesList(), Share::getPath);
    }

    static void withdraw(Withdraw command) {
        count("Withdraw.paths", command.getPathsCount(), Limits.SHARES_PER_COMMAND_MAX);
        command.getPathsList().forEach(path -> path("Withdraw.paths", path));
        ascending("Withdraw.paths", command.getPathsList(), path -> path);
    }

    static void lookup(LookupWanted wanted) {
        switch (wanted.getByCase()) {
            case CONTENT -> content("LookupWanted.content", wanted.getContent());
            case PLAIN -> exactly("LookupWanted.plain", wanted.getPlain(), Limits.HASH_BYTES);
            case BY_NOT_SET -> throw refused("LookupWanted", "neither", "a content id or a SHA-256");
        }
    }

    static void listing(ListingWanted wanted) {
        account("ListingWanted.account", wanted.getAccount());
        between("ListingWanted.after", wanted.getAfter(), 0, Limits.PAGE_TOKEN_BYTES_MAX);
        if (!wanted.getPath().isEmpty()) {
            path("ListingWanted.path", wanted.getPath());
        }
    }

    static void search(SearchWanted wanted) {
        atMost("SearchWanted.text", wanted.getText(), Limits.TEXT_BYTES_MAX);
        between("SearchWanted.page", wanted.getPage(), 0, Limits.PAGE_TOKEN_BYTES_MAX);
    }

    static void sources(SourcesWanted wanted) {
        content("SourcesWanted.content", wanted.getContent());
    }

    static void holders(List<Holder> holders) {
        for (Holder holder : holders) {
            exactly("Holder.device", holder.getDevice(), DeviceId.BYTES);
            told("Holder.account", holder.getAccount(), Limits.ACCOUNT_NAME_CHARS_MAX);
            share(holder.getShare());
        }
    }

    static void searchReply(SearchReply reply) {
        for (Hit hit : reply.getHitsList()) {
            exactly("Hit.device", hit.getDevice(), DeviceId.BYTES);
            told("Hit.account", hit.getAccount(), Limits.ACCOUNT_NAME_CHARS_MAX);
            share(hit.getShare());
        }
        atMost("BadQuery.message", reply.getBadQuery().getMessage(), Limits.SENTENCE_BYTES_MAX);
    }

    static void sources(Sources sources) {
        for (Source source : sources.getSourcesList()) {
            exactly("Source.device", source.getDevice(), DeviceId.BYTES);
            told("Source.account", source.getAccount(), Limits.ACCOUNT_NAME_CHARS_MAX);
        }
        ticket(sources.getTicket());
    }

    static void ticket(SignedTicket ticket) {
        between("SignedTicket.ticket", ticket.getTicket(), 0, Limits.TICKET_BYTES_MAX);
        emptyOr("SignedTicket.signer", ticket.getSigner(), DeviceId.BYTES);
        between("SignedTicket.signature", ticket.getSignature(), 0, Limits.SIGNATURE_BYTES_MAX);
    }

    static void content(String field, ByteString id) {
        exactly(field, id, 1 + Limits.HASH_BYTES);
        if (id.byteAt(0) != DigestAlgorithm.SHA_256_VALUE) {
            throw refused(field, "algorithm " + id.byteAt(0), "1, SHA-256");
        }
    }

    private static void share(Share share) {
        path("Share.path", share.getPath());
        content("Share.content", share.getContent());
        switch (share.getKind()) {
            case SHARED_FILE -> exactly("Share.plain", share.getPlain(), Limits.HASH_BYTES);
            case SHARED_FOLDER -> exactly("Share.plain", share.getPlain(), 0);
            case UNRECOGNIZED -> throw refused("Share.kind", "" + share.getKindValue(), "a file or a folder");
        }
        time("Share.modified_millis", share.getModifiedMillis());
        if (share.getSize() < 0) {
            throw refused("Share.size", Long.toUnsignedString(share.getSize()), "less than 2^63");
        }
        switch (share.getAudienceCase()) {
            case ROOM -> TalkRules.room("Share.room", share.getRoom());
            case ACCOUNT -> account("Share.account", share.getAccount());
            case AUDIENCE_NOT_SET -> {
                // For all accounts.
            }
        }
    }

    /** Names joined by '/', none of which could lead elsewhere or could not be shown. */
    static void path(String field, ByteString path) {
        if (path.isEmpty() || path.size() > Limits.SHARE_PATH_BYTES_MAX) {
            throw refused(field, path.size() + " bytes", "1 to " + Limits.SHARE_PATH_BYTES_MAX);
        }
        boolean isAscii = true;
        int nameAt = 0;
        for (int i = 0; i <= path.size(); i++) {
            byte b = i == path.size() ? (byte) '/' : path.byteAt(i);
            if (b == '/') {
                name(field, path, nameAt, i);
                nameAt = i + 1;
            } else if (b >= 0 && (b < ' ' || b == 0x7f || b == '\\')) {
                throw refused(field, "byte " + b, "no control characters and no '\\'");
            }
            isAscii &= b >= 0;
        }
        if (!isAscii && (!path.isValidUtf8() || path.toStringUtf8().chars().anyMatch(Character::isISOControl))) {
            throw refused(field, "bytes that are no text", "UTF-8 without control characters");
        }
    }

    private static void name(String field, ByteString path, int from, int to) {
        int length = to - from;
        boolean isDots = length >= 1 && length <= 2 && path.byteAt(from) == '.' && path.byteAt(to - 1) == '.';
        if (length == 0 || isDots) {
            throw refused(field, length == 0 ? "an empty name" : "'.' or '..'", "names joined by single '/'");
        }
        if (length > Limits.SHARE_NAME_BYTES_MAX) {
            throw refused(field, "a name of " + length + " bytes", "at most " + Limits.SHARE_NAME_BYTES_MAX);
        }
    }

    private static <T> void ascending(String field, List<T> items, Function<T, ByteString> key) {
        for (int i = 1; i < items.size(); i++) {
            if (ByteString.unsignedLexicographicalComparator()
                            .compare(key.apply(items.get(i - 1)), key.apply(items.get(i)))
                    >= 0) {
                throw refused(field, "not in order at " + i, "ascending by path, none twice");
            }
        }
    }
}
