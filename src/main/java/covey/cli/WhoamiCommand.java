package covey.cli;

import picocli.CommandLine.Command;

@Command(name = "whoami")
@Man(exits = {Exit.DENIED, Exit.UNREACHABLE})
final class WhoamiCommand extends Reading {
    @Override
    Exit run() {
        show(
                "whoami",
                answer -> new Table()
                        .row("account", MessageText.person(answer.text("account")))
                        .row("role", answer.text("role"))
                        .row("device", answer.text("deviceName") + " (" + Devices.shortId(answer.text("device")) + ")")
                        .row(
                                "network",
                                answer.text("networkName") + " (" + Devices.shortId(answer.text("network")) + ")")
                        .print(shell()));
        return Exit.OK;
    }
}
