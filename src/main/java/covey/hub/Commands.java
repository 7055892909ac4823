package covey.hub;

import covey.cluster.CommandBatcher;
import covey.env.Env;
import covey.identity.Passwords;
import covey.identity.Prekey;
import covey.wire.DeviceId;
import covey.wire.Frame;
import covey.wire.WireException;
import covey.wire.proto.Command;
import covey.wire.proto.CommandReply;
import covey.wire.proto.CommandRequest;
import covey.wire.proto.CommandResult;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameType;
import covey.wire.proto.LoggedCommand;
import covey.wire.proto.Problem;
import covey.wire.proto.SetPassword;
import covey.wire.proto.TokenCreate;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Takes commands of devices to the replicated log and their results back. Runs on I/O threads up to the batcher's
 * queue; what costs time (password hashing, signatures) is done beside, before the command enters the log.
 */
final class Commands {
    private final Env env;
    private final HubNode hub;
    private final HubState state;
    private final CommandBatcher batcher;
    private final PasswordWorkers passwords;

    Commands(HubNode hub, CommandBatcher batcher, PasswordWorkers passwords) {
        this.hub = hub;
        this.env = hub.env;
        this.state = hub.state;
        this.batcher = batcher;
        this.passwords = passwords;
    }

    void received(HubSession session, Frame frame) {
        if (session.stage != HubSession.Stage.OPEN) {
            session.refuse(frame.stream(), ErrorCode.NOT_LOGGED_IN, "open a session before sending commands");
            session.closeIfStranger("COMMAND before a session");
            return;
        }
        if (session.commandsWaiting.incrementAndGet() > HubLimits.COMMANDS_PER_SESSION_MAX) {
            session.commandsWaiting.decrementAndGet();
            session.refuse(
                    frame.stream(),
                    ErrorCode.BUSY,
                    "more than " + HubLimits.COMMANDS_PER_SESSION_MAX
                            + " commands of this device wait; send it again later");
            return;
        }
        serve(session, frame.stream(), () -> {
            CommandRequest request = HubSession.decode(frame, CommandRequest.class);
            prepare(session, request, frame.stream());
        });
    }

    /** Does a part of a command's way; what it throws ends the command with a sentence. */
    private static void serve(HubSession session, int stream, Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            done(session, stream, refused(session.problem(e)));
        }
    }

    /** A command without a sequence: doing it again changes nothing. */
    void idempotent(DeviceId device, Command command, Consumer<CommandResult> done) {
        batcher.submit(
                LoggedCommand.newBuilder().setDevice(device.toByteString()).setCommand(command), done);
    }

    /** Commands of the hub itself: expiry, enrolment, bootstrap. */
    void own(Command command, Consumer<CommandResult> done) {
        batcher.submit(LoggedCommand.newBuilder().setCommand(command), done);
    }

    private void prepare(HubSession session, CommandRequest request, int stream) {
        Command command = request.getCommand();
        switch (command.getKindCase()) {
            case PUBLISH_PREKEY ->
                env.background(
                        "prekey check",
                        () -> serve(session, stream, () -> {
                            if (!Prekey.verify(command.getPublishPrekey(), session.connection.publicKey())) {
                                throw new WireException(
                                        ErrorCode.DAMAGED, "the prekey's signature is not this device's");
                            }
                            submit(session, request, command, stream);
                        }));
            case SET_PASSWORD -> setPassword(session, request, stream);
            case TOKEN_CREATE -> submit(session, request, withExpiry(command), stream);
            case BLOCK_ACCOUNT,
                    DEPOSIT,
                    REGISTER,
                    WITHDRAW,
                    MAIL_ACK,
                    ROOM_POST,
                    ROOM_CREATE,
                    ROOM_CHANGE,
                    REVOKE_DEVICE,
                    TOKEN_REVOKE,
                    ACCOUNT_CHANGE,
                    SET_POLICY -> submit(session, request, command, stream);
            case BOOT_NETWORK, ENROL_ACCOUNT, ENROL_DEVICE, TICK, SET_ROSTER, ROOM_CURSORS, KIND_NOT_SET ->
                throw new WireException(ErrorCode.DENIED, "a device may not send the command " + command.getKindCase());
        }
    }

    /** The lifetime becomes a moment here, since apply has no clock. */
    private Command withExpiry(Command command) {
        TokenCreate create = command.getTokenCreate();
        return command.toBuilder()
                .setTokenCreate(
                        create.toBuilder().setExpiresMillis(env.clock().wallMillis() + create.getLifetimeMillis()))
                .build();
    }

    /** Clear passwords end here: only the new hash goes on into the log. Guessing is slowed as with a login. */
    private void setPassword(HubSession session, CommandRequest request, int stream) {
        SetPassword set = request.getCommand().getSetPassword();
        Passwords.problem(set.getNewPassword()).ifPresent(sentence -> {
            throw new WireException(ErrorCode.BAD_REQUEST, sentence);
        });
        hub.onLoop(() -> serve(session, stream, () -> {
            String account = session.account;
            Admission admission = hub.front.admission;
            String trier = admission.enter(session, account);
            boolean isTaken = passwords.run(() -> {
                try {
                    serve(session, stream, () -> changePassword(session, request, stream, trier));
                } finally {
                    hub.onLoop(() -> admission.leave(trier));
                }
            });
            if (!isTaken) {
                admission.leave(trier);
                throw new WireException(ErrorCode.BUSY, "too many password checks wait; try again in a few seconds");
            }
        }));
    }

    private void changePassword(HubSession session, CommandRequest request, int stream, String trier) {
        SetPassword set = request.getCommand().getSetPassword();
        String account = session.account;
        String stored = state.credentials(account)
                .map(HubState.Credentials::passwordHash)
                .filter(hash -> !hash.isEmpty())
                .orElseThrow(() -> new WireException(ErrorCode.BAD_REQUEST, "@" + account + " has no password"));
        boolean isProved = Passwords.verify(stored, utf8(set.getOldPassword()));
        // Sent again because the reply was lost: the log knows the sequence and gives its first answer.
        boolean isDone = !isProved && Passwords.verify(stored, utf8(set.getNewPassword()));
        if (!isProved && !isDone) {
            hub.onLoop(() -> hub.front.admission.passwordFailed(session, account, trier));
            throw new WireException(ErrorCode.DENIED, "the old password is wrong; nothing was changed");
        }
        hub.onLoop(() -> hub.front.admission.passwordProved(trier));
        String hash = isDone ? stored : Passwords.hash(utf8(set.getNewPassword()), env);
        Command hashed = Command.newBuilder()
                .setSetPassword(SetPassword.newBuilder().setPasswordHash(hash))
                .build();
        submit(session, request, hashed, stream);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void submit(HubSession session, CommandRequest request, Command command, int stream) {
        LoggedCommand.Builder logged = LoggedCommand.newBuilder()
                .setDevice(session.device().toByteString())
                .setIncarnation(session.incarnation)
                .setSequence(request.getSequence())
                .setFirstUnanswered(request.getFirstUnanswered())
                .setCommand(command);
        batcher.submit(logged, result -> {
            done(session, stream, result);
            if (!result.hasProblem()) {
                applied(session, command);
            }
        });
    }

    /** What this hub's own soft state learns from a command of a session it serves. */
    private void applied(HubSession session, Command command) {
        if (command.hasMailAck()) {
            long upTo = command.getMailAck().getUpTo();
            hub.onLoop(() -> hub.pusher.mailAcknowledged(session, upTo));
        }
    }

    private static void done(HubSession session, int stream, CommandResult result) {
        if (stream != 0) {
            session.answer(
                    FrameType.COMMAND_REPLY,
                    stream,
                    CommandReply.newBuilder().setResult(result).build());
        }
        session.commandAnswered(1);
    }

    private static CommandResult refused(Problem problem) {
        return CommandResult.newBuilder().setProblem(problem).build();
    }
}
