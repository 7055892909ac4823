package covey.web;

import covey.files.Contents;
import covey.peer.PeerNode;
import covey.transfer.Transfer;
import covey.transport.LocalApi;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.Problem;
import covey.wire.proto.Query;
import covey.wire.proto.QueryReply;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The local API of a peer's process: what commands and pages may ask. Requests and answers are JSON ({@link Shapes});
 * each method runs on the peer's loop, reading ones on the caller's thread.
 */
public final class PeerApi implements LocalApi {
    /** A person waits no longer. A change of the hub's state is still made when it comes back, one of a room may be. */
    static final long CHANGE_MILLIS = 30_000;

    private static final String LATE = "the hub has not confirmed it in " + CHANGE_MILLIS / 1000
            + " s; it will be done once the hub answers again";

    private static final Map<String, String> NOTHING = Map.of();

    private final PeerNode node;
    private final LocalMethods methods;
    private final TalkMethods talk;

    /**
     * @param stop ends the process; called after the answer was given
     * @param loggedOut this device was revoked at its own wish: ends the process and puts its keys away
     */
    public PeerApi(PeerNode node, Runnable stop, Runnable loggedOut) {
        this.node = node;
        methods = new LocalMethods(node.loop());
        talk = new TalkMethods(node);
        talk.addTo(methods);
        new RoomMethods(node).addTo(methods);
        new NetworkMethods(node, this).addTo(methods);
        new AdminMethods(node, this, loggedOut).addTo(methods);
        methods.add("stop", "", (params, answer) -> {
            answer.result(NOTHING);
            node.env().background("stop", stop);
        });
    }

    /** Offers what concerns files too; before the first request. */
    public PeerApi with(Contents contents) {
        new ContentMethods(contents).addTo(methods);
        new CatalogMethods(node, contents).addTo(methods);
        new FileMethods(node, contents, talk).addTo(methods);
        talk.offersAre(
                message -> contents.offered(message).map(Transfer::number).orElse(0L));
        return this;
    }

    @Override
    public void handle(String requestJson, Reply reply) {
        methods.handle(requestJson, reply);
    }

    /** A change of the hub's state and what to answer when it is made. */
    void change(Command command, LocalAnswer answer, Function<CommandResult, Object> shape) {
        change(command, answer, shape, result -> {});
    }

    /** @param done hears of the result after it was answered, and also when it came too late for that */
    void change(
            Command command, LocalAnswer answer, Function<CommandResult, Object> shape, Consumer<CommandResult> done) {
        Consumer<CommandResult> told = result -> {
            if (result.hasProblem()) {
                answer.error(result.getProblem());
            } else {
                answer.result(shape.apply(result));
            }
        };
        Awaited<CommandResult> waiting = new Awaited<>(
                node.loop(), answer, CHANGE_MILLIS, told, () -> answer.error(ErrorCode.UNREACHABLE, LATE));
        node.commandNow(command, result -> {
            waiting.done(result);
            done.accept(result);
        });
    }

    void change(Command command, LocalAnswer answer) {
        change(command, answer, result -> NOTHING);
    }

    /** A question to the hub and what to answer. */
    void ask(Query query, LocalAnswer answer, Function<QueryReply, Object> shape) {
        node.ask(
                query,
                reply -> {
                    if (reply.getKindCase() == QueryReply.KindCase.KIND_NOT_SET) {
                        answer.error(ErrorCode.NOT_FOUND, "the hub has no answer to this");
                    } else {
                        answer.result(shape.apply(reply));
                    }
                },
                (Problem problem) -> answer.error(problem));
    }
}
