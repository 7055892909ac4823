package covey.cli;

import covey.web.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The accounts of the network, and what administrators do to them. */
@Command(
        name = "account",
        subcommands = {
            AccountCommand.Ls.class,
            AccountCommand.Role.class,
            AccountCommand.Disable.class,
            AccountCommand.Remove.class,
            AccountCommand.Reset.class
        })
@Man(exits = {Exit.NOT_FOUND, Exit.DENIED, Exit.UNREACHABLE})
final class AccountCommand extends Group {
    @Command(name = "ls")
    @Man(exits = {Exit.DENIED, Exit.UNREACHABLE})
    static final class Ls extends Reading {
        @Override
        Exit run() {
            show("account.ls", answer -> {
                Table table = new Table("ACCOUNT", "ROLE", "STATE", "DEVICES");
                for (Json account : answer.list("accounts")) {
                    table.row(
                            MessageText.person(account.text("account")),
                            account.text("role"),
                            account.flag("disabled") ? "disabled" : "active",
                            Integer.toString(account.list("devices").size()));
                }
                table.print(shell());
            });
            return Exit.OK;
        }
    }

    @Command(name = "role")
    @Man(exits = {Exit.NOT_FOUND, Exit.DENIED, Exit.UNREACHABLE})
    static final class Role extends Verb {
        /** Roles that people may have, as typed. */
        enum PersonRole {
            member,
            administrator
        }

        @Parameters(index = "0", paramLabel = "NAME")
        private String account = "";

        @Parameters(index = "1", paramLabel = "ROLE")
        private PersonRole role = PersonRole.member;

        @Override
        Exit run() {
            node().ask("account.role", "account", account(account), "role", role.name());
            say("@" + account(account) + " is now " + (role == PersonRole.member ? "a member." : "an administrator."));
            return Exit.OK;
        }
    }

    @Command(name = "disable")
    @Man(exits = {Exit.NOT_FOUND, Exit.DENIED, Exit.UNREACHABLE})
    static final class Disable extends Verb {
        @Parameters(paramLabel = "NAME")
        private String account = "";

        @Option(names = "--undo")
        private boolean undo;

        @Override
        Exit run() {
            node().ask("account.disable", "account", account(account), "disabled", !undo);
            say("@" + account(account) + (undo ? " may use the network again." : " is disabled."));
            return Exit.OK;
        }
    }

    @Command(name = "remove")
    @Man(exits = {Exit.NOT_FOUND, Exit.DENIED, Exit.UNREACHABLE})
    static final class Remove extends Verb {
        @Parameters(paramLabel = "NAME")
        private String account = "";

        @Option(names = {"-y", "--yes"})
        private boolean yes;

        @Override
        Exit run() {
            confirm(yes, "Remove @" + account(account) + " and all its devices for good?");
            node().ask("account.remove", "account", account(account));
            say("@" + account(account) + " is removed.");
            return Exit.OK;
        }
    }

    @Command(name = "reset")
    @Man(exits = {Exit.NOT_FOUND, Exit.DENIED, Exit.UNREACHABLE})
    static final class Reset extends Reading {
        @Parameters(paramLabel = "NAME")
        private String account = "";

        @Override
        Exit run() {
            show("account.reset", answer -> print(SafeText.line(answer.text("token"))), "account", account(account));
            return Exit.OK;
        }
    }
}
