package covey.hub;

import com.google.protobuf.ByteString;
import covey.directory.DirectoryView;
import covey.identity.GuessBrake;
import covey.identity.Passwords;
import covey.store.Sha256;
import covey.wire.Frame;
import covey.wire.WireException;
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
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Makes accounts and enrols devices. Guessing is slowed in three ways: who tries at an account waits for his own
 * failures; an address waits, shortly, for those of all its neighbours; and when many addresses guess at one account,
 * all that it never came from wait for each other. Passwords are hashed a few at a time only after the cheap checks
 * have passed. On the hub's loop; hashing beside it.
 */
final class Admission {
    /** Verified when there is no such account, so that the time of an answer does not tell which accounts exist. */
    private volatile String decoyHash = "";

    private static final long MILLIS_PER_DAY = 24L * 60 * 60 * 1000;

    private final HubNode hub;
    private final PasswordWorkers workers;
    /** By account and who tries: failures and tries of others do not keep out an owner who comes from elsewhere. */
    private final GuessBrake triers = new GuessBrake(
            HubLimits.LOGIN_FAILURES_FREE, HubLimits.LOGIN_WAIT_MILLIS_FIRST, HubLimits.LOGIN_WAIT_MILLIS_MAX);

    private final GuessBrake addresses = new GuessBrake(
            HubLimits.NEIGHBOURS_FAILURES_FREE,
            HubLimits.LOGIN_WAIT_MILLIS_FIRST,
            HubLimits.NEIGHBOURS_WAIT_MILLIS_MAX);

    /** By account, of addresses that it never came from. */
    private final GuessBrake strangers = new GuessBrake(
            HubLimits.STRANGERS_FAILURES_FREE,
            HubLimits.NEIGHBOURS_WAIT_MILLIS_MAX,
            HubLimits.NEIGHBOURS_WAIT_MILLIS_MAX);

    /** Who succeeded at which account, since the start of this hub. */
    private final Set<String> known = new LinkedHashSet<>();

    /** Who has a password checked: one guess at a time, so that each counts before the next. */
    private final Set<String> underWay = new HashSet<>();

    Admission(HubNode hub, PasswordWorkers workers) {
        this.hub = hub;
        this.workers = workers;
    }

    void join(HubSession session, Frame frame) {
        requireIdle(session);
        Join join = HubSession.decode(frame, Join.class);
        String account = join.getAccount();
        if (isDeviceOf(session, account)) {
            // The enrolment was done, its reply got lost. A machine proves to be the same by its key alone.
            String trier = enter(session, account);
            EnrolDevice.Builder again = enrolDevice(session, account, join.getDeviceName());
            boolean isMachine = isMachine(account);
            hash(
                    session,
                    frame.stream(),
                    trier,
                    () -> byPassword(session, frame.stream(), again, join.getPassword(), isMachine, trier));
            return;
        }
        slow(addresses, session.address());
        byte[] tokenHash = join.getTokenSecret().isEmpty() ? new byte[0] : sha256(join.getTokenSecret());
        Optional<HubState.StoredToken> token = livingToken(tokenHash);
        // A wrong token or a taken name is refused before any memory is spent on the password.
        Optional<Problem> refusal = refuseJoin(account, tokenHash, token);
        if (refusal.isPresent()) {
            if (refusal.get().getCode() == ErrorCode.DENIED) {
                addresses.failed(session.address(), now());
            }
            refuse(session, frame.stream(), refusal.get());
            return;
        }
        boolean isMachine = token.isPresent() && token.get().kind() == TokenKind.TOKEN_MACHINE;
        if (!isMachine) {
            requirePassword(join.getPassword());
        }
        EnrolAccount.Builder enrol = EnrolAccount.newBuilder()
                .setAccount(account)
                .setPublicKey(ByteString.copyFrom(session.connection.publicKey()))
                .setDeviceName(join.getDeviceName())
                .setTokenHash(ByteString.copyFrom(tokenHash));
        hash(session, frame.stream(), "", () -> {
            if (!isMachine) {
                enrol.setPasswordHash(Passwords.hash(Commands.utf8(join.getPassword()), hub.env));
            }
            enrol(session, frame.stream(), Command.newBuilder().setEnrolAccount(enrol), "");
        });
    }

    void login(HubSession session, Frame frame) {
        requireIdle(session);
        Login login = HubSession.decode(frame, Login.class);
        String account = login.getAccount();
        slow(triers, trier(session, account));
        if (!isDeviceOf(session, account)) {
            slow(addresses, session.address());
        }
        requireFewEnrolments(session, account);
        EnrolDevice.Builder enrol = enrolDevice(session, account, login.getDeviceName());
        // With a token that did its work already (the reply got lost) the new password is that of the account.
        boolean isReset = !login.getTokenSecret().isEmpty() && !isDeviceOf(session, account);
        if (!isReset) {
            String trier = enter(session, account);
            hash(
                    session,
                    frame.stream(),
                    trier,
                    () -> byPassword(session, frame.stream(), enrol, login.getPassword(), false, trier));
            return;
        }
        byte[] tokenHash = sha256(login.getTokenSecret());
        boolean isForThis = livingToken(tokenHash)
                .filter(token -> token.kind() == TokenKind.TOKEN_RESET)
                .filter(token -> token.account().equals(account))
                .isPresent();
        if (!isForThis) {
            addresses.failed(session.address(), now());
            refuse(session, frame.stream(), problem(ErrorCode.DENIED, "this token resets no password of @" + account));
            return;
        }
        requirePassword(login.getPassword());
        hash(session, frame.stream(), "", () -> {
            enrol.setEnrolment(Enrolment.BY_TOKEN)
                    .setTokenHash(ByteString.copyFrom(tokenHash))
                    .setPasswordHash(Passwords.hash(Commands.utf8(login.getPassword()), hub.env));
            enrol(session, frame.stream(), Command.newBuilder().setEnrolDevice(enrol), trier(session, account));
        });
    }

    /** Beside the loop. A device that is enrolled already is answered as it was the first time. */
    private void byPassword(
            HubSession session,
            int stream,
            EnrolDevice.Builder enrol,
            String password,
            boolean isProved,
            String trier) {
        String account = enrol.getAccount();
        if (isProved || passwordMatches(account, password)) {
            enrol(session, stream, Command.newBuilder().setEnrolDevice(enrol), trier);
        } else {
            hub.onLoop(() -> {
                passwordFailed(session, account, trier);
                addresses.failed(session.address(), now());
                session.isAuthenticating = false;
                refuse(session, stream, problem(ErrorCode.DENIED, "account or password is wrong"));
            });
        }
    }

    private static EnrolDevice.Builder enrolDevice(HubSession session, String account, String deviceName) {
        return EnrolDevice.newBuilder()
                .setAccount(account)
                .setPublicKey(ByteString.copyFrom(session.connection.publicKey()))
                .setDeviceName(deviceName)
                .setEnrolment(Enrolment.BY_PASSWORD);
    }

    private boolean isDeviceOf(HubSession session, String account) {
        DirectoryView view = hub.state.view();
        return view.isActive(session.device())
                && view.device(session.device())
                        .filter(known -> known.account().equals(account))
                        .isPresent();
    }

    private boolean isMachine(String account) {
        return hub.state
                .view()
                .account(account)
                .filter(known -> known.role() == Role.MACHINE)
                .isPresent();
    }

    private Optional<HubState.StoredToken> livingToken(byte[] hash) {
        return hub.state
                .token(hash)
                .filter(token -> token.expiresMillis() > hub.env.clock().wallMillis());
    }

    private Optional<Problem> refuseJoin(String account, byte[] tokenHash, Optional<HubState.StoredToken> token) {
        if (tokenHash.length > 0) {
            if (token.isEmpty() || token.get().kind() == TokenKind.TOKEN_RESET) {
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

    private boolean passwordMatches(String account, String password) {
        Optional<String> stored = hub.state
                .credentials(account)
                .map(HubState.Credentials::passwordHash)
                .filter(hash -> !hash.isEmpty());
        if (decoyHash.isEmpty()) {
            decoyHash = Passwords.hash(hub.env.randomBytes(16), hub.env);
        }
        boolean matches = Passwords.verify(stored.orElse(decoyHash), Commands.utf8(password));
        return matches && stored.isPresent();
    }

    /** Counts a wrong password, whichever request carried it. */
    void passwordFailed(HubSession session, String account, String trier) {
        triers.failed(trier, now());
        if (isStranger(session, account) && strangers.failed(account, now()) == HubLimits.STRANGERS_FAILURES_FREE) {
            HubNode.log.warn("{} wrong passwords account={}", HubLimits.STRANGERS_FAILURES_FREE, account);
        }
    }

    void passwordProved(String trier) {
        triers.succeeded(trier);
        known.add(trier);
        if (known.size() > HubLimits.KNOWN_TRIERS_MAX) {
            known.remove(known.iterator().next());
        }
    }

    /** @param trier who proved to belong to the account; empty for a new one */
    private void enrol(HubSession session, int stream, Command.Builder command, String trier) {
        hub.commands.own(
                command.build(),
                result -> hub.onLoop(() -> session.serve(stream, () -> enrolled(session, stream, result, trier))));
    }

    private void enrolled(HubSession session, int stream, CommandResult result, String trier) {
        session.isAuthenticating = false;
        if (result.hasProblem()) {
            refuse(session, stream, result.getProblem());
            return;
        }
        passwordProved(trier.isEmpty() ? trier(result.getAuth().getAccount(), session.address()) : trier);
        HubNode.log.info("enrolled account={} device={}", result.getAuth().getAccount(), session.device());
        session.answer(FrameType.AUTH_REPLY, stream, result.getAuth());
        Front.finished(session);
    }

    /** One authentication of a connection at a time. */
    private static void requireIdle(HubSession session) {
        Front.requireGreeted(session);
        if (session.isAuthenticating) {
            throw new WireException(ErrorCode.BUSY, "an authentication of this connection is under way");
        }
    }

    /** @param trier that {@link #enter} gave; empty for none */
    private void hash(HubSession session, int stream, String trier, Runnable task) {
        Runnable guarded = () -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                Problem problem = session.problem(e);
                hub.onLoop(() -> {
                    session.isAuthenticating = false;
                    Front.finished(session);
                    session.refuse(stream, problem);
                });
            } finally {
                hub.onLoop(() -> leave(trier)); // after a failure was counted
            }
        };
        session.isAuthenticating = true;
        if (!workers.run(guarded)) {
            session.isAuthenticating = false;
            leave(trier);
            Front.finished(session);
            session.refuse(stream, problem(ErrorCode.BUSY, "too many logins at once; try again in a few seconds"));
        }
    }

    private static void refuse(HubSession session, int stream, Problem problem) {
        Front.finished(session);
        session.refuse(stream, problem);
    }

    /** Refuses while who tries waits for earlier failures or another check. Returns what {@link #leave} takes. */
    String enter(HubSession session, String account) {
        String trier = trier(session, account);
        slow(triers, trier);
        if (isStranger(session, account)) {
            slow(strangers, account);
        }
        if (!underWay.add(trier)) {
            throw new WireException(
                    ErrorCode.BUSY,
                    "the password of @" + account + " is being checked already; try again in a few seconds");
        }
        return trier;
    }

    void leave(String trier) {
        underWay.remove(trier);
    }

    /** A device of the account by its key, which nobody else has; anybody else by the source address. */
    private String trier(HubSession session, String account) {
        return isDeviceOf(session, account)
                ? trier(account, session.device().toString())
                : trier(account, session.address());
    }

    private boolean isStranger(HubSession session, String account) {
        return !isDeviceOf(session, account) && !known.contains(trier(account, session.address()));
    }

    private static String trier(String account, String who) {
        return account + " " + who;
    }

    private void requireFewEnrolments(HubSession session, String account) {
        long now = hub.env.clock().wallMillis();
        int many = HubLimits.ENROLMENTS_PER_DAY_MAX;
        boolean isMany = hub.state.view().enrolments(account, now - now % MILLIS_PER_DAY, many) >= many;
        if (isMany && !isDeviceOf(session, account)) {
            throw new WireException(
                    ErrorCode.OVER_LIMIT,
                    "@" + account + " enrolled " + HubLimits.ENROLMENTS_PER_DAY_MAX
                            + " devices today; try again tomorrow");
        }
    }

    private void slow(GuessBrake throttle, String key) {
        long wait = throttle.waitMillis(key, now());
        if (wait > 0) {
            throw new WireException(
                    ErrorCode.BUSY, "too many failed tries; wait " + (wait + 999) / 1000 + " s before the next one");
        }
    }

    private static void requirePassword(String password) {
        Passwords.problem(password).ifPresent(sentence -> {
            throw new WireException(ErrorCode.BAD_REQUEST, sentence);
        });
    }

    private long now() {
        return hub.env.clock().monotonicMillis();
    }

    private static byte[] sha256(ByteString bytes) {
        return Sha256.of(bytes.toByteArray());
    }
}
