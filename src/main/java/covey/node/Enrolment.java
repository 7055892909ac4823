package covey.node;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import covey.env.Env;
import covey.identity.DeviceKeys;
import covey.identity.Rosters;
import covey.identity.Rosters.Trusted;
import covey.identity.Token;
import covey.identity.UntrustedException;
import covey.identity.Words;
import covey.transport.Connection;
import covey.transport.Handover;
import covey.transport.Protocol;
import covey.transport.Transport;
import covey.transport.Transport.Address;
import covey.wire.DeviceId;
import covey.wire.Frame;
import covey.wire.Limits;
import covey.wire.Messages;
import covey.wire.Names;
import covey.wire.WireException;
import covey.wire.proto.AuthReply;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import covey.wire.proto.GoodbyeReason;
import covey.wire.proto.Hello;
import covey.wire.proto.HelloReply;
import covey.wire.proto.Join;
import covey.wire.proto.Login;
import covey.wire.proto.Problem;
import covey.wire.proto.RegistrationPolicy;
import covey.wire.proto.Role;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * First contact with a hub: makes an account, or makes this machine a further device of one. Blocking, for short
 * commands; needs no running process. Before {@link #join} or {@link #login} sends anything secret, the hub has proved
 * itself: by the token's network id, by its known key, or by a person who compared {@link #hubWords}.
 */
public final class Enrolment implements AutoCloseable {
    /** Told to whoever logs in with a further device. */
    public static final String OLD_MAIL =
            "This device cannot read sealed messages from before: they were sealed to the account's other devices"
                    + " only.";

    private static final int DEFAULT_PORT = 7440;
    private static final long DIAL_MILLIS = 10_000;

    /** Password hashing waits its turn at a busy hub. */
    private static final long ANSWER_MILLIS = 60_000;

    /** Frames of a hub that were not read yet; more than a handful is no hub. */
    private static final int FRAMES_MAX = 16;

    /** Opens a transport that proves these keys. */
    public interface Transports {
        Transport open(DeviceKeys keys);
    }

    /**
     * What came of it.
     *
     * @param furtherDevice the account had devices before: {@link #OLD_MAIL}
     */
    public record Enrolled(String account, Role role, boolean furtherDevice) {}

    private final Env env;
    private final PeerFolder folder;
    private final DeviceKeys keys;
    private final Transport transport;
    /** What comes over the present connection; empty = it has ended. */
    private BlockingQueue<Optional<Frame>> frames = new ArrayBlockingQueue<>(FRAMES_MAX);

    private final List<String> addresses = new ArrayList<>();
    private Optional<Connection> connection = Optional.empty();
    private HelloReply hub = HelloReply.getDefaultInstance();
    private ByteString tokenSecret = ByteString.EMPTY;
    private int stream;

    private Enrolment(Env env, PeerFolder folder, Transports transports) {
        folder.account().ifPresent(own -> {
            throw new WireException(
                    ErrorCode.CONFLICT,
                    "this home is a device of @" + own.account() + " already; log out first (covey logout), or use"
                            + " another --home");
        });
        this.env = env;
        this.folder = folder;
        keys = folder.keys().orElseGet(() -> DeviceKeys.generate(env));
        transport = transports.open(keys);
    }

    /** Contacts the token's network. Its secret is used by {@link #join} and {@link #login}. */
    public static Enrolment withToken(Env env, PeerFolder folder, Transports transports, Token token) {
        Enrolment enrolment = new Enrolment(env, folder, transports);
        enrolment.tokenSecret = ByteString.copyFrom(token.secret());
        return enrolment.contacted(token.addresses(), Optional.empty(), token.networkId());
    }

    /**
     * Contacts a hub by its address. Without its key, nothing may be sent before a person has compared
     * {@link #hubWords}.
     */
    public static Enrolment at(
            Env env, PeerFolder folder, Transports transports, List<String> addresses, Optional<DeviceId> hubKey) {
        return new Enrolment(env, folder, transports).contacted(addresses, hubKey, new byte[0]);
    }

    private Enrolment contacted(List<String> wanted, Optional<DeviceId> hubKey, byte[] networkId) {
        addresses.addAll(wanted);
        try {
            List<Address> left = new ArrayList<>(
                    wanted.stream().map(one -> Address.parse(one, DEFAULT_PORT)).toList());
            String objection = "no address was given";
            while (!left.isEmpty()) {
                Connection made = dial(left, hubKey);
                try {
                    greet(made, networkId);
                    return this;
                } catch (UntrustedException e) {
                    // Another network's hub may answer at one of the addresses; the right one may be at the next.
                    objection = made.remoteAddress() + ": " + e.getMessage();
                    made.close(Handover.goodbye(GoodbyeReason.CLOSING, "another network"));
                    if (!left.remove(Address.parse(made.remoteAddress(), DEFAULT_PORT))) {
                        break;
                    }
                }
            }
            throw new WireException(ErrorCode.DAMAGED, "no hub of the wanted network answers: " + objection);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Words of the hub's key: whoever runs it sees the same ones with {@code covey hub status}. */
    public List<String> hubWords() {
        return Words.ofKey(connected().publicKey());
    }

    public String networkName() {
        return hub.getNetworkName();
    }

    public RegistrationPolicy registration() {
        return hub.getRegistration();
    }

    /** Makes a new account with this device; for a machine token without a password. */
    public Enrolled join(String account, String password, String deviceName) {
        Join join = Join.newBuilder()
                .setTokenSecret(tokenSecret)
                .setAccount(Names.account(account))
                .setPassword(password)
                .setDeviceName(Names.device(deviceName))
                .build();
        return enrol(FrameType.JOIN, join, deviceName);
    }

    /**
     * Makes this machine a device of the account. With the token of an account's reset, the password is the new one.
     */
    public Enrolled login(String account, String password, String deviceName) {
        Login login = Login.newBuilder()
                .setAccount(Names.account(account))
                .setPassword(password)
                .setDeviceName(Names.device(deviceName))
                .setTokenSecret(tokenSecret)
                .build();
        return enrol(FrameType.LOGIN, login, deviceName);
    }

    private Enrolled enrol(FrameType type, MessageLite request, String deviceName) {
        folder.prepare(keys, hub.getRoster());
        AuthReply reply = ask(type, request, AuthReply.class);
        Set<String> known = new LinkedHashSet<>();
        known.add(connected().remoteAddress()); // it worked: first next time
        known.addAll(addresses);
        folder.complete(new PeerFolder.Account(reply.getAccount(), Names.device(deviceName), List.copyOf(known)));
        return new Enrolled(reply.getAccount(), reply.getRole(), reply.getFurtherDevice());
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
        try {
            reply = ask(FrameType.HELLO, hello, HelloReply.class);
        } catch (WireException e) {
            if (e.code() == ErrorCode.DENIED) {
                throw new UntrustedException(e.getMessage());
            }
            throw e;
        }
        Trusted trusted = Rosters.verify(reply.getRoster(), networkId);
        if (!trusted.isHub(made.device())) {
            throw new UntrustedException("the device that answers is not a hub of the network it shows");
        }
        hub = reply;
    }

    private Connection dial(List<Address> left, Optional<DeviceId> hubKey) {
        BlockingQueue<Object> outcome = new ArrayBlockingQueue<>(1);
        frames = new ArrayBlockingQueue<>(FRAMES_MAX);
        transport.dial(
                left,
                Protocol.HUB,
                device -> hubKey.isEmpty() || hubKey.get().equals(device),
                DIAL_MILLIS,
                new Dialled(outcome, frames));
        Object result = await(outcome, 2 * DIAL_MILLIS);
        if (result instanceof Connection made) {
            return made;
        }
        throw new WireException(ErrorCode.UNREACHABLE, "no hub answers: " + result);
    }

    private <T extends MessageLite> T ask(FrameType type, MessageLite request, Class<T> answer) {
        stream++;
        connected().send(Frame.of(type, stream, request));
        while (true) {
            Frame frame = await(frames, ANSWER_MILLIS).orElseThrow(Enrolment::gone);
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

    private Connection connected() {
        return connection.orElseThrow(() -> new IllegalStateException("no hub was contacted"));
    }

    private static <T> T await(BlockingQueue<T> queue, long millis) {
        try {
            T next = queue.poll(millis, TimeUnit.MILLISECONDS);
            if (next == null) {
                throw new WireException(
                        ErrorCode.UNREACHABLE,
                        "the hub did not answer within " + millis / 1000 + " s; try again later");
            }
            return next;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WireException(ErrorCode.UNREACHABLE, "interrupted while waiting for the hub");
        }
    }

    @Override
    public void close() {
        connection.ifPresent(made -> made.close(Handover.goodbye(GoodbyeReason.CLOSING, "enrolment is over")));
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
