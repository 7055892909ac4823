package covey.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "logout")
@Man(
        exits = {Exit.DENIED, Exit.UNREACHABLE},
        files = {"HOME/peer: key, store and account of this device; emptied"})
final class LogoutCommand extends Verb {
    @Option(names = {"-y", "--yes"})
    private boolean yes;

    @Override
    Exit run() {
        confirm(yes, "Log out and delete this device's key?");
        node().ask("logout");
        say("Logged out: this device no longer belongs to the account.");
        return Exit.OK;
    }
}
