package covey.cli;

import covey.screen.MessageText;
import covey.screen.SafeText;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Rooms: who may read them, and who is in them. */
@Command(name = "room")
final class RoomCommand extends Group {
    @Command(name = "create")
    void create(@Parameters(paramLabel = "ROOM") String room, @Option(names = "--private") boolean isPrivate) {
        node().ask("room.create", "name", room(room), "private", isPrivate);
        say("Made the " + (isPrivate ? "private" : "public") + " room " + room(room) + ".");
    }

    @Command(name = "invite")
    void invite(@Parameters(paramLabel = "ROOM") String room, @Parameters(paramLabel = "NAME") String account) {
        node().ask("room.invite", "room", room(room), "account", account(account));
        say("@" + account(account) + " is now a member of " + room(room) + ".");
    }

    @Command(name = "kick")
    void kick(@Parameters(paramLabel = "ROOM") String room, @Parameters(paramLabel = "NAME") String account) {
        node().ask("room.kick", "room", room(room), "account", account(account));
        say("@" + account(account) + " is no longer a member of " + room(room) + ".");
    }

    @Command(name = "members")
    void members(@Option(names = "--json") boolean json, @Parameters(paramLabel = "ROOM") String room) {
        ask(json, "room.members", "room", room(room))
                .ifPresent(answer -> answer.list("members")
                        .forEach(member -> print(SafeText.line(MessageText.person(member.text())))));
    }

    @Command(name = "join")
    void join(@Parameters(paramLabel = "ROOM") String room) {
        node().ask("room.join", "room", room(room));
        say("Joined " + room(room) + ".");
    }

    @Command(name = "leave")
    void leave(@Parameters(paramLabel = "ROOM") String room) {
        node().ask("room.leave", "room", room(room));
        say("Left " + room(room) + ".");
    }

    @Command(name = "ls")
    void ls(@Option(names = "--json") boolean json) {
        ask(json, "room.ls")
                .ifPresent(answer -> show(
                        answer.list("rooms"),
                        "ROOM | KIND | MEMBERS | JOINED | UNREAD",
                        "{name} | {private?private:public} | {members} | {joined?yes:no} | {unread}"));
    }
}
