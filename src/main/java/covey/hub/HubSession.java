package covey.hub;

import com.google.protobuf.ByteString;
import covey.directory.Refused;
import covey.transport.Connection;
import covey.transport.Handover;
import covey.wire.DeviceId;
import covey.wire.Frame;
import covey.wire.Messages;
import covey.wire.WireException;
import covey.wire.proto.Endpoint;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import covey.wire.proto.GoodbyeReason;
import covey.wire.proto.Hello;
import covey.wire.proto.Problem;
import covey.wire.proto.RoomAck;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One connection of a device to this hub, from HELLO to its end.
 *
 * <p>{@link #received} runs on the connection's I/O thread and only routes: relayed frames and pings are answered
 * there, commands go to the batcher, all else to the hub's loop, which owns every field that is not volatile or atomic.
 */
final class HubSession implements Connection.Receiver {
    /** How far the connection has come. */
    enum Stage {
        NEW,
        GREETED,
        OPEN,
        CLOSED
    }

    final Connection connection;
    private final HubNode hub;

    volatile Stage stage = Stage.NEW;
    volatile long lastHeardNanos;
    /** Set once before the stage becomes OPEN. */
    volatile String account = "";

    volatile long incarnation;
    final AtomicInteger requestsWaiting = new AtomicInteger();
    final AtomicInteger commandsWaiting = new AtomicInteger();
    /** Why this device was revoked; the session ends with its last answer. */
    private volatile Optional<String> revoked = Optional.empty();

    /** Highest acknowledged index by room, until the loop takes them; guards itself. */
    private final Map<ByteString, Long> roomAcks = new HashMap<>();

    // Owned by the hub's loop.
    Hello hello = Hello.getDefaultInstance();
    long index;
    final long acceptedMillis;
    final Pushes pushes;
    List<Endpoint> endpoints = List.of();
    boolean isAuthenticating;
    /** The directory sync under way; one at a time. */
    Optional<DirectoryPages> sync = Optional.empty();

    HubSession(HubNode hub, Connection connection, long nowMillis) {
        this.hub = hub;
        this.connection = connection;
        this.acceptedMillis = nowMillis;
        this.lastHeardNanos = hub.env.clock().monotonicNanos();
        this.pushes = new Pushes(this);
    }

    DeviceId device() {
        return connection.device();
    }

    /** Where it comes from, without the port; hosts of one IPv6 network count as one. */
    String address() {
        return connection.source();
    }

    @Override
    public void received(Connection ignored, Frame frame) {
        lastHeardNanos = hub.env.clock().monotonicNanos();
        switch (frame.type()) {
            case PING ->
                connection.send(new Frame(
                        frame.header().toBuilder().setType(FrameType.PONG).build(), frame.payload()));
            case RELAY -> hub.relay.forward(this, frame);
            case COMMAND -> hub.commands.received(this, frame);
            case QUERY -> query(frame);
            case HELLO, JOIN, LOGIN, SESSION_OPEN, DIRECTORY_SYNC, ADDRESSES, TRACK, PONG -> toLoop(frame);
            case ROOM_ACK -> roomAcknowledged(frame);
            case ERROR, GOODBYE -> {
                // An error is never answered with an error; after GOODBYE the connection closes by itself.
            }
            case UNKNOWN, HELLO_REPLY, AUTH_REPLY, SESSION_OPEN_REPLY, COMMAND_REPLY, QUERY_REPLY -> unexpected(frame);
            case DIRECTORY_PAGE, DIRECTORY_HEAD, PRESENCE, MAIL, ROOM_ITEMS, RELAY_FAILED -> unexpected(frame);
            case LINK_HELLO, ENVELOPE, ENVELOPE_ACK, UNRECOGNIZED, BULK_HELLO, FETCH, FETCH_REPLY -> unexpected(frame);
            case HASHES, HASHES_REPLY, WANT, BLOCK, DECLINED, UNWANT, HAVE, CLOSE_FETCH -> unexpected(frame);
        }
    }

    /** Not counted as a request, since none is answered: those of one room fall together until the loop comes to it. */
    private void roomAcknowledged(Frame frame) {
        try {
            Front.requireOpen(this);
            RoomAck ack = decode(frame, RoomAck.class);
            boolean isFirst;
            synchronized (roomAcks) {
                if (roomAcks.size() >= HubLimits.ROOM_ACKS_WAITING_MAX && !roomAcks.containsKey(ack.getRoom())) {
                    return; // sent again later, and acknowledged again
                }
                isFirst = roomAcks.isEmpty();
                roomAcks.merge(ack.getRoom(), ack.getUpTo(), Math::max);
            }
            if (isFirst) {
                hub.onLoop(this::takeRoomAcks);
            }
        } catch (WireException e) {
            refuse(frame.stream(), problem(e));
            closeIfStranger(String.valueOf(e.getMessage()));
        }
    }

    private void takeRoomAcks() {
        Map<ByteString, Long> taken;
        synchronized (roomAcks) {
            taken = Map.copyOf(roomAcks);
            roomAcks.clear();
        }
        if (stage == Stage.OPEN) {
            hub.pusher.roomsAcknowledged(this, taken);
        }
    }

    /** Of an open session beside the loop, where the state alone answers. */
    private void query(Frame frame) {
        if (stage != Stage.OPEN) {
            toLoop(frame);
        } else if (isRoomForRequest(frame)) {
            serve(frame.stream(), () -> hub.questions.ask(this, frame));
        }
    }

    private void toLoop(Frame frame) {
        if (isRoomForRequest(frame)) {
            hub.onLoop(() -> serve(frame.stream(), () -> {
                if (stage == Stage.CLOSED) {
                    Front.finished(this);
                } else {
                    hub.front.handle(this, frame);
                }
            }));
        }
    }

    private boolean isRoomForRequest(Frame frame) {
        if (requestsWaiting.incrementAndGet() > HubLimits.REQUESTS_PER_SESSION_MAX) {
            requestsWaiting.decrementAndGet();
            refuse(
                    frame.stream(),
                    ErrorCode.BUSY,
                    "more than " + HubLimits.REQUESTS_PER_SESSION_MAX
                            + " requests of this device wait; wait for answers before asking more");
            return false;
        }
        return true;
    }

    /** Does a part of a request's work, which ends it or hands it on; what it throws ends it with a sentence. */
    void serve(int stream, Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            Problem problem = problem(e);
            Front.finished(this);
            refuse(stream, problem);
            if (e instanceof WireException) {
                closeIfStranger(problem.getMessage());
            }
        }
    }

    /** A refusal as it is meant; anything else is a fault of the hub, which its log tells more of. */
    Problem problem(RuntimeException e) {
        return switch (e) {
            case WireException known -> problem(known.code(), String.valueOf(known.getMessage()));
            case Refused known -> known.problem();
            default -> {
                HubNode.log.error("request failed device={}", device(), e);
                yield problem(
                        ErrorCode.INTERNAL,
                        "the hub could not do this, by a fault of its own ("
                                + e.getClass().getSimpleName() + "); its log says more");
            }
        };
    }

    private void unexpected(Frame frame) {
        if (frame.header().getMustUnderstand() || stage != Stage.OPEN) {
            refuse(frame.stream(), ErrorCode.UNSUPPORTED, "a hub does not take frames of type " + frame.type());
            closeIfStranger("frame of type " + frame.type() + " before a session");
        }
    }

    /** Before authentication one mistake ends the connection; afterwards it only costs its request. */
    void closeIfStranger(String why) {
        if (stage != Stage.OPEN) {
            close(GoodbyeReason.PROTOCOL_ERROR, why);
        }
    }

    /** Answers a request; any thread. */
    void answer(FrameType type, int stream, com.google.protobuf.MessageLite message) {
        connection.send(Frame.of(type, stream, message));
    }

    void refuse(int stream, ErrorCode code, String sentence) {
        if (stream != 0) {
            answer(FrameType.ERROR, stream, problem(code, sentence));
        }
    }

    void refuse(int stream, Problem problem) {
        refuse(stream, problem.getCode(), problem.getMessage());
    }

    static Problem problem(ErrorCode code, String sentence) {
        return Problem.newBuilder().setCode(code).setMessage(sentence).build();
    }

    /** Decodes and validates; a {@link WireException} says what is wrong with it. */
    static <T extends com.google.protobuf.MessageLite> T decode(Frame frame, Class<T> type) {
        return Messages.as(frame, type);
    }

    /** The last thing a device may have asked for is this: what it waits for is answered first. On the hub's loop. */
    void revoke(String why) {
        revoked = Optional.of(why);
        hub.loop.schedule(HubLimits.LAST_ANSWERS_MILLIS, () -> close(GoodbyeReason.REVOKED, why));
        commandAnswered(0);
    }

    /** Any thread. */
    void commandAnswered(int commands) {
        if (commandsWaiting.addAndGet(-commands) == 0) {
            revoked.ifPresent(why -> close(GoodbyeReason.REVOKED, why));
        }
    }

    void close(GoodbyeReason reason, String message) {
        connection.close(Handover.goodbye(reason, message));
    }

    @Override
    public void closed(Connection ignored, Goodbye reason) {
        hub.onLoop(() -> hub.ended(this, reason));
    }

    @Override
    public void writable(Connection ignored) {
        hub.onLoop(() -> {
            hub.pusher.push(this);
            hub.front.writable(this);
        });
    }
}
