package covey.cli;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine;

/**
 * All commands by name. Only the one that was typed is looked into: reading the annotations of fifty classes would cost
 * a short command more than it does.
 */
final class Commands {
    /** Sections of the root's help page. */
    enum Group {
        NETWORK("Start, stop, join"),
        TALK("Talk"),
        FILES("Files"),
        PEOPLE("People and devices"),
        OPERATE("Look and operate");

        private final String heading;

        Group(String heading) {
            this.heading = heading;
        }

        String heading() {
            return heading;
        }
    }

    private record Entry(Group group, Class<?> type) {}

    private static final Map<String, Entry> TOP = new LinkedHashMap<>();

    static {
        add(Group.NETWORK, "up", UpCommand.class);
        add(Group.NETWORK, "hub", HubCommand.class);
        add(Group.NETWORK, "peer", PeerCommand.class);
        add(Group.NETWORK, "stop", StopCommand.class);
        add(Group.NETWORK, "join", JoinCommand.class);
        add(Group.NETWORK, "login", LoginCommand.class);
        add(Group.NETWORK, "logout", LogoutCommand.class);
        add(Group.TALK, "chat", ChatCommand.class);
        add(Group.TALK, "send", SendCommand.class);
        add(Group.TALK, "announce", AnnounceCommand.class);
        add(Group.TALK, "inbox", InboxCommand.class);
        add(Group.TALK, "history", HistoryCommand.class);
        add(Group.TALK, "room", RoomCommand.class);
        add(Group.FILES, "share", ShareCommand.class);
        add(Group.FILES, "search", SearchCommand.class);
        add(Group.FILES, "lookup", LookupCommand.class);
        add(Group.FILES, "get", GetCommand.class);
        add(Group.FILES, "transfers", TransfersCommand.class);
        add(Group.FILES, "cancel", CancelCommand.class);
        add(Group.FILES, "content", ContentCommand.class);
        add(Group.PEOPLE, "ls", LsCommand.class);
        add(Group.PEOPLE, "whoami", WhoamiCommand.class);
        add(Group.PEOPLE, "passwd", PasswdCommand.class);
        add(Group.PEOPLE, "verify", VerifyCommand.class);
        add(Group.PEOPLE, "block", BlockCommand.class);
        add(Group.PEOPLE, "account", AccountCommand.class);
        add(Group.PEOPLE, "device", DeviceCommand.class);
        add(Group.OPERATE, "status", StatusCommand.class);
        add(Group.OPERATE, "why", WhyCommand.class);
        add(Group.OPERATE, "audit", AuditCommand.class);
        add(Group.OPERATE, "doctor", DoctorCommand.class);
        add(Group.OPERATE, "config", ConfigCommand.class);
        add(Group.OPERATE, "completion", CompletionCommand.class);
    }

    /** Not for people, so not on the help page. */
    private static final Map<String, Class<?>> HIDDEN = Map.of("warm-up", WarmUpCommand.class);

    /** Options of the root that take a value, which is therefore not a command. */
    private static final Set<String> VALUED = Set.of("--home", "--color");

    private Commands() {}

    private static void add(Group group, String name, Class<?> type) {
        TOP.put(name, new Entry(group, type));
    }

    static List<String> of(Group group) {
        return TOP.entrySet().stream()
                .filter(entry -> entry.getValue().group() == group)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** A command line that knows the command of these arguments, or all when they name none. */
    static CommandLine lineFor(Covey covey, String... arguments) {
        CommandLine line = new CommandLine(covey);
        String name = commandIn(arguments);
        Entry entry = TOP.getOrDefault(name, new Entry(Group.OPERATE, HIDDEN.getOrDefault(name, Covey.class)));
        if (entry.type() == Covey.class) {
            TOP.forEach((each, command) -> line.addSubcommand(each, command.type()));
        } else {
            line.addSubcommand(name, entry.type());
        }
        // A word such as @bob is a person, not a file of further arguments.
        line.setExpandAtFiles(false);
        return line;
    }

    private static String commandIn(String... arguments) {
        for (int i = 0; i < arguments.length; i++) {
            if (VALUED.contains(arguments[i])) {
                i++;
            } else if (!arguments[i].startsWith("-")) {
                return arguments[i];
            } else if (Arrays.asList("-h", "--help", "-V", "--version").contains(arguments[i])) {
                return "";
            }
        }
        return "";
    }
}
