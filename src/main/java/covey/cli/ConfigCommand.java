package covey.cli;

import picocli.CommandLine.Command;

@Command(
        name = "config",
        subcommands = {ConfigShowCommand.class})
@Man(exits = {Exit.NOT_FOUND, Exit.DENIED, Exit.UNREACHABLE})
final class ConfigCommand extends Group {}
