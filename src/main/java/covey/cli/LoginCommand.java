package covey.cli;

import covey.identity.Token;
import covey.node.Enrolment;
import covey.node.PeerFolder;
import covey.wire.Base32;
import covey.wire.DeviceId;
import covey.wire.proto.TokenKind;
import java.util.Arrays;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "login")
@Man(
        exits = {Exit.NOT_FOUND, Exit.DENIED, Exit.UNREACHABLE, Exit.DAMAGED, Exit.OVER_LIMIT},
        environment = {
            "COVEY_TOKEN_FILE: as --token-file; COVEY_TOKEN: the token itself",
            "COVEY_PASSWORD_FILE: as --password-file; COVEY_PASSWORD: the password itself"
        },
        files = "HOME/peer/: the new device's key and account")
final class LoginCommand extends Verb {
    @Parameters(paramLabel = "NAME")
    private String account = "";

    @Option(names = "--token-file", paramLabel = "F")
    private String tokenFile = "";

    @Option(names = "--hub", paramLabel = "H:P")
    private String hub = "";

    @Option(names = "--hub-key", paramLabel = "HASH")
    private String hubKey = "";

    @Option(names = "--password-file", paramLabel = "F")
    private String passwordFile = "";

    @Option(names = "--device-name", paramLabel = "TEXT")
    private String deviceName = "";

    @Override
    Exit run() {
        Enrolling enrolling = new Enrolling(this);
        PeerFolder folder = new PeerFolder(home().peer());
        if (!hub.isEmpty()) {
            Optional<DeviceId> key = key();
            return enrolling.run(
                    transports -> Enrolment.at(shell().env(), folder, transports, Arrays.asList(hub.split(",")), key),
                    enrolment -> login(enrolment, key.isPresent()));
        }
        Token token = enrolling.token(tokenFile, "Token (or use --hub): ");
        boolean isReset = token.kind() == TokenKind.TOKEN_RESET;
        String password = isReset
                ? secrets().readNew("password", passwordFile, "New password (at least 8 characters): ")
                : secrets().read("password", passwordFile, "Password: ");
        return enrolling.run(
                transports -> Enrolment.withToken(shell().env(), folder, transports, token),
                enrolment -> enrolment.login(account(account), password, DeviceName.orMachine(deviceName)));
    }

    private Enrolment.Enrolled login(Enrolment enrolment, boolean isKnown) {
        if (!isKnown) {
            compare(enrolment);
        }
        String password = secrets().read("password", passwordFile, "Password: ");
        return enrolment.login(account(account), password, DeviceName.orMachine(deviceName));
    }

    private void compare(Enrolment enrolment) {
        if (!shell().person().isThere()) {
            throw new CommandFailure(
                    Exit.USAGE,
                    "There is no terminal to compare the hub's key. Say it with --hub-key HASH, or use"
                            + " --token-file F.");
        }
        say("The hub of the network '" + SafeText.line(enrolment.networkName()) + "' has this key:");
        say("  " + String.join(" ", enrolment.hubWords()));
        String answer = shell().person()
                .line("Does `covey hub status` show its operator the same words? [y/N] ")
                .orElse("");
        if (!answer.strip().toLowerCase(java.util.Locale.ROOT).startsWith("y")) {
            throw new CommandFailure(Exit.DAMAGED, "The hub is not trusted; nothing was sent to it.");
        }
    }

    private Optional<DeviceId> key() {
        if (hubKey.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(DeviceId.of(Base32.decode(hubKey)));
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(Exit.USAGE, "--hub-key: " + e.getMessage());
        }
    }
}
