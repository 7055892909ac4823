package covey.node;

import covey.env.PrivateFiles;
import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.toml.TomlMapper;

/** Reads config.toml: every key must be known, every value fit; what is wrong is told with its line. */
final class ConfigFile {
    /** One value of the file. */
    record Entry(String value, int line) {}

    private final Path file;
    private final List<String> lines;
    private final Map<Setting, Entry> entries = new EnumMap<>(Setting.class);

    private ConfigFile(Path file, String text) {
        this.file = file;
        this.lines = text.lines().toList();
    }

    /** A file that does not exist sets nothing. */
    static Map<Setting, Entry> read(Path file) {
        if (!Files.exists(file)) {
            return Map.of();
        }
        String text;
        try {
            text = Files.readString(file);
        } catch (IOException e) {
            throw new WireException(
                    ErrorCode.BAD_REQUEST, "The settings file " + file + " cannot be read: " + Home.reason(e) + ".");
        }
        return parse(file, text);
    }

    private static Map<Setting, Entry> parse(Path file, String text) {
        ConfigFile config = new ConfigFile(file, text);
        try {
            config.walk("", new TomlMapper().readTree(text));
        } catch (JacksonException e) {
            TokenStreamLocation at = e.getLocation();
            throw config.refused(at == null ? 0 : at.getLineNr(), e.getOriginalMessage());
        }
        return config.entries;
    }

    /** Sets one key, whole or not at all, and leaves the rest of the file as its owner wrote it. */
    static void put(Path file, Setting setting, String value) throws IOException {
        ConfigFile config = new ConfigFile(file, Files.exists(file) ? Files.readString(file) : "");
        List<String> lines = new ArrayList<>(config.lines);
        int dot = setting.key().indexOf('.');
        String section = setting.key().substring(0, dot);
        String line = setting.key().substring(dot + 1) + " = " + toml(setting, value);
        int known = config.lineOf(setting.key());
        if (known > 0) {
            int end = known; // a list may go on over several lines
            while (lines.get(known - 1).contains("[") && !lines.get(end - 1).contains("]")) {
                end++;
            }
            boolean isDotted = lines.get(known - 1).strip().startsWith(setting.key());
            lines.subList(known - 1, end).clear();
            lines.add(known - 1, isDotted ? setting.key().substring(0, dot + 1) + line : line);
        } else {
            config.add(lines, section, line);
        }
        String text = String.join("\n", lines) + "\n";
        config.requireKept(text, setting, value);
        Files.createDirectories(file.toAbsolutePath().getParent());
        PrivateFiles.write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Under the section's header, or beside its dotted keys, or with a header of its own. */
    private void add(List<String> to, String section, String line) {
        int header = lineOf(section);
        for (int i = 0; i < lines.size(); i++) {
            if (nameIn(lines.get(i)).orElse("").startsWith(section + ".")) {
                to.add(i, section + "." + line);
                return;
            }
        }
        if (header == 0) {
            to.add("[" + section + "]");
        }
        to.add(header == 0 ? to.size() : header, line);
    }

    /** A file in a form that was not foreseen stays as it is: the next start would refuse what comes out. */
    private void requireKept(String text, Setting setting, String value) throws IOException {
        try {
            Map<Setting, Entry> before = parse(file, String.join("\n", lines));
            Map<Setting, Entry> after = parse(file, text);
            Entry kept = after.get(setting);
            boolean isRestKept = before.entrySet().stream()
                    .filter(other -> other.getKey() != setting)
                    .allMatch(other -> Optional.ofNullable(after.get(other.getKey()))
                            .filter(same -> same.value().equals(other.getValue().value()))
                            .isPresent());
            if (kept == null || !Setting.list(kept.value()).equals(Setting.list(value)) || !isRestKept) {
                throw new IOException("no place for " + setting.key() + " was found in it; write it there by hand");
            }
        } catch (WireException e) {
            throw new IOException("with " + setting.key() + " in it, it could not be read: " + e.getMessage(), e);
        }
    }

    private static String toml(Setting setting, String value) {
        return setting.isList()
                ? Setting.list(value).stream().map(ConfigFile::quoted).collect(Collectors.joining(", ", "[", "]"))
                : quoted(value);
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    private void walk(String prefix, JsonNode table) {
        for (Map.Entry<String, JsonNode> property : table.properties()) {
            String key = prefix + property.getKey();
            JsonNode value = property.getValue();
            if (value.isObject() && isSection(key)) {
                walk(key + ".", value);
            } else {
                take(key, value);
            }
        }
    }

    private static boolean isSection(String key) {
        return Arrays.stream(Setting.values()).anyMatch(setting -> setting.key().startsWith(key + "."));
    }

    private void take(String key, JsonNode value) {
        int line = lineOf(key);
        Setting setting = Setting.byKey(key).orElseThrow(() -> refused(line, unknown(key)));
        String text;
        if (value.isString()) {
            text = value.stringValue();
        } else if (setting.isList() && value.isArray()) {
            List<String> items = new ArrayList<>();
            for (JsonNode item : value) {
                if (!item.isString()) {
                    throw refused(line, "'" + key + "' holds " + item + " (expected: texts in quotes)");
                }
                items.add(item.stringValue());
            }
            text = String.join(",", items);
        } else {
            String wanted = setting.isList() ? "a list of texts in quotes" : "a text in quotes";
            throw refused(line, "'" + key + "' is " + value + " (expected: " + wanted + ")");
        }
        setting.complaint(text).ifPresent(expected -> {
            throw refused(line, "'" + key + "' is '" + text + "' (expected: " + expected + ")");
        });
        entries.put(setting, new Entry(text, line));
    }

    private static String unknown(String key) {
        List<String> known = Arrays.stream(Setting.values()).map(Setting::key).toList();
        return "the key '" + key + "' is not known (expected one of: " + String.join(", ", known) + ")";
    }

    private WireException refused(int line, String why) {
        String where = line > 0 ? " line " + line : "";
        return new WireException(ErrorCode.BAD_REQUEST, "The settings file " + file + where + ": " + why + ".");
    }

    /** The parser gives a tree without places, so the line is looked up: tables by header, keys at the line's start. */
    private int lineOf(String key) {
        String section = "";
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.startsWith("[")) {
                section = line.replaceAll("^\\[+\\s*|\\s*\\]+.*$", "");
                if (section.equals(key)) {
                    return i + 1;
                }
            }
            Optional<String> name = nameIn(line);
            if (name.isPresent() && key.equals(section.isEmpty() ? name.get() : section + "." + name.get())) {
                return i + 1;
            }
        }
        return 0;
    }

    private static Optional<String> nameIn(String line) {
        int equals = line.indexOf('=');
        return equals < 0
                ? Optional.empty()
                : Optional.of(line.substring(0, equals).replaceAll("[\\s\"']", ""));
    }
}
