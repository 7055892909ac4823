package covey.cli;

import covey.node.Setting;
import covey.screen.Exit;
import covey.screen.Wrap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.ResourceBundle;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** Lays out {@code --help} as a manual page: what, options, commands, examples, exit codes, environment, files. */
final class ManPage {
    private static final int WIDTH = 80;
    private static final int MARGIN = 2;

    private ManPage() {}

    static void install(CommandLine line) {
        line.setResourceBundle(ResourceBundle.getBundle("covey.cli.help", Locale.ROOT));
        line.setUsageHelpWidth(WIDTH);
        line.setHelpSectionKeys(List.of(
                UsageMessageSpec.SECTION_KEY_HEADER,
                UsageMessageSpec.SECTION_KEY_SYNOPSIS_HEADING,
                UsageMessageSpec.SECTION_KEY_SYNOPSIS,
                "covey.description",
                "covey.operands",
                "covey.options",
                "covey.commands",
                "covey.examples",
                "covey.exits",
                "covey.environment",
                "covey.files"));
        var sections = line.getHelpSectionMap();
        sections.put("covey.description", ManPage::description);
        sections.put("covey.operands", ManPage::operands);
        sections.put("covey.options", ManPage::options);
        sections.put("covey.commands", ManPage::commands);
        sections.put("covey.examples", ManPage::examples);
        sections.put("covey.exits", ManPage::exits);
        sections.put("covey.environment", ManPage::environment);
        sections.put("covey.files", ManPage::files);
        line.setHelpSectionMap(sections);
        describeAll(line.getCommandSpec());
    }

    private static void describeAll(CommandSpec spec) {
        spec.usageMessage().sortOptions(false).abbreviateSynopsis(true);
        spec.usageMessage().synopsisHeading("%nUsage: ");
        spec.subcommands().values().forEach(sub -> describeAll(sub.getCommandSpec()));
    }

    private static String description(Help help) {
        return Arrays.stream(help.commandSpec().usageMessage().description())
                .map(paragraph -> Wrap.hanging(format(paragraph), 0, WIDTH) + "\n")
                .collect(Collectors.joining("", "\n", ""));
    }

    private static String operands(Help help) {
        List<List<String>> pairs = new ArrayList<>();
        for (PositionalParamSpec operand : help.commandSpec().positionalParameters()) {
            pairs.add(List.of(operand.paramLabel(), described(operand)));
        }
        return pairs.isEmpty() ? "" : "\nOperands:\n" + pairs(pairs);
    }

    private static String options(Help help) {
        List<List<String>> pairs = new ArrayList<>();
        help.commandSpec().options().stream()
                .sorted(Comparator.comparing(OptionSpec::inherited).thenComparingInt(OptionSpec::order))
                .forEach(option -> {
                    String names = String.join(", ", option.names());
                    String value = option.arity().max() == 0 ? "" : "=" + option.paramLabel();
                    pairs.add(List.of((names.startsWith("--") ? "    " : "") + names + value, described(option)));
                });
        return "\nOptions:\n" + pairs(pairs);
    }

    private static String described(ArgSpec argument) {
        return format(String.join(" ", argument.description()));
    }

    /** As picocli fills its own sections. */
    private static String format(String text) {
        return String.format(Locale.ROOT, text);
    }

    /** The root's commands in their sections, those of others in the order in which the texts name them. */
    private static String commands(Help help) {
        if (help.commandSpec().parent() != null) {
            String commands = commands(help, words(help, "commands"));
            return commands.isEmpty() ? "" : "\nCommands:\n" + commands;
        }
        return Arrays.stream(Commands.Group.values())
                .map(group -> "\n" + group.heading() + ":\n" + commands(help, Commands.of(group)))
                .collect(Collectors.joining());
    }

    private static String commands(Help help, List<String> names) {
        List<List<String>> pairs = new ArrayList<>();
        for (String name : names) {
            Optional.ofNullable(help.subcommands().get(name))
                    .map(sub -> sub.commandSpec().usageMessage().header())
                    .ifPresent(header -> pairs.add(List.of(name, String.join(" ", header))));
        }
        return pairs(pairs);
    }

    private static String examples(Help help) {
        return Arrays.stream(help.commandSpec().usageMessage().footer())
                .map(line -> "  " + line + "\n")
                .collect(Collectors.joining("", "\nExamples:\n", ""));
    }

    private static String exits(Help help) {
        List<List<String>> pairs = new ArrayList<>();
        for (Exit exit : Exit.values()) {
            String code = Integer.toString(exit.code());
            if (exit.isOfAll() || words(help, "exits").contains(code)) {
                pairs.add(List.of(code, exit.meaning()));
            }
        }
        return "\nExit codes:\n" + pairs(pairs);
    }

    private static String environment(Help help) {
        List<List<String>> pairs = new ArrayList<>();
        pairs.add(List.of("COVEY_HOME", "folder of one participant, as --home"));
        pairs.add(List.of("NO_COLOR", "when set and not empty: no colours"));
        pairs.addAll(told(help, "environment"));
        if (hasSettings(help)) {
            boolean isPeer = help.commandSpec().userObject() instanceof PeerRunCommand;
            boolean isHub = help.commandSpec().userObject() instanceof HubRunCommand;
            for (Setting setting : Setting.values()) {
                if (!(isPeer && setting.key().startsWith("hub."))
                        && !(isHub && setting.key().startsWith("peer."))) {
                    pairs.add(List.of(setting.environmentVariable(), "as " + setting.key() + " in config.toml"));
                }
            }
        }
        return "\nEnvironment:\n" + pairs(pairs);
    }

    private static String files(Help help) {
        List<List<String>> pairs = new ArrayList<>(told(help, "files"));
        if (hasSettings(help)) {
            pairs.add(List.of("HOME/config.toml", "settings; see `covey config show`"));
            pairs.add(List.of("HOME/log/", "logs, rotated daily and at 16 MiB"));
        }
        String heading = "\nFiles (HOME is --home or COVEY_HOME; without one, the XDG folders):\n";
        return pairs.isEmpty() ? "" : heading + pairs(pairs);
    }

    /** The command takes the settings of a process, each also by environment variable and file. */
    private static boolean hasSettings(Help help) {
        return help.commandSpec().mixins().values().stream()
                .anyMatch(mixin -> mixin.userObject() instanceof SettingFlags);
    }

    /** What the texts say of a command, beyond what picocli reads there. */
    private static String text(Help help, String what) {
        String key = help.commandSpec().qualifiedName(".") + ".usage." + what;
        return help.commandSpec().resourceBundle().containsKey(key)
                ? help.commandSpec().resourceBundle().getString(key)
                : "";
    }

    private static List<String> words(Help help, String what) {
        return List.of(text(help, what).split(" "));
    }

    /** Lines such as "NAME: meaning". */
    private static List<List<String>> told(Help help, String what) {
        return text(help, what)
                .lines()
                .map(line -> List.of(line.split(": ", 2)))
                .toList();
    }

    /** Two columns, the second one wrapped at the page's width. */
    private static String pairs(List<List<String>> pairs) {
        StringBuilder out = new StringBuilder();
        int column = MARGIN;
        for (List<String> pair : pairs) {
            column = Math.max(column, pair.getFirst().length() + 2 * MARGIN);
        }
        for (List<String> pair : pairs) {
            out.repeat(" ", MARGIN).append(pair.getFirst());
            out.repeat(" ", column - MARGIN - pair.getFirst().length());
            out.append(Wrap.hanging(pair.getLast(), column, WIDTH)).append('\n');
        }
        return out.toString();
    }
}
