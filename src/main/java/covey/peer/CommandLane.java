package covey.peer;

import covey.transport.Backoff;
import covey.wire.Messages;
import covey.wire.proto.Command;
import covey.wire.proto.CommandReply;
import covey.wire.proto.CommandRequest;
import covey.wire.proto.CommandResult;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameType;
import covey.wire.proto.Problem;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Commands of one incarnation, each done exactly once whatever happens to connections: numbered once, sent again after
 * every reconnect until answered; the hub keeps the results from the first unanswered one on. Owned by the peer's loop.
 */
final class CommandLane {
    /** Sent and not answered: below what a hub lets one session keep waiting. */
    static final int IN_FLIGHT_MAX = 256;

    /** Waiting while the hub is away; past it a command is refused at once, and its owner keeps it. */
    static final int WAITING_MAX = 10_000;

    /** A busy hub is asked again after this, plus as much jitter. */
    static final long BUSY_MILLIS = 250;

    private final Self self;
    private final HubSession session;
    private final TreeMap<Long, Waiting> waiting = new TreeMap<>();
    private long next = 1;
    private long nextToSend = 1;
    private int inFlight;

    private record Waiting(Command command, Consumer<CommandResult> done) {}

    CommandLane(Self self, HubSession session) {
        this.self = self;
        this.session = session;
    }

    void submit(Command command, Consumer<CommandResult> done) {
        if (waiting.size() >= WAITING_MAX) {
            String sentence = "more than " + WAITING_MAX + " changes wait for the hub; try again when it is back";
            self.onLoop(() -> done.accept(refused(HubSession.problem(ErrorCode.BUSY, sentence))));
            return;
        }
        waiting.put(next++, new Waiting(command, done));
        self.counts().add(Counts.Count.COMMANDS_SENT);
        pump();
    }

    /** A new session: whatever has no answer yet goes again, in order. */
    void opened() {
        inFlight = 0;
        nextToSend = waiting.isEmpty() ? next : waiting.firstKey();
        pump();
    }

    private void pump() {
        while (session.isOpen() && inFlight < IN_FLIGHT_MAX) {
            Map.Entry<Long, Waiting> entry = waiting.ceilingEntry(nextToSend);
            if (entry == null) {
                return;
            }
            nextToSend = entry.getKey() + 1;
            inFlight++;
            send(entry.getKey(), entry.getValue());
        }
    }

    private void send(long sequence, Waiting command) {
        CommandRequest request = CommandRequest.newBuilder()
                .setSequence(sequence)
                .setFirstUnanswered(waiting.firstKey())
                .setCommand(command.command)
                .build();
        long opening = session.openings();
        session.ask(
                FrameType.COMMAND,
                request,
                frame -> {
                    end(sequence, Messages.as(frame, CommandReply.class).getResult());
                    return true;
                },
                problem -> refusedByHub(sequence, problem, opening));
    }

    private void refusedByHub(long sequence, Problem problem, long opening) {
        if (problem.getCode() == ErrorCode.BUSY) {
            long wait = BUSY_MILLIS + Backoff.jitter(self.env(), BUSY_MILLIS);
            self.loop().schedule(wait, () -> again(sequence, opening));
        } else if (problem.getCode() != ErrorCode.UNREACHABLE) {
            end(sequence, refused(problem));
        } // else the connection ended: opened() sends it again
    }

    private void again(long sequence, long opening) {
        Waiting command = waiting.get(sequence);
        if (command != null && session.isOpen() && session.openings() == opening) {
            send(sequence, command);
        }
    }

    private void end(long sequence, CommandResult result) {
        Waiting command = waiting.remove(sequence);
        if (command != null) { // else a second answer: the first one was told
            inFlight--;
            command.done.accept(result);
            pump();
        }
    }

    private static CommandResult refused(Problem problem) {
        return CommandResult.newBuilder().setProblem(problem).build();
    }
}
