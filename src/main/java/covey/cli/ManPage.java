package covey.cli;

import covey.node.Setting;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.ResourceBundle;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** Lays out {@code --help} as a manual page: what, options, commands, examples, exit codes, environment, files. */
final class ManPage {
    private static final int WIDTH = 90;
    private static final int MARGIN = 2;

    private ManPage() {}

    static void install(CommandLine line) {
        line.setResourceBundle(ResourceBundle.getBundle("covey.cli.help", Locale.ROOT));
        line.setUsageHelpWidth(WIDTH);
        line.setUsageHelpLongOptionsMaxWidth(28);
        line.setHelpSectionKeys(List.of(
                UsageMessageSpec.SECTION_KEY_HEADER,
                UsageMessageSpec.SECTION_KEY_SYNOPSIS_HEADING,
                UsageMessageSpec.SECTION_KEY_SYNOPSIS,
                UsageMessageSpec.SECTION_KEY_DESCRIPTION_HEADING,
                UsageMessageSpec.SECTION_KEY_DESCRIPTION,
                "covey.operands",
                UsageMessageSpec.SECTION_KEY_PARAMETER_LIST,
                "covey.options",
                UsageMessageSpec.SECTION_KEY_OPTION_LIST,
                "covey.commands",
                "covey.examples",
                "covey.exits",
                "covey.environment",
                "covey.files"));
        var sections = line.getHelpSectionMap();
        sections.put("covey.operands", help -> help.parameterList().isEmpty() ? "" : "\nOperands:\n");
        sections.put("covey.options", help -> "\nOptions:\n");
        sections.put("covey.commands", ManPage::commands);
        sections.put("covey.examples", ManPage::examples);
        sections.put("covey.exits", ManPage::exits);
        sections.put("covey.environment", ManPage::environment);
        sections.put("covey.files", ManPage::files);
        line.setHelpSectionMap(sections);
        describeAll(line.getCommandSpec());
    }

    private static void describeAll(CommandSpec spec) {
        spec.usageMessage().sortOptions(false).abbreviateSynopsis(true).descriptionHeading("%n");
        spec.usageMessage().synopsisHeading("%nUsage: ");
        spec.subcommands().values().forEach(sub -> describeAll(sub.getCommandSpec()));
    }

    private static String commands(Help help) {
        StringBuilder out = new StringBuilder();
        if (help.commandSpec().parent() == null) {
            for (Commands.Group group : Commands.Group.values()) {
                out.append('\n').append(group.heading()).append(":\n");
                pairs(
                        out,
                        Commands.of(group).stream()
                                .filter(name -> help.subcommands().containsKey(name))
                                .map(name -> List.of(name, synopsis(help, name)))
                                .toList());
            }
        } else if (!help.subcommands().isEmpty()) {
            out.append("\nCommands:\n");
            pairs(
                    out,
                    help.subcommands().keySet().stream()
                            .map(name -> List.of(name, synopsis(help, name)))
                            .toList());
        }
        return out.toString();
    }

    private static String synopsis(Help help, String name) {
        String[] header = Optional.ofNullable(help.subcommands().get(name))
                .orElseThrow()
                .commandSpec()
                .usageMessage()
                .header();
        return header.length == 0 ? "" : header[0];
    }

    private static String examples(Help help) {
        String[] lines = help.commandSpec().usageMessage().footer();
        if (lines.length == 0) {
            return "";
        }
        return "\nExamples:\n"
                + String.join(
                        "\n", Arrays.stream(lines).map(line -> "  " + line).toList()) + "\n";
    }

    private static String exits(Help help) {
        List<Exit> exits = new ArrayList<>(List.of(Exit.OK, Exit.FAILED, Exit.USAGE));
        man(help).ifPresent(man -> exits.addAll(List.of(man.exits())));
        exits.add(Exit.INTERRUPTED);
        StringBuilder out = new StringBuilder("\nExit codes:\n");
        pairs(
                out,
                exits.stream()
                        .map(exit -> List.of(Integer.toString(exit.code()), exit.meaning()))
                        .toList());
        return out.toString();
    }

    private static String environment(Help help) {
        List<List<String>> pairs = new ArrayList<>();
        pairs.add(List.of("COVEY_HOME", "folder of one participant, as --home"));
        pairs.add(List.of("NO_COLOR", "when set and not empty: no colours"));
        man(help).ifPresent(man -> {
            Arrays.stream(man.environment()).map(ManPage::split).forEach(pairs::add);
            if (man.settings()) {
                for (Setting setting : Setting.values()) {
                    pairs.add(List.of(setting.environmentVariable(), "as " + setting.key() + " in config.toml"));
                }
            }
        });
        StringBuilder out = new StringBuilder("\nEnvironment:\n");
        pairs(out, pairs);
        return out.toString();
    }

    private static String files(Help help) {
        List<List<String>> pairs = new ArrayList<>();
        man(help).ifPresent(man -> {
            Arrays.stream(man.files()).map(ManPage::split).forEach(pairs::add);
            if (man.settings()) {
                pairs.add(List.of("HOME/config.toml", "settings; see `covey config show`"));
                pairs.add(List.of("HOME/log/", "logs, rotated daily and at 16 MiB"));
            }
        });
        if (pairs.isEmpty()) {
            return "";
        }
        StringBuilder out =
                new StringBuilder("\nFiles (HOME is --home or COVEY_HOME; without one, the XDG" + " folders):\n");
        pairs(out, pairs);
        return out.toString();
    }

    private static Optional<Man> man(Help help) {
        return Optional.ofNullable(help.commandSpec().userObject().getClass().getAnnotation(Man.class));
    }

    private static List<String> split(String nameAndMeaning) {
        int colon = nameAndMeaning.indexOf(": ");
        return List.of(nameAndMeaning.substring(0, colon), nameAndMeaning.substring(colon + 2));
    }

    /** Two columns, the second one wrapped at the page's width. */
    private static void pairs(StringBuilder out, List<List<String>> pairs) {
        int column = MARGIN;
        for (List<String> pair : pairs) {
            column = Math.max(column, pair.getFirst().length() + 2 * MARGIN);
        }
        for (List<String> pair : pairs) {
            out.repeat(" ", MARGIN).append(pair.getFirst());
            int at = MARGIN + pair.getFirst().length();
            out.repeat(" ", column - at);
            at = column;
            for (String word : pair.getLast().split(" ")) {
                if (at > column && at + 1 + word.length() > WIDTH) {
                    out.append('\n').repeat(" ", column);
                    at = column;
                }
                if (at > column) {
                    out.append(' ');
                    at++;
                }
                out.append(word);
                at += word.length();
            }
            out.append('\n');
        }
    }
}
