package covey.cli;

import covey.screen.Exit;
import picocli.CommandLine.ParameterException;

/** A command that only has commands below it. */
abstract class Group extends Verb {
    @Override
    final Exit run() {
        throw new ParameterException(
                spec.commandLine(),
                "Missing command: " + spec.qualifiedName() + " takes one of: "
                        + String.join(", ", spec.subcommands().keySet()));
    }
}
