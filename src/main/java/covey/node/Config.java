package covey.node;

import covey.transport.Transport.Address;
import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The settings of one process, complete and checked, each with where it came from. A flag goes before an environment
 * variable, that before config.toml, that before the default.
 */
public final class Config {
    /** One setting's value and where it came from: "flag --x", "environment COVEY_X", "FILE:LINE" or "default". */
    public record Value(String text, String origin) {
        /** Somebody set it, wherever. */
        public boolean isChosen() {
            return !origin.equals(DEFAULT);
        }
    }

    private static final String DEFAULT = "default";

    private final Map<Setting, Value> values;

    private Config(Map<Setting, Value> values) {
        this.values = values;
    }

    public static Config load(Home home, Map<String, String> environment, Map<Setting, String> flags) {
        Map<Setting, ConfigFile.Entry> file = ConfigFile.read(home.config());
        Map<Setting, Value> values = new EnumMap<>(Setting.class);
        for (Setting setting : Setting.values()) {
            Value value = choose(setting, home, environment, flags, file);
            setting.complaint(value.text()).ifPresent(expected -> {
                throw new WireException(
                        ErrorCode.BAD_REQUEST,
                        "The setting " + setting.key() + " is '" + value.text() + "' (expected: " + expected
                                + "); it comes from: " + value.origin() + ".");
            });
            values.put(setting, value);
        }
        return new Config(values);
    }

    private static Value choose(
            Setting setting,
            Home home,
            Map<String, String> environment,
            Map<Setting, String> flags,
            Map<Setting, ConfigFile.Entry> file) {
        Optional<String> flag = Optional.ofNullable(flags.get(setting));
        if (flag.isPresent()) {
            return new Value(flag.get(), "flag " + setting.flag());
        }
        Optional<String> variable = Optional.ofNullable(environment.get(setting.environmentVariable()));
        if (variable.isPresent()) {
            return new Value(variable.get(), "environment " + setting.environmentVariable());
        }
        Optional<ConfigFile.Entry> entry = Optional.ofNullable(file.get(setting));
        return entry.map(found -> new Value(found.value(), home.config() + ":" + found.line()))
                .orElseGet(() -> new Value(setting.fallback(), DEFAULT));
    }

    /**
     * Keeps in the settings file what was given by flag and is not there yet, of what a process must find again at its
     * next start. Returns sentences for the person; a file that cannot be written is no reason not to run.
     */
    List<String> remember(Home home) {
        Map<Setting, ConfigFile.Entry> file = ConfigFile.read(home.config());
        List<String> sentences = new ArrayList<>();
        values.forEach((setting, value) -> {
            boolean isKept = Optional.ofNullable(file.get(setting))
                    .map(entry -> entry.value().equals(value.text()))
                    .orElse(false);
            if (!setting.isRemembered() || !value.origin().startsWith("flag ") || isKept) {
                return;
            }
            try {
                ConfigFile.put(home.config(), setting, value.text());
                sentences.add("  kept          " + setting.key() + " = " + value.text() + " in " + home.config());
            } catch (IOException e) {
                sentences.add("  not kept      " + setting.flag() + ", give it again at the next start: "
                        + home.config() + " cannot be written (" + Home.reason(e) + ")");
            }
        });
        return sentences;
    }

    public Value value(Setting setting) {
        return Optional.ofNullable(values.get(setting)).orElseThrow();
    }

    public String text(Setting setting) {
        return value(setting).text();
    }

    /** A size or rate in bytes; off = 0. */
    public long bytes(Setting setting) {
        return Setting.bytes(text(setting));
    }

    /** An address whose host may be "*". */
    public Address address(Setting setting, int defaultPort) {
        return Address.parse(text(setting), defaultPort);
    }

    public List<Address> addresses(Setting setting, int defaultPort) {
        return Setting.list(text(setting)).stream()
                .map(text -> Address.parse(text, defaultPort))
                .toList();
    }
}
