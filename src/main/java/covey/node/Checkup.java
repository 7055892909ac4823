package covey.node;

import covey.env.Env;
import covey.identity.DeviceKeys;
import covey.identity.Rosters;
import covey.identity.UntrustedException;
import covey.transport.NettyTransport;
import covey.transport.Probe;
import covey.transport.Transport;
import covey.transport.Transport.Address;
import covey.transport.TransportSettings;
import covey.web.Json;
import covey.web.LocalClient;
import covey.wire.WireException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Looks at machine and home for what keeps Covey from working. Changes nothing. */
public final class Checkup {
    private static final int JAVA_MIN = 25;

    /**
     * JDK 25.0.3 and older run stale code from a start-up cache whose jars changed; the launcher names caches apart.
     *
     */
    private static final Runtime.Version JAVA_RECOMMENDED = Runtime.Version.parse("25.0.4");

    private static final long DISK_BYTES_BAD = 64L << 20;
    private static final long DISK_BYTES_FEW = 1L << 30;
    /** What NTP keeps with ease. */
    private static final long CLOCK_MILLIS_GOOD = 2_000;

    private static final int REACH_MILLIS_MAX = 2_000;

    /** No machine that runs this build can honestly have an earlier date. */
    private static final long BUILT_AFTER_MILLIS =
            Instant.parse("2025-09-01T00:00:00Z").toEpochMilli();

    /** How a check came out. */
    public enum State {
        OK,
        WARNING,
        BAD
    }

    /** One check: what was found, and what to do about it (empty when it is fine). */
    public record Finding(String check, State state, String found, String todo) {}

    private final Home home;
    private final Env env;
    private final Map<String, String> environment;
    private final List<Finding> findings = new ArrayList<>();

    public Checkup(Home home, Env env, Map<String, String> environment) {
        this.home = home;
        this.env = env;
        this.environment = environment;
    }

    public List<Finding> all() {
        java();
        startUpCache();
        folder();
        keys();
        disk();
        clock();
        boolean isRunning = lock();
        socket(isRunning);
        Optional<Config> config = settings();
        config.ifPresent(settings -> ports(settings, isRunning));
        hub();
        return List.copyOf(findings);
    }

    private void ok(String check, String found) {
        findings.add(new Finding(check, State.OK, found, ""));
    }

    private void warn(String check, String found, String todo) {
        findings.add(new Finding(check, State.WARNING, found, todo));
    }

    private void bad(String check, String found, String todo) {
        findings.add(new Finding(check, State.BAD, found, todo));
    }

    private void java() {
        Runtime.Version version = Runtime.version();
        String found = version + " in " + System.getProperty("java.home");
        if (version.feature() < JAVA_MIN) {
            bad("java", found, "Install a JDK " + JAVA_MIN + " or newer, or set COVEY_JAVA_HOME to one.");
        } else if (version.compareToIgnoreOptional(JAVA_RECOMMENDED) < 0) {
            ok("java", found + " (" + JAVA_RECOMMENDED + " or newer is recommended)");
        } else {
            ok("java", found);
        }
    }

    private void startUpCache() {
        Optional<String> cache = ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("-XX:AOTCache="))
                .findFirst();
        cache.ifPresentOrElse(
                argument -> ok("start-up cache", argument.substring(argument.indexOf('=') + 1)),
                () -> warn(
                        "start-up cache",
                        "not used: every command starts slower",
                        "In a checkout run ./build package; a release brings its own."));
    }

    private void folder() {
        if (!Files.exists(home.data())) {
            ok("home", home + " does not exist yet: the first start makes it");
            return;
        }
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(home.data());
            String found = home + " " + PosixFilePermissions.toString(permissions);
            if (!Files.isWritable(home.data())) {
                bad("home", found + " cannot be written", "Run as its owner, or choose another --home.");
            } else if (permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
                bad("home", found + ": every user of this machine may write to it", "chmod 700 " + home);
            } else if (permissions.contains(PosixFilePermission.GROUP_WRITE)) {
                warn("home", found + ": its group may write to it", "chmod 700 " + home);
            } else {
                ok("home", found);
            }
        } catch (IOException e) {
            bad("home", home + " cannot be looked at: " + Home.reason(e), "Check the folder and its owner.");
        }
    }

    private void keys() {
        for (Path key : List.of(
                home.hubKey(), home.operatorKey(), home.peer().resolve("device.key"), home.administratorToken())) {
            try {
                if (Files.exists(key) && isReadableByOthers(key)) {
                    bad(
                            "keys",
                            key + " can be read by others",
                            "chmod 600 " + key + ", and consider the key as" + " known.");
                    return;
                }
            } catch (IOException e) {
                bad("keys", key + " cannot be looked at: " + Home.reason(e), "Check the file and its owner.");
                return;
            }
        }
        ok("keys", home.hasHub() || home.hasAccount() ? "only their owner can read them" : "none yet");
    }

    private static boolean isReadableByOthers(Path file) throws IOException {
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
        return permissions.contains(PosixFilePermission.GROUP_READ)
                || permissions.contains(PosixFilePermission.OTHERS_READ);
    }

    private void disk() {
        Path folder = home.data();
        while (!Files.exists(folder) && folder.getParent() != null) {
            folder = folder.getParent();
        }
        try {
            long free = Files.getFileStore(folder).getUsableSpace();
            String found = (free >> 20) + " MiB free at " + folder;
            if (free < DISK_BYTES_BAD) {
                bad("disk", found, "Free some space: without it nothing can be stored, so nothing is acknowledged.");
            } else if (free < DISK_BYTES_FEW) {
                warn("disk", found, "Free some space soon; 1 GiB is comfortable.");
            } else {
                ok("disk", found);
            }
        } catch (IOException e) {
            bad("disk", folder + " cannot be looked at: " + Home.reason(e), "Check the disk.");
        }
    }

    private void clock() {
        long now = env.clock().wallMillis();
        if (now < BUILT_AFTER_MILLIS) {
            bad("clock", Instant.ofEpochMilli(now) + " is before this program was made", "Set the clock; use NTP.");
        } else {
            ok("clock", Instant.ofEpochMilli(now).toString());
        }
    }

    private boolean lock() {
        boolean isHeld = HomeLock.isHeld(home);
        ok("process", isHeld ? "runs (" + HomeLock.holder(home) + ")" : "none runs in this home");
        return isHeld;
    }

    private void socket(boolean isRunning) {
        if (!isRunning) {
            return; // one that is left over is replaced by the next start
        }
        try (LocalClient client = LocalClient.connect(home.socket())) {
            String status = client.call("{\"method\":\"status\",\"params\":{}}");
            ok("socket", home.socket() + " answers");
            Json hub = Json.parse(status).at("hub");
            if (hub.text("state").equals("refused")) {
                bad(
                        "account",
                        "the hub does not take this device: " + hub.text("why"),
                        "Ask an administrator of the network, or log in anew: `covey logout`, then `covey login`.");
            }
        } catch (LocalClient.NotRunningException e) {
            warn(
                    "socket",
                    home.socket() + " does not answer, though the process runs",
                    "It may be starting or stopping; else stop it by its pid and start it again.");
        } catch (LocalClient.RefusedException e) {
            bad("socket", home.socket() + ": " + e.getMessage(), "See the log in " + home.log() + ".");
        }
    }

    private Optional<Config> settings() {
        try {
            Config config = Config.load(home, environment, new EnumMap<>(Setting.class));
            ok("settings", Files.exists(home.config()) ? home.config().toString() : "defaults; no " + home.config());
            return Optional.of(config);
        } catch (WireException e) {
            bad("settings", String.valueOf(e.getMessage()), "Correct it; `covey up --help` lists all settings.");
            return Optional.empty();
        }
    }

    private void ports(Config config, boolean isRunning) {
        for (Setting setting : List.of(home.hasHub() ? Setting.HUB_LISTEN : Setting.PEER_LISTEN, Setting.OPS_LISTEN)) {
            boolean isOff = config.text(setting).equals("off");
            // Port 0 means any free one: there is nothing to look for.
            if (!isOff && config.address(setting, Setting.HUB_PORT).port() != 0) {
                port(setting, config.address(setting, Setting.HUB_PORT), isRunning);
            }
        }
    }

    private void port(Setting setting, Address address, boolean isRunning) {
        String name = "port " + address;
        String holder = Probe.holder(address.port()).map(who -> ": " + who).orElse("");
        if (isRunning) {
            Probe.reaching(address, REACH_MILLIS_MAX)
                    .ifPresentOrElse(
                            why -> warn(
                                    name,
                                    why + " (" + setting.key() + ")",
                                    "The process may have found it busy and taken another; its log says which."),
                            () -> ok(name, "answers (" + setting.key() + ")" + holder));
            return;
        }
        Probe.listening(address)
                .ifPresentOrElse(
                        why -> warn(
                                name,
                                why + " (" + setting.key() + ")" + holder,
                                "Stop what uses it, or choose another with " + setting.flag() + "."),
                        () -> ok(name, "free (" + setting.key() + ")"));
    }

    private void hub() {
        if (!home.hasAccount()) {
            return;
        }
        byte[] network;
        try {
            network = Rosters.verify(new PeerFolder(home.peer()).roster(), new byte[0])
                    .networkId();
        } catch (WireException | UntrustedException e) {
            bad(
                    "network",
                    "what this home knows of its network is damaged: " + e.getMessage(),
                    "Restore it from a backup.");
            return;
        }
        List<String> failures = new ArrayList<>();
        for (Address address : hubAddresses()) {
            Optional<String> why = Probe.reaching(address, REACH_MILLIS_MAX);
            if (why.isEmpty()) {
                ok("hub", address + " answers");
                hubClock(address, network);
                return;
            }
            failures.add(address + " (" + why.get() + ")");
        }
        warn(
                "hub",
                "no address answers: " + String.join(", ", failures),
                "Is the hub running, and is its port open in the firewall? Peers go on without it meanwhile.");
    }

    /** With keys of nobody: a device's own would look like its clone to the hub. */
    private void hubClock(Address address, byte[] network) {
        Transport transport = new NettyTransport(env, DeviceKeys.generate(env), TransportSettings.defaults());
        try (HubContact contact = HubContact.open(env, transport, List.of(address), Optional.empty(), network)) {
            hubClock(contact.clockAheadMillis());
        } catch (WireException | UntrustedException e) {
            bad("hub", address + " is not this network's hub, or refuses: " + e.getMessage(), "Ask its operator.");
        }
    }

    private void hubClock(long aheadMillis) {
        long apart = Math.abs(aheadMillis);
        if (apart <= CLOCK_MILLIS_GOOD) {
            ok("hub's clock", "this machine's agrees with it within " + apart + " ms");
            return;
        }
        long seconds = apart / 1_000;
        String span = seconds < 120
                ? seconds + " s"
                : seconds < 7_200 ? seconds / 60 + " min" : seconds / 3_600 + " h " + seconds / 60 % 60 + " min";
        warn(
                "hub's clock",
                "this machine's clock is " + span + (aheadMillis > 0 ? " ahead of" : " behind") + " the hub's",
                "Set the wrong one (use NTP on both): times of messages look odd until then.");
    }

    private List<Address> hubAddresses() {
        try {
            return new PeerFolder(home.peer())
                    .account()
                    .map(account -> account.hubAddresses().stream()
                            .map(address -> Address.parse(address, Setting.HUB_PORT))
                            .toList())
                    .orElse(List.of());
        } catch (WireException e) {
            bad("account", String.valueOf(e.getMessage()), "See what the message says.");
            return List.of();
        }
    }
}
