package covey.screen;

/**
 * A command cannot do what was asked: the exit code, and a sentence for the person. No stack trace: it is an answer.
 *
 */
public final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Exit exit;

    CommandFailure(Exit exit, String sentence) {
        super(sentence, null, false, false);
        this.exit = exit;
    }

    public Exit exit() {
        return exit;
    }
}
