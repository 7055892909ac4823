package covey.cli;

import covey.screen.MessageText;
import covey.screen.SafeText;
import covey.web.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** An account's devices. */
@Command(name = "device")
final class DeviceCommand extends Group {
    @Command(name = "ls")
    void ls(
            @Option(names = "--json") boolean json,
            @Parameters(arity = "0..1", paramLabel = "NAME", defaultValue = "") String account,
            @Option(names = {"-a", "--all"}) boolean all) {
        String whose = all ? "" : account.isEmpty() ? node().ask("whoami").text("account") : account(account);
        ask(json, "device.ls", "account", whose)
                .ifPresent(answer -> show(
                        answer.list("devices"),
                        "DEVICE | NAME | ACCOUNT | STATE | ENROLLED | BY",
                        "{id:device} | {name} | {person:account} | {revoked?revoked:{state}}"
                                + " | {time:enrolledMillis} | {enrolment}"));
    }

    @Command(name = "revoke")
    void revoke(
            @Parameters(paramLabel = "DEVICE") String device,
            @Option(names = "--reason", paramLabel = "TEXT", defaultValue = "") String reason,
            @Option(names = {"-y", "--yes"}) boolean yes) {
        Json found = new Devices(node()).find(device);
        String name = SafeText.line(MessageText.person(found.text("account")) + "/" + found.text("name"));
        confirm(yes, "Revoke " + name + " (" + Devices.shortId(found.text("device")) + ") for good?");
        node().ask("device.revoke", "device", found.text("device"), "reason", reason);
        say(name + " is revoked.");
    }
}
