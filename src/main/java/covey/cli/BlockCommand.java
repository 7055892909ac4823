package covey.cli;

import covey.screen.Exit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "block")
final class BlockCommand extends Verb {
    @Parameters(paramLabel = "NAME")
    private String account = "";

    @Option(names = "--undo")
    private boolean undo;

    @Override
    Exit run() {
        node().ask("block", "account", account(account), "blocked", !undo);
        say("@" + account.replaceFirst("^@", "") + (undo ? " is no longer blocked." : " is blocked."));
        return Exit.OK;
    }
}
