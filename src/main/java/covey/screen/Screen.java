package covey.screen;

import java.util.Optional;

/** Where a chat is seen: a terminal with a line editor, or plain lines. Printing from any thread, reading from one. */
public interface Screen extends AutoCloseable {
    /** Waits for a line; empty at the end of input or after {@link #end}. */
    Optional<String> next() throws InterruptedException;

    /** Something a person said. */
    void message(String line);

    /** Something that happened. */
    void note(String line);

    /** Prompt and status bar changed. */
    void refresh(String prompt, String bar);

    /** Makes a waiting {@link #next} return empty. */
    void end();

    @Override
    void close();
}
