package covey.cli;

import covey.web.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Rooms: who may read them, and who is in them. */
@Command(
        name = "room",
        subcommands = {
            RoomCommand.Create.class,
            RoomCommand.Invite.class,
            RoomCommand.Kick.class,
            RoomCommand.Members.class,
            RoomCommand.Join.class,
            RoomCommand.Leave.class,
            RoomCommand.Ls.class
        })
@Man(exits = {Exit.NOT_FOUND, Exit.DENIED, Exit.UNREACHABLE})
final class RoomCommand extends Group {
    @Command(name = "create")
    @Man(exits = {Exit.DENIED, Exit.UNREACHABLE, Exit.OVER_LIMIT})
    static final class Create extends Verb {
        @Parameters(paramLabel = "ROOM")
        private String name = "";

        @Option(names = "--private")
        private boolean isPrivate;

        @Override
        Exit run() {
            node().ask("room.create", "name", room(name), "private", isPrivate);
            say("Made the " + (isPrivate ? "private" : "public") + " room " + room(name) + ".");
            return Exit.OK;
        }
    }

    @Command(name = "invite")
    @Man(exits = {Exit.NOT_FOUND, Exit.DENIED, Exit.UNREACHABLE, Exit.OVER_LIMIT})
    static final class Invite extends Verb {
        @Parameters(index = "0", paramLabel = "ROOM")
        private String name = "";

        @Parameters(index = "1", paramLabel = "NAME")
        private String account = "";

        @Override
        Exit run() {
            node().ask("room.invite", "room", room(name), "account", account(account));
            say("@" + account(account) + " is now a member of " + room(name) + ".");
            return Exit.OK;
        }
    }

    @Command(name = "kick")
    @Man(exits = {Exit.NOT_FOUND, Exit.DENIED, Exit.UNREACHABLE})
    static final class Kick extends Verb {
        @Parameters(index = "0", paramLabel = "ROOM")
        private String name = "";

        @Parameters(index = "1", paramLabel = "NAME")
        private String account = "";

        @Override
        Exit run() {
            node().ask("room.kick", "room", room(name), "account", account(account));
            say("@" + account(account) + " is no longer a member of " + room(name) + ".");
            return Exit.OK;
        }
    }

    @Command(name = "members")
    @Man(exits = {Exit.NOT_FOUND, Exit.DENIED, Exit.UNREACHABLE})
    static final class Members extends Reading {
        @Parameters(paramLabel = "ROOM")
        private String name = "";

        @Override
        Exit run() {
            show(
                    "room.members",
                    answer -> answer.list("members")
                            .forEach(member -> print(SafeText.line(MessageText.person(member.text())))),
                    "room",
                    room(name));
            return Exit.OK;
        }
    }

    @Command(name = "join")
    @Man(exits = {Exit.NOT_FOUND, Exit.DENIED, Exit.UNREACHABLE})
    static final class Join extends Verb {
        @Parameters(paramLabel = "ROOM")
        private String name = "";

        @Override
        Exit run() {
            node().ask("room.join", "room", room(name));
            say("Joined " + room(name) + ".");
            return Exit.OK;
        }
    }

    @Command(name = "leave")
    @Man(exits = {Exit.NOT_FOUND, Exit.DENIED, Exit.UNREACHABLE})
    static final class Leave extends Verb {
        @Parameters(paramLabel = "ROOM")
        private String name = "";

        @Override
        Exit run() {
            node().ask("room.leave", "room", room(name));
            say("Left " + room(name) + ".");
            return Exit.OK;
        }
    }

    @Command(name = "ls")
    @Man
    static final class Ls extends Reading {
        @Override
        Exit run() {
            show("room.ls", answer -> {
                Table table = new Table("ROOM", "KIND", "MEMBERS", "JOINED", "UNREAD");
                for (Json room : answer.list("rooms")) {
                    table.row(
                            room.text("name"),
                            room.flag("private") ? "private" : "public",
                            Long.toString(room.number("members")),
                            room.flag("joined") ? "yes" : "no",
                            Long.toString(room.number("unread")));
                }
                table.print(shell());
            });
            return Exit.OK;
        }
    }
}
