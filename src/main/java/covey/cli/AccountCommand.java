package covey.cli;

import covey.screen.SafeText;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The accounts of the network, and what administrators do to them. */
@Command(name = "account")
final class AccountCommand extends Group {
    /** Roles that people may have, as typed. */
    enum PersonRole {
        member,
        administrator
    }

    @Command(name = "ls")
    void ls(@Option(names = "--json") boolean json) {
        ask(json, "account.ls")
                .ifPresent(answer -> show(
                        answer.list("accounts"),
                        "ACCOUNT | ROLE | STATE | DEVICES",
                        "{person:account} | {role} | {disabled?disabled:active} | {count:devices}"));
    }

    @Command(name = "role")
    void role(@Parameters(paramLabel = "NAME") String account, @Parameters(paramLabel = "ROLE") PersonRole role) {
        node().ask("account.role", "account", account(account), "role", role.name());
        say("@" + account(account) + " is now " + (role == PersonRole.member ? "a member." : "an administrator."));
    }

    @Command(name = "disable")
    void disable(@Parameters(paramLabel = "NAME") String account, @Option(names = "--undo") boolean undo) {
        node().ask("account.disable", "account", account(account), "disabled", !undo);
        say("@" + account(account) + (undo ? " may use the network again." : " is disabled."));
    }

    @Command(name = "remove")
    void remove(@Parameters(paramLabel = "NAME") String account, @Option(names = {"-y", "--yes"}) boolean yes) {
        confirm(yes, "Remove @" + account(account) + " and all its devices for good?");
        node().ask("account.remove", "account", account(account));
        say("@" + account(account) + " is removed.");
    }

    @Command(name = "reset")
    void reset(@Option(names = "--json") boolean json, @Parameters(paramLabel = "NAME") String account) {
        ask(json, "account.reset", "account", account(account))
                .ifPresent(answer -> print(SafeText.line(answer.text("token"))));
    }
}
