package covey.cli;

import picocli.CommandLine.Command;

@Command(
        name = "hub",
        subcommands = {HubRunCommand.class, HubStatusCommand.class, TokenCommand.class})
final class HubCommand extends Group {}
