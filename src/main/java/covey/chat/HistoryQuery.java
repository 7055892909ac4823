package covey.chat;

import com.google.protobuf.ByteString;

/**
 * Which messages of a conversation are wanted.
 *
 * @param sinceMillis 0 = from the beginning
 * @param search words that must all occur, in any case and composition; "quoted ones" as they stand; empty = all
 * @param limit at most so many, the newest
 * @param before only messages older than the one with this id (the first of the page before); empty = from the end
 */
public record HistoryQuery(String conversation, long sinceMillis, String search, int limit, ByteString before) {
    /** A page that fits a local API frame even when every message is as long as allowed. */
    public static final int LIMIT_MAX = 400;

    public HistoryQuery {
        limit = Math.clamp(limit, 1, LIMIT_MAX);
    }

    public static HistoryQuery of(String conversation, long sinceMillis, String search, int limit) {
        return new HistoryQuery(conversation, sinceMillis, search, limit, ByteString.EMPTY);
    }
}
