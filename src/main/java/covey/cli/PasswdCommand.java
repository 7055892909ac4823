package covey.cli;

import covey.screen.Exit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "passwd")
final class PasswdCommand extends Verb {
    @Option(names = "--password-file", paramLabel = "F")
    private String oldFile = "";

    @Option(names = "--new-password-file", paramLabel = "F")
    private String newFile = "";

    @Override
    Exit run() {
        String before = secrets().read("password", oldFile, "Old password: ");
        String after = secrets().readNew("new password", newFile, "New password: ");
        node().ask("passwd", "oldPassword", before, "newPassword", after);
        say("The password is changed.");
        return Exit.OK;
    }
}
