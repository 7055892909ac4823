package covey.cli;

import covey.directory.Refused;
import covey.identity.UntrustedException;
import covey.screen.CommandFailure;
import covey.screen.Exit;
import covey.screen.SafeText;
import covey.screen.Shell;
import covey.store.StoreException;
import covey.transport.Transport;
import covey.web.LocalClient;
import covey.wire.WireException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The program: finds the command, runs it, and turns what went wrong into a sentence and an exit code. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        StartUp.prepare();
        Covey covey = new Covey(Shell.ofProcess());
        int code = run(covey, arguments);
        if (covey.needsOrderlyExit()) {
            System.exit(code);
        }
        // Nothing is open and all is flushed. System.exit would look for a logger in every jar first.
        Runtime.getRuntime().halt(code);
    }

    static int run(Shell shell, String... arguments) {
        return run(new Covey(shell), arguments);
    }

    private static int run(Covey covey, String... arguments) {
        Shell shell = covey.shell();
        CommandLine line = Commands.lineFor(covey, arguments);
        line.setOut(shell.writer(shell.out()));
        line.setErr(shell.writer(shell.err()));
        line.setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler((problem, typed) -> misused(shell, problem));
        line.setExecutionExceptionHandler((problem, command, parsed) -> failed(covey, problem));
        if (wantsPage(arguments)) {
            ManPage.install(line);
        }
        int code = line.execute(arguments);
        shell.out().flush();
        shell.err().flush();
        return code;
    }

    /** Laying out help costs a few milliseconds that only help should pay for. */
    private static boolean wantsPage(String... arguments) {
        for (String argument : arguments) {
            if (argument.equals("--help") || argument.equals("-h")) {
                return true;
            }
        }
        return arguments.length == 0;
    }

    private static int misused(Shell shell, ParameterException problem) {
        CommandLine command = problem.getCommandLine();
        shell.say("covey: " + problem.getMessage());
        String below = commandBelow(command, problem);
        if (below.isEmpty()) {
            UnmatchedArgumentException.printSuggestions(problem, shell.writer(shell.err()));
        } else {
            shell.say("Did you mean: " + below);
        }
        shell.say("Try: " + command.getCommandSpec().qualifiedName() + " --help");
        return Exit.USAGE.code();
    }

    /** A command that was typed without the one it belongs to, such as "token" without "hub". */
    private static String commandBelow(CommandLine command, ParameterException problem) {
        if (!(problem instanceof UnmatchedArgumentException unmatched)) {
            return "";
        }
        String typed = unmatched.getUnmatched().getFirst();
        return command.getSubcommands().values().stream()
                .flatMap(group -> group.getSubcommands().entrySet().stream())
                .filter(below -> below.getKey().equals(typed))
                .map(below -> below.getValue().getCommandSpec().qualifiedName())
                .collect(Collectors.joining(" or "));
    }

    private static int failed(Covey covey, Exception problem) {
        Shell shell = covey.shell();
        Exit exit = exitOf(problem);
        shell.out().flush();
        shell.say("covey: " + covey.hints(SafeText.lines(sentenceOf(problem))));
        if (exit == Exit.FAILED && shell.variable("COVEY_LOG_LEVEL").equalsIgnoreCase("debug")) {
            problem.printStackTrace(shell.err());
        }
        return exit.code();
    }

    private static Exit exitOf(Exception problem) {
        if (problem instanceof CommandFailure failure) {
            return failure.exit(); // the common case, before classes of the others are loaded
        }
        return switch (problem) {
            case WireException wire -> Exit.of(wire.code().name());
            case LocalClient.RefusedException refused -> Exit.of(refused.code().name());
            case Refused refused -> Exit.of(refused.code().name());
            case StoreException store when store.isDamaged() -> Exit.DAMAGED;
            case StoreException store when store.isDiskFull() -> Exit.OVER_LIMIT;
            case UntrustedException untrusted -> Exit.DAMAGED;
            case InterruptedException interrupted -> Exit.INTERRUPTED;
            default -> Exit.FAILED;
        };
    }

    private static String sentenceOf(Exception problem) {
        String message = String.valueOf(problem.getMessage() == null ? problem : problem.getMessage());
        if (problem instanceof CommandFailure) {
            return message;
        }
        return switch (problem) {
            case WireException wire -> message;
            case LocalClient.RefusedException refused -> message;
            case Refused refused -> message;
            case StoreException store -> message;
            case UntrustedException untrusted -> message;
            case Transport.ListenException listen -> message;
            case InterruptedException interrupted -> "Interrupted.";
            case IOException io -> "A file or connection failed: " + Verb.reason(io) + ".";
            case UncheckedIOException io -> "A file or connection failed: " + message + ".";
            default ->
                "This is a fault in Covey: " + problem + ". Run it again with COVEY_LOG_LEVEL=debug to see where.";
        };
    }
}
