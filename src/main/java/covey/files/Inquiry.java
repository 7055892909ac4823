package covey.files;

import covey.peer.PeerNode;
import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.Problem;
import covey.wire.proto.Query;
import covey.wire.proto.QueryReply;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Waits for what the peer's loop or the hub answers; never called on the loop. */
final class Inquiry {
    private static final long ANSWER_MILLIS_MAX = 30_000;

    private final PeerNode node;

    Inquiry(PeerNode node) {
        this.node = node;
    }

    /** Throws {@link WireException} with what the hub said, or that it is away. */
    QueryReply hub(Query query) {
        return loop(answer -> node.ask(
                query,
                answer::complete,
                (Problem problem) ->
                        answer.completeExceptionally(new WireException(problem.getCode(), problem.getMessage()))));
    }

    /** The question runs on the loop and completes the answer, now or later. */
    <T> T loop(Consumer<CompletableFuture<T>> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        try {
            node.loop().execute(() -> {
                try {
                    question.accept(answer);
                } catch (RuntimeException e) {
                    answer.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            throw new WireException(ErrorCode.UNREACHABLE, "this process is stopping");
        }
        try {
            return answer.orTimeout(ANSWER_MILLIS_MAX, TimeUnit.MILLISECONDS).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof TimeoutException) {
                throw new WireException(ErrorCode.UNREACHABLE, "this process is too busy to answer, or is stopping");
            }
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }
}
