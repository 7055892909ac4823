package covey.hub;

import com.google.protobuf.ByteString;
import covey.directory.DirectoryView;
import covey.identity.Passwords;
import covey.wire.Frame;
import covey.wire.WireException;
import covey.wire.proto.AuthReply;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.EnrolAccount;
import covey.wire.proto.EnrolDevice;
import covey.wire.proto.Enrolment;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameType;
import covey.wire.proto.Join;
import covey.wire.proto.Login;
import covey.wire.proto.Problem;
import covey.wire.proto.RegistrationPolicy;
import covey.wire.proto.Role;
import covey.wire.proto.TokenKind;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;

/**
 * Makes accounts and enrols devices. Guessing is slowed per account and per source address, and passwords are hashed a
 * few at a time only after the cheap checks have passed. On the hub's loop; hashing beside it.
 */
final class Admission {
    /** Verified when there is no such account, so that the time of an answer does not tell which accounts exist. */
    private volatile String decoyHash = "";

    private final HubNode hub;
    private final PasswordWorkers workers;
    private final LoginThrottle throttle = new LoginThrottle();

    Admission(HubNode hub, PasswordWorkers workers) {
        this.hub = hub;
        this.workers = workers;
    }

    void join(HubSession session, Frame frame) {
        Front.requireGreeted(session);
        Join join = HubSession.decode(frame, Join.class);
        String source = source(session);
        slow(source);
        begin(session);
        byte[] tokenHash = join.getTokenSecret().isEmpty() ? new byte[0] : sha256(join.getTokenSecret());
        // A wrong token or a taken name is refused before any memory is spent on the password.
        Optional<HubState.StoredToken> token = tokenHash.length == 0 ? Optional.empty() : hub.state.token(tokenHash);
        Optional<Problem> refusal = refuseJoin(join.getAccount(), tokenHash, token);
        if (refusal.isPresent()) {
            throttle.failed(source, now());
            refuse(session, frame.stream(), refusal.get());
            return;
        }
        boolean isMachine = token.isPresent() && token.get().kind() == TokenKind.TOKEN_MACHINE;
        if (!isMachine) {
            requirePassword(session, join.getPassword());
        }
        EnrolAccount.Builder enrol = EnrolAccount.newBuilder()
                .setAccount(join.getAccount())
                .setPublicKey(ByteString.copyFrom(session.connection.publicKey()))
                .setDeviceName(join.getDeviceName())
                .setTokenHash(ByteString.copyFrom(tokenHash));
        hash(session, frame.stream(), () -> {
            if (!isMachine) {
                enrol.setPasswordHash(Passwords.hash(Commands.utf8(join.getPassword()), hub.env));
            }
            enrol(
                    session,
                    frame.stream(),
                    Command.newBuilder().setEnrolAccount(enrol).build(),
                    source,
                    "");
        });
    }

    void login(HubSession session, Frame frame) {
        Front.requireGreeted(session);
        Login login = HubSession.decode(frame, Login.class);
        String account = "@" + login.getAccount();
        String source = source(session);
        slow(account);
        slow(source);
        begin(session);
        boolean isReset = !login.getTokenSecret().isEmpty();
        if (isReset) {
            requirePassword(session, login.getPassword());
        }
        EnrolDevice.Builder enrol = EnrolDevice.newBuilder()
                .setAccount(login.getAccount())
                .setPublicKey(ByteString.copyFrom(session.connection.publicKey()))
                .setDeviceName(login.getDeviceName())
                .setEnrolment(Enrolment.BY_PASSWORD);
        hash(session, frame.stream(), () -> {
            if (isReset) {
                enrol.setEnrolment(Enrolment.BY_TOKEN)
                        .setTokenHash(ByteString.copyFrom(sha256(login.getTokenSecret())))
                        .setPasswordHash(Passwords.hash(Commands.utf8(login.getPassword()), hub.env));
            } else if (!passwordMatches(login)) {
                hub.onLoop(() -> {
                    passwordFailed(session, login.getAccount());
                    refuse(session, frame.stream(), problem(ErrorCode.DENIED, "account or password is wrong"));
                });
                return;
            }
            enrol(
                    session,
                    frame.stream(),
                    Command.newBuilder().setEnrolDevice(enrol).build(),
                    source,
                    account);
        });
    }

    private Optional<Problem> refuseJoin(String account, byte[] tokenHash, Optional<HubState.StoredToken> token) {
        if (tokenHash.length > 0) {
            boolean isGood = token.isPresent()
                    && token.get().kind() != TokenKind.TOKEN_RESET
                    && token.get().expiresMillis() > hub.env.clock().wallMillis();
            if (!isGood) {
                return Optional.of(problem(
                        ErrorCode.DENIED,
                        "the token is unknown, used up, revoked or expired; ask an administrator for a new one"));
            }
        } else if (hub.state.network().map(HubState.Network::registration).orElse(RegistrationPolicy.CLOSED)
                != RegistrationPolicy.OPEN) {
            return Optional.of(problem(
                    ErrorCode.DENIED,
                    "this network takes new accounts by invitation; ask an administrator for a token"));
        }
        if (hub.state.view().account(account).isPresent()) {
            return Optional.of(problem(
                    ErrorCode.CONFLICT,
                    "the account @" + account
                            + " exists already; choose another name, or use `covey login` if it is yours"));
        }
        return Optional.empty();
    }

    private static Problem problem(ErrorCode code, String sentence) {
        return HubSession.problem(code, sentence);
    }

    private boolean passwordMatches(Login login) {
        Optional<String> stored = hub.state
                .credentials(login.getAccount())
                .map(HubState.Credentials::passwordHash)
                .filter(hash -> !hash.isEmpty());
        if (decoyHash.isEmpty()) {
            decoyHash = Passwords.hash(hub.env.randomBytes(16), hub.env);
        }
        boolean matches = Passwords.verify(stored.orElse(decoyHash), Commands.utf8(login.getPassword()));
        return matches && stored.isPresent();
    }

    /** Counts a wrong password of a session, whichever request carried it. */
    void passwordFailed(HubSession session, String account) {
        throttle.failed("@" + account, now());
        throttle.failed(source(session), now());
    }

    private void enrol(HubSession session, int stream, Command command, String source, String account) {
        hub.commands.own(command, result -> hub.onLoop(() -> enrolled(session, stream, result, source, account)));
    }

    private void enrolled(HubSession session, int stream, CommandResult result, String source, String account) {
        session.isAuthenticating = false;
        Front.finished(session);
        if (result.hasProblem()) {
            throttle.failed(source, now());
            session.refuse(stream, result.getProblem());
            return;
        }
        throttle.succeeded(source);
        if (!account.isEmpty()) {
            throttle.succeeded(account);
        }
        String name = hub.state
                .view()
                .device(session.device())
                .map(DirectoryView.Device::account)
                .orElse("");
        Role role =
                hub.state.view().account(name).map(DirectoryView.Account::role).orElse(Role.MEMBER);
        int devices = hub.state.view().activeDevices(name).size();
        HubNode.log.info("enrolled account={} device={}", name, session.device());
        session.answer(
                FrameType.AUTH_REPLY,
                stream,
                AuthReply.newBuilder()
                        .setAccount(name)
                        .setRole(role)
                        .setFurtherDevice(devices > 1)
                        .build());
    }

    /** One authentication of a connection at a time. */
    private static void begin(HubSession session) {
        if (session.isAuthenticating) {
            throw new WireException(ErrorCode.BUSY, "an authentication of this connection is under way");
        }
        session.isAuthenticating = true;
    }

    private void hash(HubSession session, int stream, Runnable task) {
        if (!workers.run(task)) {
            refuse(session, stream, problem(ErrorCode.BUSY, "too many logins at once; try again in a few seconds"));
        }
    }

    private static void refuse(HubSession session, int stream, Problem problem) {
        session.isAuthenticating = false;
        Front.finished(session);
        session.refuse(stream, problem);
    }

    private void slow(String key) {
        long wait = throttle.waitMillis(key, now());
        if (wait > 0) {
            throw new WireException(
                    ErrorCode.BUSY, "too many failed tries; wait " + (wait + 999) / 1000 + " s before the next one");
        }
    }

    private static void requirePassword(HubSession session, String password) {
        Passwords.problem(password).ifPresent(sentence -> {
            session.isAuthenticating = false;
            throw new WireException(ErrorCode.BAD_REQUEST, sentence);
        });
    }

    private static String source(HubSession session) {
        String address = session.connection.remoteAddress();
        int colon = address.lastIndexOf(':');
        return colon < 0 ? address : address.substring(0, colon);
    }

    private long now() {
        return hub.env.clock().monotonicMillis();
    }

    static byte[] sha256(ByteString bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
