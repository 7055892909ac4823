package covey.cli;

import covey.node.Config;
import covey.node.Home;
import covey.node.Setting;
import covey.screen.Exit;
import covey.screen.SafeText;
import covey.web.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "show")
final class ConfigShowCommand extends Verb {
    @Mixin
    private SettingFlags flags = new SettingFlags();

    @Option(names = "--origin")
    private boolean origin;

    @Option(names = "--json")
    private boolean json;

    @Override
    Exit run() {
        Home home = home();
        Config config = Config.load(home, shell().environment(), flags.all());
        if (json) {
            Map<String, Object> settings = new LinkedHashMap<>();
            for (Setting setting : Setting.values()) {
                Config.Value value = config.value(setting);
                settings.put(setting.key(), Map.of("value", value.text(), "origin", value.origin()));
            }
            print(SafeText.json(Json.object("file", home.config().toString(), "settings", settings)));
            return Exit.OK;
        }
        Table table = origin ? new Table("SETTING", "VALUE", "ORIGIN") : new Table("SETTING", "VALUE");
        for (Setting setting : Setting.values()) {
            Config.Value value = config.value(setting);
            if (origin) {
                table.row(setting.key(), value.text(), value.origin());
            } else {
                table.row(setting.key(), value.text());
            }
        }
        table.print(shell());
        return Exit.OK;
    }
}
