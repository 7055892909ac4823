package covey.screen;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jline.reader.Candidate;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.reader.impl.LineReaderImpl;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStyle;
import org.jline.utils.Status;

/** A terminal: the line being typed stays whole at the bottom, above it what is said, below it a status bar. */
public final class TerminalScreen implements Screen {
    private static final int HISTORY_LINES_MAX = 1_000;

    /** Typed before the screen came up; more is no typing. */
    private static final int AHEAD_CHARS_MAX = 4_096;

    private final Terminal terminal;
    private final LineReaderImpl reader;
    private final Optional<Status> status;
    private final Paint paint;
    private final Talk talk;
    private final Deque<String> ahead = new ArrayDeque<>();
    private String begun = "";
    private volatile String prompt = "> ";
    private volatile boolean isOver;
    private volatile boolean wasInterrupted;
    private volatile Optional<Thread> reading = Optional.empty();

    public TerminalScreen(Path history, Paint paint, Talk talk) throws IOException {
        this.paint = paint;
        this.talk = talk;
        terminal = TerminalBuilder.builder().system(true).graphemeCluster(false).build();
        takeWhatWasTyped();
        if (!Files.exists(history)) {
            covey.env.PrivateFiles.write(history, new byte[0]);
        }
        reader = (LineReaderImpl) LineReaderBuilder.builder()
                .terminal(terminal)
                .parser(new DefaultParser().quoteChars(new char[0]).escapeChars(new char[0]))
                .completer((line, typed, candidates) -> complete(typed, candidates))
                .variable(LineReader.HISTORY_FILE, history)
                .variable(LineReader.HISTORY_SIZE, HISTORY_LINES_MAX)
                .variable(LineReader.HISTORY_FILE_SIZE, HISTORY_LINES_MAX)
                .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                .option(LineReader.Option.HISTORY_TIMESTAMPED, false)
                .build();
        status = Optional.ofNullable(Status.getStatus(terminal));
    }

    /** While the program started, a person typed on; JLine, which asks the terminal what it can do, would drop it. */
    private void takeWhatWasTyped() throws IOException {
        Attributes before = terminal.enterRawMode();
        StringBuilder typed = new StringBuilder();
        for (int c = terminal.reader().read(1); c >= 0 && typed.length() < AHEAD_CHARS_MAX; ) {
            typed.append((char) c);
            c = terminal.reader().read(1);
        }
        terminal.setAttributes(before);
        String text = typed.toString().replace('\r', '\n').replaceAll("\u001b\\[?[0-9;]*.?|[\\p{Cntrl}&&[^\n]]", "");
        int end = text.lastIndexOf('\n') + 1;
        text.substring(0, end).lines().forEach(ahead::add);
        begun = text.substring(end);
    }

    private void complete(ParsedLine typed, List<Candidate> candidates) {
        String word = typed.word();
        Iterable<String> all = word.startsWith("/") && typed.wordIndex() == 0 ? Talk.COMMANDS : talk.names();
        for (String name : all) {
            if (name.startsWith(word) && !word.isEmpty()) {
                candidates.add(new Candidate(name));
            }
        }
    }

    @Override
    public Optional<String> next() {
        reading = Optional.of(Thread.currentThread());
        while (!isOver) {
            if (!ahead.isEmpty()) {
                above(prompt + ahead.getFirst());
                return Optional.of(ahead.removeFirst());
            }
            String first = begun;
            begun = "";
            try {
                return Optional.of(reader.readLine(prompt, null, (Character) null, first));
            } catch (UserInterruptException e) {
                if (e.getPartialLine().isEmpty()) {
                    wasInterrupted = true;
                    return Optional.empty();
                }
            } catch (EndOfFileException e) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    /** True when the person ended the chat by Ctrl-C. */
    public boolean wasInterrupted() {
        return wasInterrupted && !isOver;
    }

    @Override
    public void message(String line) {
        above(line);
    }

    @Override
    public void note(String line) {
        above(paint.faint(line));
    }

    /** Breaks lines between words; the terminal would break them anywhere. */
    private void above(String lines) {
        for (String line : lines.split("\n", -1)) {
            AttributedString rest = AttributedString.fromAnsi(line);
            while (rest.columnLength() > width()) {
                AttributedString fits = rest.columnSubSequence(0, width());
                int blank = fits.toString().lastIndexOf(' ');
                int end = blank > width() / 2 ? blank + 1 : fits.length();
                reader.printAbove(rest.subSequence(0, end));
                rest = rest.subSequence(end, rest.length());
            }
            reader.printAbove(rest);
        }
    }

    /** One column stays free: some terminals wrap as soon as the last one is written. */
    private int width() {
        return Math.max(20, terminal.getSize().getColumns()) - 1;
    }

    @Override
    public void refresh(String newPrompt, String bar) {
        if (!newPrompt.equals(prompt)) {
            prompt = newPrompt;
            reader.setPrompt(newPrompt);
            if (reader.isReading()) {
                reader.callWidget(LineReader.REDISPLAY);
            }
        }
        AttributedString shown = new AttributedString(" " + bar, AttributedStyle.INVERSE).columnSubSequence(0, width());
        status.ifPresent(line -> line.update(List.of(shown)));
    }

    @Override
    public void end() {
        isOver = true;
        reading.ifPresent(Thread::interrupt);
    }

    @Override
    public void close() {
        status.ifPresent(line -> {
            line.update(List.of());
            line.close();
        });
        try {
            reader.getHistory().save();
            terminal.close();
        } catch (IOException e) {
            System.err.println("covey: the history of typed lines is not kept: " + e.getMessage());
        }
    }
}
