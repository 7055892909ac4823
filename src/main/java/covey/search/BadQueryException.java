package covey.search;

import covey.wire.proto.BadQuery;
import covey.wire.proto.BadQueryKind;

/** A search text that is not understood: an answer, with the place where it goes wrong. */
final class BadQueryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient BadQuery problem;

    BadQueryException(BadQueryKind kind, int position, String sentence) {
        super(sentence, null, false, false);
        problem = BadQuery.newBuilder()
                .setKind(kind)
                .setPosition(position)
                .setMessage(sentence)
                .build();
    }

    BadQuery problem() {
        return problem;
    }
}
