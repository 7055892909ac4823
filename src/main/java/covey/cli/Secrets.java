package covey.cli;

import covey.identity.Passwords;
import covey.screen.CommandFailure;
import covey.screen.Exit;
import covey.screen.Shell;
import covey.wire.WireException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Reads passwords and tokens from where they are safe: a file, the environment, standard input, or a person's fingers.
 * Never from an option's value, which every user of the machine can see.
 */
final class Secrets {
    /** No password or token is longer; a wrong file must not fill the memory. */
    private static final int SECRET_BYTES_MAX = 16 * 1024;

    private static final int TRIES = 3;

    private final Shell shell;

    Secrets(Shell shell) {
        this.shell = shell;
    }

    /**
     * One secret of one line.
     *
     * @param what "password" or "token"; also names the variables COVEY_PASSWORD_FILE and COVEY_PASSWORD
     * @param file value of the option, "-" for standard input, empty when not given
     * @param prompt what to ask at a terminal
     */
    String read(String what, String file, String prompt) {
        return given(what, file).orElseGet(() -> ask(what, prompt));
    }

    /** A new password, fit to be one; at a terminal it is typed twice. */
    String readNew(String what, String file, String prompt) {
        Optional<String> given = given(what, file);
        return given.map(password -> fit(what, password))
                .orElseGet(() -> threeTries(() -> {
                    String first = fit(what, ask(what, prompt));
                    if (!first.equals(ask(what, "Once more: "))) {
                        throw Exit.USAGE.because("The two are not the same.");
                    }
                    return first;
                }));
    }

    /** The hub refuses it as well; here it is said before anything is made or sent. */
    private static String fit(String what, String password) {
        Passwords.problem(password).ifPresent(problem -> {
            throw Exit.USAGE.because("This " + what + " is not taken" + problem.substring(problem.indexOf(':')) + ".");
        });
        return password;
    }

    /** In a dialogue, what is refused is asked for again. */
    <T> T threeTries(Supplier<T> asking) {
        for (int left = TRIES - 1; ; left--) {
            try {
                return asking.get();
            } catch (CommandFailure | WireException e) {
                boolean isEnd = e instanceof CommandFailure failure && failure.exit() == Exit.INTERRUPTED;
                if (left == 0 || isEnd || !shell.person().isThere()) {
                    throw e;
                }
                String why = String.valueOf(e.getMessage());
                shell.say(why + (why.endsWith(".") ? " Try again." : ". Try again."));
            }
        }
    }

    Optional<String> given(String what, String file) {
        String variable = "COVEY_" + what.toUpperCase(java.util.Locale.ROOT).replace(' ', '_');
        if (!file.isEmpty()) {
            if (file.equals("-") && shell.person().isThere()) {
                return Optional.of(ask(what, "Paste or type the " + what + " (it is not shown): "));
            }
            return Optional.of(firstLine(file, file.equals("-") ? fromInput(what) : fromFile(what, Path.of(file))));
        }
        String named = shell.variable(variable + "_FILE");
        if (!named.isEmpty()) {
            return Optional.of(firstLine(named, fromFile(what, Path.of(named))));
        }
        return Optional.of(shell.variable(variable)).filter(value -> !value.isEmpty());
    }

    private String ask(String what, String prompt) {
        if (!shell.person().isThere()) {
            String option = "--" + what.replace(' ', '-') + "-file";
            throw Exit.USAGE.because(
                    "There is no terminal to ask for the " + what + ". Give it with " + option + " FILE (or " + option
                            + " - for standard input), or in the environment variable COVEY_"
                            + what.toUpperCase(java.util.Locale.ROOT).replace(' ', '_') + "_FILE.");
        }
        char[] typed =
                shell.person().secret(prompt).orElseThrow(() -> Exit.INTERRUPTED.because("No " + what + " was typed."));
        String secret = CharBuffer.wrap(typed).toString();
        Arrays.fill(typed, ' ');
        return secret;
    }

    /** One line and no more: the next secret may follow on the next one. */
    private byte[] fromInput(String what) {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        try {
            for (int b = shell.in().read(); b >= 0 && b != '\n'; b = shell.in().read()) {
                line.write(b);
                if (line.size() > SECRET_BYTES_MAX) {
                    throw Exit.OVER_LIMIT.because("The first line of standard input is too long for a " + what + ".");
                }
            }
            return line.toByteArray();
        } catch (IOException e) {
            throw Exit.FAILED.because("Standard input, which should hold the " + what + ", breaks: " + e);
        }
    }

    private byte[] fromFile(String what, Path file) {
        try (java.io.InputStream in = Files.newInputStream(file)) {
            warnIfReadableByOthers(file);
            byte[] bytes = in.readNBytes(SECRET_BYTES_MAX + 1);
            if (bytes.length > SECRET_BYTES_MAX) {
                throw Exit.OVER_LIMIT.because("The " + what + " file " + file + " has more than " + SECRET_BYTES_MAX
                        + " bytes, so it is none (expected: one line).");
            }
            return bytes;
        } catch (IOException e) {
            throw Exit.USAGE.because("The " + what + " file " + file + " cannot be read: " + Verb.reason(e) + ".");
        }
    }

    private void warnIfReadableByOthers(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return; // a pipe such as <(pass covey) has no say in its mode
        }
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
        if (permissions.contains(PosixFilePermission.GROUP_READ)
                || permissions.contains(PosixFilePermission.OTHERS_READ)) {
            shell.say("covey: warning: others on this machine can read " + file + ". Use: chmod 600 " + file);
        }
    }

    private static String firstLine(String file, byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        String line = text.lines().findFirst().orElse("");
        if (line.isEmpty()) {
            throw Exit.USAGE.because((file.equals("-") ? "Standard input" : file) + " is empty (expected: one line).");
        }
        return line;
    }
}
