package covey.cli;

import picocli.CommandLine.Command;

@Command(
        name = "config",
        subcommands = {ConfigShowCommand.class})
final class ConfigCommand extends Group {}
