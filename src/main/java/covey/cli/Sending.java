package covey.cli;

import covey.screen.Exit;
import covey.screen.MessageText;
import covey.screen.SafeText;
import covey.web.Json;
import covey.wire.Limits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** What `send` and `announce` have in common. */
final class Sending {
    private Sending() {}

    /** The text as typed, or for "-" all of standard input without the line end. */
    static String text(Verb verb, String typed) throws IOException {
        if (!typed.equals("-")) {
            return checked(typed);
        }
        byte[] bytes = verb.shell().in().readNBytes(Limits.TEXT_BYTES_MAX + 2);
        String text = new String(bytes, StandardCharsets.UTF_8);
        return checked(text.endsWith("\n") ? text.substring(0, text.length() - 1) : text);
    }

    private static String checked(String text) {
        if (text.isBlank()) {
            throw Exit.USAGE.because("The message is empty (expected: some text, or - for standard" + " input).");
        }
        if (text.getBytes(StandardCharsets.UTF_8).length > Limits.TEXT_BYTES_MAX) {
            throw Exit.OVER_LIMIT.because(
                    "The message is longer than " + Limits.TEXT_BYTES_MAX + " bytes. Send it in parts.");
        }
        return text;
    }

    static Exit send(Reading verb, String method, String to, String text, long waitMillis) {
        String answer = method.equals("announce")
                ? verb.node().askText(method, "text", text, "waitMillis", waitMillis)
                : verb.node().askText(method, "to", to, "text", text, "waitMillis", waitMillis);
        return end(verb, answer);
    }

    /** @param text may be empty */
    static Exit sendFile(Reading verb, String to, String path, String text, long waitMillis) {
        return end(
                verb, verb.node().askText("send.file", "to", to, "file", path, "text", text, "waitMillis", waitMillis));
    }

    private static Exit end(Reading verb, String answer) {
        Json message = Json.parse(answer).at("message");
        if (verb.json) {
            verb.print(SafeText.json(answer));
        } else {
            verb.print(MessageText.state(message));
        }
        if (!message.text("state").equals("FAILED")) {
            return Exit.OK;
        }
        if (verb.json) {
            verb.say("covey: not sent: " + MessageText.state(message));
        }
        return Exit.FAILED;
    }
}
