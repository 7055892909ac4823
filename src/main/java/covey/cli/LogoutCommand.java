package covey.cli;

import covey.screen.Exit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "logout")
final class LogoutCommand extends Verb {
    @Option(names = {"-y", "--yes"})
    private boolean yes;

    @Override
    Exit run() {
        confirm(yes, "Log out and delete this device's key?");
        String note = node().ask("logout").text("note");
        say(
                note.isEmpty()
                        ? "Logged out: this device no longer belongs to the account."
                        : "This device's key is deleted. " + note);
        return Exit.OK;
    }
}
