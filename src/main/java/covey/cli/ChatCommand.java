package covey.cli;

import covey.screen.Chat;
import covey.screen.Exit;
import covey.screen.MessageText;
import covey.screen.Paint;
import covey.screen.PlainScreen;
import covey.screen.Talk;
import covey.screen.TerminalScreen;
import covey.screen.Times;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "chat")
final class ChatCommand extends Verb {
    @Parameters(arity = "0..1", paramLabel = "WITH")
    private String with = "";

    @Override
    Exit run() throws IOException, InterruptedException {
        Paint paint = covey().paint();
        Talk talk = new Talk();
        MessageText text = new MessageText(new Times(shell()), paint);
        boolean isPlain =
                !shell().person().isThere() || shell().variable("TERM").equals("dumb");
        if (isPlain) {
            try (PlainScreen screen = new PlainScreen(shell())) {
                new Chat(node(), talk, screen, text, shell().person().isThere()).run(with);
            }
            if (with.isEmpty() && talk.partner().isEmpty() && !shell().person().isThere()) {
                throw Exit.USAGE.because("Nobody was chosen to talk to. Say it: `covey chat NAME`.");
            }
            return Exit.OK;
        }
        node().ask("whoami"); // no process: say so before the screen changes
        covey().exitOrderly();
        try (TerminalScreen screen = new TerminalScreen(home().state().resolve("chat_history"), paint, talk)) {
            new Chat(node(), talk, screen, text, true).run(with);
            return screen.wasInterrupted() ? Exit.INTERRUPTED : Exit.OK;
        }
    }
}
