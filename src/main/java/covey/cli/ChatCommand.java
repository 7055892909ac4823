package covey.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "chat")
@Man(
        exits = {Exit.NOT_FOUND, Exit.UNREACHABLE},
        files = "HOME/chat_history: lines you typed, for arrow up; delete it at will")
final class ChatCommand extends Verb {
    @Parameters(arity = "0..1", paramLabel = "WITH")
    private String with = "";

    @Override
    Exit run() {
        throw new CommandFailure(Exit.FAILED, "Not built yet: " + with);
    }
}
