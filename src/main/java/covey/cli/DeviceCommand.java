package covey.cli;

import covey.web.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** An account's devices. */
@Command(
        name = "device",
        subcommands = {DeviceCommand.Ls.class, DeviceCommand.Revoke.class})
@Man(exits = {Exit.NOT_FOUND, Exit.DENIED, Exit.UNREACHABLE})
final class DeviceCommand extends Group {
    @Command(name = "ls")
    @Man(exits = {Exit.NOT_FOUND, Exit.DENIED, Exit.UNREACHABLE})
    static final class Ls extends Reading {
        @Parameters(arity = "0..1", paramLabel = "NAME")
        private String account = "";

        @Option(names = {"-a", "--all"})
        private boolean all;

        @Override
        Exit run() {
            Times times = new Times(shell());
            String whose = all ? "" : account.isEmpty() ? node().ask("whoami").text("account") : account(account);
            show(
                    "device.ls",
                    answer -> {
                        Table table = new Table("DEVICE", "NAME", "ACCOUNT", "STATE", "ENROLLED", "BY");
                        for (Json device : answer.list("devices")) {
                            table.row(
                                    Devices.shortId(device.text("device")),
                                    device.text("name"),
                                    MessageText.person(device.text("account")),
                                    device.flag("revoked") ? "revoked" : device.text("state"),
                                    times.of(device.number("enrolledMillis")),
                                    device.text("enrolment"));
                        }
                        table.print(shell());
                    },
                    "account",
                    whose);
            return Exit.OK;
        }
    }

    @Command(name = "revoke")
    @Man(exits = {Exit.NOT_FOUND, Exit.DENIED, Exit.UNREACHABLE})
    static final class Revoke extends Verb {
        @Parameters(paramLabel = "DEVICE")
        private String device = "";

        @Option(names = "--reason", paramLabel = "TEXT")
        private String reason = "";

        @Option(names = {"-y", "--yes"})
        private boolean yes;

        @Override
        Exit run() {
            Json found = new Devices(node()).find(device);
            String name = SafeText.line(MessageText.person(found.text("account")) + "/" + found.text("name"));
            confirm(yes, "Revoke " + name + " (" + Devices.shortId(found.text("device")) + ") for good?");
            node().ask("device.revoke", "device", found.text("device"), "reason", reason);
            say(name + " is revoked.");
            return Exit.OK;
        }
    }
}
