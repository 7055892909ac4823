package covey.peer;

import covey.env.Loop.Cancellable;
import covey.transport.Connection;
import covey.transport.Handover;
import covey.transport.Protocol;
import covey.transport.Transport;
import covey.wire.Frame;
import covey.wire.Messages;
import covey.wire.proto.Command;
import covey.wire.proto.CommandReply;
import covey.wire.proto.CommandRequest;
import covey.wire.proto.CommandResult;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import covey.wire.proto.GoodbyeReason;
import covey.wire.proto.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection to the hub beside the session, for commands that fill large frames: made when there is one, closed when
 * there was none for a while. It has no sequences: a command without an answer is its owner's to judge. All on the
 * peer's loop.
 */
final class HubBulk implements Handover.Sink {
    private static final Logger log = LoggerFactory.getLogger(HubBulk.class);

    /** Kept open so long without work: less than a hub leaves it. */
    static final long IDLE_MILLIS = 10_000;

    /** A hub that works off a queue of large commands answers in seconds; else the session does the work. */
    static final long ANSWER_MILLIS = 60_000;

    /** Commands without an answer: what a hub reads before it holds back. */
    private static final int WAITING_MAX = 16;

    /** Answers are small. */
    private static final long ARRIVED_BYTES_MAX = 1 << 20;

    private final Self self;
    private final DirectoryReplica directory;
    private final HubSession session;
    private final Map<Integer, Waiting> waiting = new TreeMap<>();
    private @Nullable Connection connection;
    private Cancellable dialling = () -> {};
    private Cancellable timer = () -> {};
    private int stream;

    private record Waiting(Command command, Consumer<CommandResult> done) {}

    HubBulk(Self self, DirectoryReplica directory, HubSession session) {
        this.self = self;
        this.directory = directory;
        this.session = session;
    }

    /** Answered once; UNREACHABLE when the connection fails, whatever became of the command. */
    void submit(Command command, Consumer<CommandResult> done) {
        if (waiting.size() >= WAITING_MAX) {
            done.accept(refused(ErrorCode.BUSY, "more than " + WAITING_MAX + " commands wait for the hub"));
            return;
        }
        waiting.put(++stream, new Waiting(command, done));
        self.counts().add(Counts.Count.COMMANDS_SENT);
        if (connection != null) {
            send(connection, stream, command);
        } else if (waiting.size() == 1) {
            dialling = self.transport()
                    .dial(
                            session.addresses(),
                            Protocol.HUB_BULK,
                            device -> directory.trusted().isHub(device),
                            HubSession.DIAL_MILLIS,
                            new Outcome());
        }
        expect(ANSWER_MILLIS);
    }

    private static void send(Connection to, int stream, Command command) {
        CommandRequest request = CommandRequest.newBuilder().setCommand(command).build();
        to.send(Frame.of(FrameType.COMMAND, stream, request));
    }

    /** Without an answer, or a new command, in this time it ends. */
    private void expect(long millis) {
        timer.cancel();
        timer = self.loop().schedule(millis, () -> stop(Handover.goodbye(GoodbyeReason.CLOSING, "nothing to say")));
    }

    /** On an I/O thread; hands over to the loop. */
    private final class Outcome implements Transport.Dialled {
        @Override
        public void connected(Connection made) {
            made.receiver(new Handover(self.loop(), ARRIVED_BYTES_MAX, HubBulk.this));
            self.onLoop(() -> {
                if (waiting.isEmpty()) {
                    made.close(Handover.goodbye(GoodbyeReason.CLOSING, "nothing to say"));
                } else {
                    connection = made;
                    waiting.forEach((stream, one) -> send(made, stream, one.command));
                }
            });
        }

        @Override
        public void failed(List<Transport.Attempt> attempts) {
            self.onLoop(() -> fail("no hub takes a second connection"));
        }
    }

    void stop(Goodbye goodbye) {
        timer.cancel();
        dialling.cancel();
        if (connection != null) {
            connection.close(goodbye);
        }
        fail(goodbye.getMessage());
    }

    private void fail(String why) {
        connection = null;
        timer.cancel();
        List<Waiting> failed = new ArrayList<>(waiting.values());
        waiting.clear();
        if (!failed.isEmpty()) {
            log.info("bulk connection to the hub failed why=\"{}\"", why);
        }
        failed.forEach(one -> one.done.accept(refused(ErrorCode.UNREACHABLE, why)));
    }

    @Override
    public void frame(Connection from, Frame frame) {
        if (!from.equals(connection)) {
            return;
        }
        if (frame.type() == FrameType.COMMAND_REPLY) {
            end(frame.stream(), Messages.as(frame, CommandReply.class).getResult());
        } else if (frame.type() == FrameType.ERROR) {
            Problem problem = Messages.as(frame, Problem.class);
            end(frame.stream(), CommandResult.newBuilder().setProblem(problem).build());
        } else if (frame.type() != FrameType.GOODBYE) {
            HubSession.unexpected(from, frame);
        }
    }

    private void end(int stream, CommandResult result) {
        Waiting one = waiting.remove(stream);
        if (one != null) {
            expect(waiting.isEmpty() ? IDLE_MILLIS : ANSWER_MILLIS);
            one.done.accept(result);
        }
    }

    @Override
    public void closed(Connection from, Goodbye reason) {
        if (from.equals(connection)) {
            fail(reason.getMessage().isEmpty() ? "the connection ended" : reason.getMessage());
        }
    }

    private static CommandResult refused(ErrorCode code, String sentence) {
        return CommandResult.newBuilder()
                .setProblem(HubSession.problem(code, sentence))
                .build();
    }
}
