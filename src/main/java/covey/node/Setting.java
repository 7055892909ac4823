package covey.node;

import covey.transport.Transport.Address;
import covey.wire.Sizes;
import covey.wire.WireException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Every setting of a Covey process: a key of config.toml, an environment variable and, where useful, a flag. */
public enum Setting {
    HUB_LISTEN(
            "hub.listen",
            "--listen",
            Kind.ADDRESS,
            "*:" + Setting.HUB_PORT,
            "where the hub (with `up`: hub and peer) accepts connections; * = all interfaces, port 0 = any free"
                    + " port"),
    HUB_ADVERTISE(
            "hub.advertise",
            "--advertise",
            Kind.ADDRESSES,
            "",
            "addresses, separated by commas, that tokens name for the hub; empty = those of this machine's"
                    + " interfaces"),
    HUB_NETWORK_NAME(
            "hub.network_name", "--network-name", Kind.TEXT, "covey", "name of a new network, shown to" + " people"),
    HUB_REGISTRATION(
            "hub.registration",
            "--registration",
            Kind.REGISTRATION,
            "invite",
            "who may make an account: invite (with a token), open, closed; set at a later start, it changes then"),
    PEER_LISTEN(
            "peer.listen",
            "--listen",
            Kind.ADDRESS,
            "*:" + Setting.PEER_PORT,
            "where a peer accepts direct links; when the port is busy any free one is taken"),
    PEER_ADVERTISE(
            "peer.advertise",
            "--advertise",
            Kind.ADDRESSES,
            "",
            "further addresses, separated by commas, at which others reach this peer (a forwarded port)"),
    OPS_LISTEN(
            "ops.listen",
            "--ops",
            Kind.ADDRESS_OR_OFF,
            "127.0.0.1:7442",
            "where /metrics, /healthz and /readyz are served, or off"),
    FILES_FOLDER(
            "files.folder", "", Kind.FOLDER, "", "where fetched files go when no place is named; empty = HOME/files"),
    FILES_ACCEPT(
            "files.accept",
            "",
            Kind.ACCEPT,
            "ask",
            "offered files: ask (fetched by `covey get`), or always (fetched at once)"),
    FILES_ACCEPT_MAX(
            "files.accept_max", "", Kind.BYTES, "1G", "with files.accept = always: larger ones wait for `covey get`"),
    TRANSFER_UPLOAD_MAX(
            "transfer.upload_max", "", Kind.BYTES_OR_OFF, "off", "bytes a second to all others together, such as 20M"),
    TRANSFER_UPLOAD_MAX_EACH(
            "transfer.upload_max_each", "", Kind.BYTES_OR_OFF, "off", "bytes a second to each of the others"),
    TRANSFER_DOWNLOAD_MAX(
            "transfer.download_max",
            "",
            Kind.BYTES_OR_OFF,
            "off",
            "bytes a second of all fetches together, such as 20M"),
    TRANSFER_DOWNLOAD_MAX_EACH(
            "transfer.download_max_each", "", Kind.BYTES_OR_OFF, "off", "bytes a second from each of the others"),
    TRANSFER_SLOTS("transfer.slots", "", Kind.COUNT, "16", "how many others are served at once, 1 to 64"),
    TRANSFER_FREE_FLOOR(
            "transfer.free_floor", "", Kind.BYTES, "256M", "space that stays free on every disk that is written to"),
    LOG_LEVEL("log.level", "--log-level", Kind.LEVEL, "info", "error, warn, info, debug or trace"),
    LOG_FORMAT("log.format", "--log-format", Kind.FORMAT, "text", "text, or json (one object a line)");

    /** Default ports of the network: one per role. */
    public static final int HUB_PORT = 7440;

    public static final int PEER_PORT = 7441;

    private static final String OFF = "off";

    /** What a value must look like. */
    enum Kind {
        TEXT("1 to 64 characters"),
        ADDRESS("HOST:PORT, [IPV6]:PORT or *:PORT"),
        ADDRESS_OR_OFF("HOST:PORT, [IPV6]:PORT, *:PORT or off"),
        ADDRESSES("HOST:PORT, several separated by commas"),
        REGISTRATION("invite", "open", "closed"),
        FOLDER("an absolute path"),
        ACCEPT("ask", "always"),
        BYTES("a size such as 500k, 20M or 1.5G"),
        BYTES_OR_OFF("a size such as 500k, 20M or 1.5G", "off"),
        COUNT("1 to 64"),
        LEVEL("error", "warn", "info", "debug", "trace"),
        FORMAT("text", "json");

        private static final int NAME_CHARS_MAX = 64;

        @SuppressWarnings("ImmutableEnumChecker") // made by List.of
        private final List<String> expected;

        Kind(String... expected) {
            this.expected = List.of(expected);
        }

        private boolean allows(String value) {
            return switch (this) {
                case TEXT -> !value.isBlank() && value.length() <= NAME_CHARS_MAX;
                case ADDRESS -> isAddress(value);
                case ADDRESS_OR_OFF -> value.equals("off") || isAddress(value);
                case ADDRESSES -> list(value).stream().allMatch(Kind::isAddress);
                case REGISTRATION, ACCEPT, LEVEL, FORMAT -> expected.contains(value);
                case FOLDER -> value.isEmpty() || value.startsWith("/");
                case BYTES -> isSize(value);
                case BYTES_OR_OFF -> value.equals(OFF) || isSize(value);
                case COUNT -> value.matches("[1-9]|[1-5][0-9]|6[0-4]");
            };
        }

        private static boolean isSize(String value) {
            try {
                return bytes(value) > 0;
            } catch (WireException e) {
                return false;
            }
        }

        private static boolean isAddress(String value) {
            try {
                Address address = Address.parse(value, HUB_PORT);
                return !address.host().matches("\\s*|\\d+"); // a bare number is a port, and no host is called so
            } catch (IllegalArgumentException e) {
                return false;
            }
        }
    }

    private final String key;
    private final String flag;
    private final Kind kind;
    private final String fallback;
    private final String meaning;

    Setting(String key, String flag, Kind kind, String fallback, String meaning) {
        this.key = key;
        this.flag = flag;
        this.kind = kind;
        this.fallback = fallback;
        this.meaning = meaning;
    }

    /** "section.name" in config.toml. */
    public String key() {
        return key;
    }

    public String flag() {
        return flag;
    }

    public String environmentVariable() {
        return "COVEY_" + key.toUpperCase(java.util.Locale.ROOT).replace('.', '_');
    }

    public String fallback() {
        return fallback;
    }

    public String meaning() {
        return meaning;
    }

    /** A process whose flag said where to find it must be found there at its next start too. */
    boolean isRemembered() {
        return flag.equals("--listen") || flag.equals("--advertise") || flag.equals("--ops");
    }

    public boolean isList() {
        return kind == Kind.ADDRESSES;
    }

    /** Empty when the value is fit, else what is expected. */
    Optional<String> complaint(String value) {
        return kind.allows(value) ? Optional.empty() : Optional.of(String.join(", ", kind.expected));
    }

    static Optional<Setting> byKey(String key) {
        return Arrays.stream(values())
                .filter(setting -> setting.key.equals(key))
                .findFirst();
    }

    static long bytes(String value) {
        return value.equals(OFF) ? 0 : Sizes.parse(value.replaceFirst("/s$", ""));
    }

    static List<String> list(String value) {
        return Arrays.stream(value.split(","))
                .map(String::strip)
                .filter(item -> !item.isEmpty())
                .toList();
    }
}
