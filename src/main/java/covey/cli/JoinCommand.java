package covey.cli;

import covey.identity.Token;
import covey.node.Enrolment;
import covey.node.PeerFolder;
import covey.screen.Exit;
import covey.wire.proto.TokenKind;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "join")
final class JoinCommand extends Verb {
    @Mixin
    private Enrolling enrolling = new Enrolling();

    @Override
    Exit run() {
        String account = enrolling.account();
        Token token = enrolling.token("Token: ");
        String password = token.kind() == TokenKind.TOKEN_MACHINE ? "" : enrolling.newPassword();
        return enrolling.run(
                transports -> Enrolment.withToken(shell().env(), new PeerFolder(home().peer()), transports, token),
                enrolment -> enrolment.join(account, password, enrolling.deviceName()));
    }
}
