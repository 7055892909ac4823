package covey.cli;

import picocli.CommandLine.Command;

@Command(
        name = "peer",
        subcommands = {PeerRunCommand.class})
@Man(exits = {Exit.NOT_FOUND, Exit.DENIED, Exit.UNREACHABLE})
final class PeerCommand extends Group {}
