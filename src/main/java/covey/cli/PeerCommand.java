package covey.cli;

import picocli.CommandLine.Command;

@Command(
        name = "peer",
        subcommands = {PeerRunCommand.class})
final class PeerCommand extends Group {}
