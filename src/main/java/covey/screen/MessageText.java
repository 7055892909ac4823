package covey.screen;

import covey.web.Json;
import covey.wire.Sizes;
import java.util.Locale;

/** A message of the local API as lines for people. Text of others is made harmless here. */
public final class MessageText {
    /** Text of a message without words of its own begins so. */
    static final String OFFERED = "[offered file] ";

    private final Times times;
    private final Paint paint;

    public MessageText(Times times, Paint paint) {
        this.times = times;
        this.paint = paint;
    }

    /** Nobody minds when a message came later than it was sent by less than this. */
    private static final long LATE_MILLIS = 120_000;

    /**
     * "14:03 @bob: text", "14:03 #lab @bob: text", "14:03 you -> @bob: text [stored]"; further lines are indented. The
     * time is that of arrival, which is the order; a message that had to wait also tells its sender's.
     */
    public String of(Json message) {
        String conversation = message.text("conversation");
        boolean isOut = message.text("direction").equals("out");
        long millis = isOut ? message.number("sentMillis") : message.number("receivedMillis");
        StringBuilder out = new StringBuilder(paint.faint(times.of(millis))).append(' ');
        if (isOut) {
            out.append("you -> ").append(SafeText.line(conversation));
        } else {
            if (!conversation.equals(person(message.text("from")))) {
                out.append(paint.faint(SafeText.line(conversation))).append(' ');
            }
            out.append(paint.bold(SafeText.line(person(message.text("from")))));
            long sentMillis = message.number("sentMillis");
            if (sentMillis > 0 && sentMillis < millis - LATE_MILLIS) {
                out.append(paint.faint(", sent " + times.of(sentMillis)));
            }
        }
        out.append(": ").append(SafeText.lines(words(message)).strip().replace("\n", "\n    "));
        if (isOut) {
            out.append(' ').append(paint.faint("[" + state(message) + "]"));
        }
        return out.toString();
    }

    /** What was said, then what is offered: "[file] report.pdf, 3.2 MB". */
    private static String words(Json message) {
        Json offered = message.at("attachment");
        String name = offered.text("name");
        if (name.isEmpty()) {
            return message.text("text");
        }
        long files = offered.number("files");
        String kind = files == 1 ? "[file] " : "[folder, " + files + " files] ";
        long number = offered.number("number");
        String line = kind + SafeText.line(name) + ", " + Sizes.text(offered.number("bytes"))
                + (number > 0 ? ": covey get " + number : "");
        // Said by the sender's Covey for those that know no offers.
        boolean isWordless = message.text("text").startsWith(OFFERED);
        return isWordless ? line : message.text("text") + "\n" + line;
    }

    /** "delivered", or "failed: the mailbox of @bob is full". */
    public static String state(Json message) {
        String state = message.text("state").toLowerCase(Locale.ROOT);
        String reason = SafeText.line(message.text("reason"));
        return reason.isEmpty() ? state : state + ": " + reason;
    }

    /** Names of people are shown with one '@', however they come. */
    public static String person(String account) {
        return account.startsWith("@") || account.isEmpty() ? account : "@" + account;
    }
}
