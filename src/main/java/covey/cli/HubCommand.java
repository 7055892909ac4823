package covey.cli;

import picocli.CommandLine.Command;

@Command(
        name = "hub",
        subcommands = {HubRunCommand.class, HubStatusCommand.class, TokenCommand.class})
@Man(exits = {Exit.NOT_FOUND, Exit.DENIED, Exit.UNREACHABLE})
final class HubCommand extends Group {}
