package covey.cli;

import covey.env.PrivateFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Shows what must be kept and is kept nowhere. */
final class RecoveryCode {
    private static final int WIDTH = 72;

    /** Groups of the code that fit a line. */
    private static final int CODE_CHARS_MAX = 60;

    private RecoveryCode() {}

    static void write(Path file, String code) throws IOException {
        PrivateFiles.write(file.toAbsolutePath(), (code + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    /** Lines in plain ASCII, so that every terminal and every log shows them. */
    static List<String> box(String code) {
        List<String> text = new ArrayList<>();
        text.add("RECOVERY CODE of this network: shown once, kept nowhere");
        text.add("");
        codeLines(code).forEach(line -> text.add("    " + line));
        text.add("");
        text.add("Write it down and keep it away from this machine. With it the");
        text.add("network outlives the loss of all its hubs: it names their successor.");
        text.add("Whoever has it can take the network over, so show it to nobody.");
        List<String> lines = new ArrayList<>();
        String edge = "+" + "-".repeat(WIDTH + 2) + "+";
        lines.add(edge);
        text.forEach(line -> lines.add("| " + line + " ".repeat(Math.max(0, WIDTH - line.length())) + " |"));
        lines.add(edge);
        return lines;
    }

    private static List<String> codeLines(String code) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String group : code.split("(?<=-)")) {
            if (line.length() + group.length() > CODE_CHARS_MAX) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(group);
        }
        lines.add(line.toString());
        return lines;
    }
}
