package covey.chat;

import com.google.protobuf.ByteString;

/**
 * Which messages of a conversation are wanted.
 *
 * @param sinceMillis 0 = from the beginning
 * @param search words that must all occur, in any case and composition; "quoted ones" as they stand; empty = all
 * @param limit at most so many, the newest; fewer when they would not fit one local answer
 * @param before only messages older than the one with this id (the first of the page before); empty = from the end
 */
public record HistoryQuery(String conversation, long sinceMillis, String search, int limit, ByteString before) {
    /** Messages of one page; fewer when they are long. */
    public static final int LIMIT_MAX = 1_000;

    public HistoryQuery {
        limit = Math.clamp(limit, 1, LIMIT_MAX);
    }

    public static HistoryQuery of(String conversation, long sinceMillis, String search, int limit) {
        return new HistoryQuery(conversation, sinceMillis, search, limit, ByteString.EMPTY);
    }
}
