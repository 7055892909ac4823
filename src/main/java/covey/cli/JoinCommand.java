package covey.cli;

import covey.identity.Token;
import covey.node.Enrolment;
import covey.node.PeerFolder;
import covey.wire.proto.TokenKind;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "join")
@Man(
        exits = {Exit.DENIED, Exit.UNREACHABLE, Exit.DAMAGED, Exit.OVER_LIMIT},
        environment = {
            "COVEY_TOKEN_FILE: as --token-file; COVEY_TOKEN: the token itself",
            "COVEY_PASSWORD_FILE: as --password-file; COVEY_PASSWORD: the password itself"
        },
        files = "HOME/peer/: the new device's key and account")
final class JoinCommand extends Verb {
    @Option(names = "--token-file", paramLabel = "F")
    private String tokenFile = "";

    @Option(names = "--account", required = true, paramLabel = "NAME")
    private String account = "";

    @Option(names = "--password-file", paramLabel = "F")
    private String passwordFile = "";

    @Option(names = "--device-name", paramLabel = "TEXT")
    private String deviceName = "";

    @Override
    Exit run() {
        Enrolling enrolling = new Enrolling(this);
        Token token = enrolling.token(tokenFile, "Token: ");
        String password = token.kind() == TokenKind.TOKEN_MACHINE
                ? ""
                : secrets().readNew("password", passwordFile, "New password (at least 8 characters): ");
        return enrolling.run(
                transports -> Enrolment.withToken(shell().env(), new PeerFolder(home().peer()), transports, token),
                enrolment -> enrolment.join(account(account), password, DeviceName.orMachine(deviceName)));
    }
}
