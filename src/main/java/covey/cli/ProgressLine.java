package covey.cli;

import covey.screen.Shell;

/** One line at a terminal that says how far something is, in place; nothing where no person looks. */
final class ProgressLine {
    private final Shell shell;
    private boolean isOpen;

    ProgressLine(Shell shell) {
        this.shell = shell;
    }

    /** @param interrupted done after a Ctrl-C, on a line of its own */
    boolean show(String line, Runnable interrupted) {
        if (!shell.person().isThere()) {
            return false;
        }
        shell.err().print("\r" + line + "\u001b[K");
        shell.err().flush();
        if (!isOpen) {
            isOpen = true;
            shell.person().whenInterrupted(() -> {
                shell.err().println(); // the last progress stays to be read
                interrupted.run();
            });
        }
        return true;
    }

    void end() {
        if (isOpen) {
            shell.err().print("\r\u001b[K");
            shell.err().flush();
        }
    }
}
