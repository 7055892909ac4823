package covey.cli;

import covey.identity.Token;
import covey.node.Enrolment;
import covey.node.PeerFolder;
import covey.screen.Exit;
import covey.screen.SafeText;
import covey.wire.Base32;
import covey.wire.DeviceId;
import covey.wire.proto.TokenKind;
import java.util.Arrays;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "login")
final class LoginCommand extends Verb {
    @Mixin
    private Enrolling enrolling = new Enrolling();

    @Option(names = "--hub", paramLabel = "H:P")
    private String hub = "";

    @Option(names = "--hub-key", paramLabel = "HASH")
    private String hubKey = "";

    @Override
    Exit run() {
        String account = enrolling.account();
        PeerFolder folder = new PeerFolder(home().peer());
        if (!hub.isEmpty()) {
            Optional<DeviceId> key = key();
            return enrolling.run(
                    transports -> Enrolment.at(shell().env(), folder, transports, Arrays.asList(hub.split(",")), key),
                    enrolment -> {
                        if (key.isEmpty()) {
                            compare(enrolment);
                        }
                        return enrolment.login(account, enrolling.password(), enrolling.deviceName());
                    });
        }
        Token token = enrolling.token("Token (or use --hub): ");
        String password = token.kind() == TokenKind.TOKEN_RESET ? enrolling.newPassword() : enrolling.password();
        return enrolling.run(
                transports -> Enrolment.withToken(shell().env(), folder, transports, token),
                enrolment -> enrolment.login(account, password, enrolling.deviceName()));
    }

    private void compare(Enrolment enrolment) {
        if (!shell().person().isThere()) {
            throw Exit.USAGE.because("There is no terminal to compare the hub's key. Say it with --hub-key HASH, or use"
                    + " --token-file F.");
        }
        say("The hub of the network '" + SafeText.line(enrolment.networkName()) + "' has this key:");
        say("  " + String.join(" ", enrolment.hubWords()));
        String answer = shell().person()
                .line("Does covey hub status show its operator the same words? [y/N] ")
                .orElse("");
        if (!answer.strip().toLowerCase(java.util.Locale.ROOT).startsWith("y")) {
            throw Exit.DAMAGED.because("The hub is not trusted; nothing was sent to it.");
        }
    }

    private Optional<DeviceId> key() {
        if (hubKey.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(DeviceId.of(Base32.decode(hubKey)));
        } catch (IllegalArgumentException e) {
            throw Exit.USAGE.because("--hub-key: " + e.getMessage());
        }
    }
}
