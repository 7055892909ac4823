package covey.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import covey.hub.HubSettings;
import covey.peer.PeerSettings;
import covey.transport.Transport.Address;
import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConfigTest {
    @TempDir
    Path folder;

    private Home home() {
        return Home.of(Optional.of(folder.toString()), Map.of());
    }

    private Config config(String file, Map<String, String> environment, Map<Setting, String> flags) throws IOException {
        Files.writeString(home().config(), file);
        return Config.load(home(), environment, flags);
    }

    @Test
    void aFlagGoesBeforeTheEnvironmentThatBeforeTheFileThatBeforeTheDefault() throws IOException {
        String file = "# comment\n[hub]\nlisten = \"h:1\"\nadvertise = [\"a:1\", \"b\"]\n\n[log]\nlevel = \"warn\"\n";
        Config config = config(
                file, Map.of("COVEY_LOG_LEVEL", "debug", "COVEY_HUB_LISTEN", "e:2"), Map.of(Setting.HUB_LISTEN, "f:3"));

        assertThat(config.value(Setting.HUB_LISTEN)).isEqualTo(new Config.Value("f:3", "flag --listen"));
        assertThat(config.value(Setting.LOG_LEVEL)).isEqualTo(new Config.Value("debug", "environment COVEY_LOG_LEVEL"));
        assertThat(config.value(Setting.HUB_ADVERTISE)).isEqualTo(new Config.Value("a:1,b", home().config() + ":4"));
        assertThat(config.value(Setting.LOG_FORMAT)).isEqualTo(new Config.Value("text", "default"));
        assertThat(config.addresses(Setting.HUB_ADVERTISE, 7440))
                .containsExactly(new Address("a", 1), new Address("b", 7440));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[hub]~listne = \"x:1\"|line 2|'hub.listne' is not known",
                "colour = \"x\"|line 1|'colour' is not known",
                "[wrong]~x = \"y\"|line 1|'wrong' is not known",
                "[hub]~listen = \"x:99999\"|line 2|HOST:PORT",
                "[peer]~listen = \"7555\"|line 2|or *:PORT",
                "[hub]~~listen = 7440|line 3|a text in quotes",
                "[hub]~advertise = [1]|line 2|texts in quotes",
                "[log]~level = \"loud\"|line 2|debug",
                "[hub]~listen = \"x:1\"~listen = \"x:2\"|line 3|",
                "[hub~listen = \"x:1\"|line 1|",
            })
    void whatIsWrongInTheFileIsToldWithItsLine(String file, String line, String why) {
        assertThatThrownBy(() -> config(file.replace('~', '\n'), Map.of(), Map.of()))
                .isInstanceOfSatisfying(
                        WireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BAD_REQUEST))
                .hasMessageContaining(home().config().toString())
                .hasMessageContaining(line)
                .hasMessageContaining(why == null ? "" : why);
    }

    @Test
    void aWrongVariableIsToldWithItsName() {
        assertThatThrownBy(() -> config("", Map.of("COVEY_OPS_LISTEN", "everywhere:x"), Map.of()))
                .hasMessageContaining("COVEY_OPS_LISTEN")
                .hasMessageContaining("or off");
    }

    @Test
    void whatAProcessMustFindAgainIsKeptAndTheRestOfTheFileStays() throws IOException {
        String file = "# mine\n[hub]\nadvertise = [\n  \"a:1\",\n  \"b:2\"]\n# end\n\n[log]\nlevel = \"warn\"\n";
        Map<Setting, String> flags =
                Map.of(Setting.HUB_LISTEN, "*:7500", Setting.HUB_ADVERTISE, "c:3, d:4", Setting.OPS_LISTEN, "off");
        assertThat(config(file, Map.of(), flags).remember(home())).hasSize(3);

        assertThat(Files.readString(home().config())).isEqualTo("""
                        # mine
                        [hub]
                        listen = "*:7500"
                        advertise = ["c:3", "d:4"]
                        # end

                        [log]
                        level = "warn"
                        [ops]
                        listen = "off"
                        """);
        Config next = Config.load(home(), Map.of(), Map.of());
        assertThat(next.value(Setting.HUB_LISTEN)).isEqualTo(new Config.Value("*:7500", home().config() + ":3"));
        assertThat(next.remember(home())).isEmpty();
        assertThat(Config.load(home(), Map.of(), Map.of(Setting.PEER_LISTEN, "*:1"))
                        .remember(home()))
                .hasSize(1);
        assertThat(Config.load(home(), Map.of(), Map.of()).text(Setting.PEER_LISTEN))
                .isEqualTo("*:1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[hub] # mine~advertise = ['a:1']|true",
                "hub.advertise = ['a:1']~[log]~level = 'warn'|true",
                " [ hub ]|true",
                "hub = { advertise = ['a:1'] }|false",
            })
    void whatIsKeptCanBeReadAgainHoweverTheFileIsWritten(String file, boolean isKept) throws IOException {
        String text = file.replace('~', '\n').replace('\'', '"') + "\n";
        String sentence = config(text, Map.of(), Map.of(Setting.HUB_LISTEN, "*:7500"))
                .remember(home())
                .getFirst();

        assertThat(sentence).contains(isKept ? "  kept" : "  not kept");
        assertThat(Config.load(home(), Map.of(), Map.of()).text(Setting.HUB_LISTEN))
                .isEqualTo(isKept ? "*:7500" : Setting.HUB_LISTEN.fallback());
    }

    @Test
    void aBracketInACommentCostsNoOtherKey() throws IOException {
        String text = "[hub]\nlisten = \"*:1\" # see [wiki\nnetwork_name = \"lab\" # or ]\n";
        assertThat(config(text, Map.of(), Map.of(Setting.HUB_LISTEN, "*:7500")).remember(home()))
                .singleElement()
                .asString()
                .contains("  not kept", "write it there by hand");
        assertThat(Files.readString(home().config())).isEqualTo(text);
    }

    @Test
    void theFolderOfTheFileIsMade() {
        Map<String, String> folders = Map.of("HOME", folder.toString());
        Home home = Home.of(Optional.empty(), folders);
        assertThat(Config.load(home, Map.of(), Map.of(Setting.HUB_LISTEN, "*:7500"))
                        .remember(home)
                        .getFirst())
                .contains("  kept");
    }

    @Test
    void everyDefaultFits() throws IOException {
        Config config = config("", Map.of(), Map.of());
        for (Setting setting : Setting.values()) {
            assertThat(config.value(setting).origin()).isEqualTo("default");
        }
        assertThat(config.address(Setting.HUB_LISTEN, 0).port()).isEqualTo(HubSettings.DEFAULT_PORT);
        assertThat(config.address(Setting.PEER_LISTEN, 0).port()).isEqualTo(PeerSettings.DEFAULT_PORT);
    }
}
