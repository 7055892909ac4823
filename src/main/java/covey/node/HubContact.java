package covey.node;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import covey.env.Env;
import covey.identity.Rosters;
import covey.identity.Rosters.Trusted;
import covey.identity.UntrustedException;
import covey.transport.Connection;
import covey.transport.Handover;
import covey.transport.Protocol;
import covey.transport.Transport;
import covey.transport.Transport.Address;
import covey.wire.DeviceId;
import covey.wire.Frame;
import covey.wire.Limits;
import covey.wire.Messages;
import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import covey.wire.proto.GoodbyeReason;
import covey.wire.proto.Hello;
import covey.wire.proto.HelloReply;
import covey.wire.proto.Problem;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A greeted hub that proved its network, for a few questions of a short command. Blocking; one thread. */
final class HubContact implements AutoCloseable {
    private static final long DIAL_MILLIS = 10_000;

    /** Password hashing waits its turn at a busy hub. */
    private static final long ANSWER_MILLIS = 60_000;

    /** Frames of a hub that were not read yet; more than a handful is no hub. */
    private static final int FRAMES_MAX = 16;

    private final Env env;
    private final Transport transport;
    private final Optional<DeviceId> hubKey;

    /** What comes over the present connection; empty = it has ended. */
    private BlockingQueue<Optional<Frame>> frames = new ArrayBlockingQueue<>(FRAMES_MAX);

    private Optional<Connection> connection = Optional.empty();
    private HelloReply hub = HelloReply.getDefaultInstance();
    private long clockAheadMillis;
    private int stream;

    private HubContact(Env env, Transport transport, Optional<DeviceId> hubKey) {
        this.env = env;
        this.transport = transport;
        this.hubKey = hubKey;
    }

    /**
     * Finds a hub of the network; takes charge of the transport.
     *
     * @param hubKey the hub's, when it is known
     * @param networkId empty = any
     */
    static HubContact open(
            Env env, Transport transport, List<Address> addresses, Optional<DeviceId> hubKey, byte[] networkId) {
        HubContact contact = new HubContact(env, transport, hubKey);
        try {
            contact.find(addresses, networkId);
            return contact;
        } catch (RuntimeException e) {
            contact.close();
            throw e;
        }
    }

    /** All at once first. Another network's hub may win that race; the right one is then found by asking each. */
    private void find(List<Address> addresses, byte[] networkId) {
        Deque<List<Address>> tries = new ArrayDeque<>();
        tries.add(addresses);
        if (addresses.size() > 1) {
            addresses.forEach(address -> tries.add(List.of(address)));
        }
        List<String> objections = new ArrayList<>();
        for (List<Address> some : tries) {
            Object outcome = dial(some);
            if (outcome instanceof Connection made) {
                try {
                    greet(made, networkId);
                    return;
                } catch (UntrustedException e) {
                    objections.add(made.remoteAddress() + ": " + e.getMessage());
                    made.close(Handover.goodbye(GoodbyeReason.CLOSING, "another network"));
                }
            } else if (objections.isEmpty()) {
                throw new WireException(ErrorCode.UNREACHABLE, "no hub answers: " + outcome);
            }
        }
        String all = objections.isEmpty() ? "no address was given" : String.join("; ", objections);
        throw new WireException(ErrorCode.DAMAGED, "no hub of the wanted network answers: " + all);
    }

    /** A {@link Connection}, or a text that says why there is none. */
    private Object dial(List<Address> addresses) {
        BlockingQueue<Object> outcome = new ArrayBlockingQueue<>(1);
        frames = new ArrayBlockingQueue<>(FRAMES_MAX);
        transport.dial(
                addresses,
                Protocol.HUB,
                device -> hubKey.isEmpty() || hubKey.get().equals(device),
                DIAL_MILLIS,
                new Dialled(outcome, frames));
        return await(outcome, 2 * DIAL_MILLIS);
    }

    private void greet(Connection made, byte[] networkId) {
        connection = Optional.of(made);
        Hello hello = Hello.newBuilder()
                .setProtocolMin(Limits.PROTOCOL_VERSION_MIN)
                .setProtocolMax(Limits.PROTOCOL_VERSION)
                .setNetworkId(ByteString.copyFrom(networkId))
                .setBootNonce(ByteString.copyFrom(env.randomBytes(16)))
                .setSoftware("covey")
                .build();
        HelloReply reply;
        long asked = env.clock().wallMillis();
        try {
            reply = ask(FrameType.HELLO, hello, HelloReply.class);
        } catch (WireException e) {
            if (e.code() == ErrorCode.DENIED) {
                throw new UntrustedException(e.getMessage());
            }
            throw e;
        }
        // The hub read its clock about half-way between question and answer.
        clockAheadMillis = (asked + env.clock().wallMillis()) / 2 - reply.getHubTimeMillis();
        Trusted trusted = Rosters.verify(reply.getRoster(), networkId);
        if (!trusted.isHub(made.device())) {
            throw new UntrustedException("the device that answers is not a hub of the network it shows");
        }
        hub = reply;
    }

    /** What the hub said of itself. */
    HelloReply hub() {
        return hub;
    }

    Connection connection() {
        return connection.orElseThrow(() -> new IllegalStateException("no hub was contacted"));
    }

    /** This machine's clock minus the hub's. */
    long clockAheadMillis() {
        return clockAheadMillis;
    }

    <T extends MessageLite> T ask(FrameType type, MessageLite request, Class<T> answer) {
        stream++;
        connection().send(Frame.of(type, stream, request));
        long end = env.clock().monotonicMillis() + ANSWER_MILLIS; // whatever else comes meanwhile
        while (true) {
            Frame frame = await(frames, end - env.clock().monotonicMillis()).orElseThrow(HubContact::gone);
            if (frame.stream() == stream && frame.type() == FrameType.ERROR) {
                Problem problem = Messages.as(frame, Problem.class);
                throw new WireException(problem.getCode(), problem.getMessage());
            }
            if (frame.stream() == stream) {
                return Messages.as(frame, answer);
            }
        }
    }

    private static WireException gone() {
        return new WireException(ErrorCode.UNREACHABLE, "the hub ended the connection before it answered; try again");
    }

    private static <T> T await(BlockingQueue<T> queue, long millis) {
        try {
            T next = queue.poll(millis, TimeUnit.MILLISECONDS);
            if (next == null) {
                throw new WireException(ErrorCode.UNREACHABLE, "the hub did not answer in time; try again later");
            }
            return next;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WireException(ErrorCode.UNREACHABLE, "interrupted while waiting for the hub");
        }
    }

    @Override
    public void close() {
        connection.ifPresent(made -> made.close(Handover.goodbye(GoodbyeReason.CLOSING, "that was all")));
        transport.close();
    }

    /** Puts the connection, or why there is none, into the queue; on an I/O thread. */
    private static final class Dialled implements Transport.Dialled {
        private final BlockingQueue<Object> outcome;
        private final BlockingQueue<Optional<Frame>> frames;

        Dialled(BlockingQueue<Object> outcome, BlockingQueue<Optional<Frame>> frames) {
            this.outcome = outcome;
            this.frames = frames;
        }

        @Override
        public void connected(Connection made) {
            made.receiver(new Connection.Receiver() {
                @Override
                public void received(Connection from, Frame frame) {
                    if (frame.type() != FrameType.PING && !frames.offer(Optional.of(frame))) {
                        from.close(Handover.goodbye(GoodbyeReason.PROTOCOL_ERROR, "more frames than asked for"));
                    }
                }

                @Override
                public void closed(Connection from, Goodbye reason) {
                    frames.clear(); // so that there is room to say it
                    frames.offer(Optional.empty());
                }
            });
            outcome.add(made);
        }

        @Override
        public void failed(List<Transport.Attempt> attempts) {
            outcome.add(attempts.stream()
                    .map(attempt -> attempt.address() + ": " + attempt.result())
                    .collect(Collectors.joining("; ")));
        }
    }
}
