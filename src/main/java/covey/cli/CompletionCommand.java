package covey.cli;

import covey.screen.Exit;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Parameters;

@Command(name = "completion")
final class CompletionCommand extends Verb {
    /** Shells, as typed. */
    enum ShellName {
        bash,
        zsh,
        fish
    }

    @Parameters(paramLabel = "SHELL")
    private ShellName name = ShellName.bash;

    @Override
    Exit run() {
        CommandLine all = Commands.lineFor(new Covey(shell()));
        ManPage.install(all); // its texts describe commands and options here too
        switch (name) {
            case bash, zsh -> print(AutoComplete.bash("covey", all)); // it asks zsh for bashcompinit by itself
            case fish -> print(fish(all.getCommandSpec()));
        }
        return Exit.OK;
    }

    private static String fish(CommandSpec root) {
        StringBuilder out = new StringBuilder("# fish completion for covey\ncomplete -c covey -f\n");
        options(out, root, "");
        commands(out, root, "__fish_use_subcommand", "");
        return out.toString();
    }

    private static void commands(StringBuilder out, CommandSpec of, String condition, String path) {
        String names = String.join(" ", of.subcommands().keySet());
        of.subcommands().forEach((name, command) -> {
            CommandSpec spec = command.getCommandSpec();
            out.append("complete -c covey -n '")
                    .append(condition)
                    .append("' -a ")
                    .append(name);
            out.append(" -d '")
                    .append(quoted(String.join(" ", spec.usageMessage().header())))
                    .append("'\n");
            String seen = (path.isEmpty() ? "" : path + "; and ") + "__fish_seen_subcommand_from " + name;
            options(out, spec, seen);
            String inner = String.join(" ", spec.subcommands().keySet());
            if (!inner.isEmpty()) {
                commands(out, spec, seen + "; and not __fish_seen_subcommand_from " + inner, seen);
            }
        });
        assert !names.isEmpty();
    }

    private static void options(StringBuilder out, CommandSpec of, String condition) {
        for (OptionSpec option : of.options()) {
            if (of.parent() != null && option.inherited()) {
                continue; // said once, for the root
            }
            out.append("complete -c covey");
            if (!condition.isEmpty()) {
                out.append(" -n '").append(condition).append('\'');
            }
            for (String name : option.names()) {
                out.append(name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1));
            }
            out.append(option.arity().max() > 0 ? " -r" : "")
                    .append(option.paramLabel().matches("F|DIR") ? " -F" : "");
            out.append(" -d '")
                    .append(quoted(String.join(" ", option.description())))
                    .append("'\n");
        }
    }

    private static String quoted(String text) {
        int end = text.indexOf(". ");
        return (end < 0 ? text : text.substring(0, end)).replace("\\", "\\\\").replace("'", "\\'");
    }
}
