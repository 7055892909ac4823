package covey.node;

import covey.env.PrivateFiles;
import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where one participant keeps everything. With {@code --home DIR} or COVEY_HOME all of it lies in one folder, so that
 * many participants live on one machine; else the XDG base folders are used.
 *
 * @param config the settings file
 * @param data keys and stores: what must not be lost
 * @param state logs and histories: what may be lost
 * @param run socket and process id: what a reboot may delete
 */
public record Home(Path config, Path data, Path state, Path run) {
    private static final Set<PosixFilePermission> PRIVATE_FOLDER = PosixFilePermissions.fromString("rwx------");

    /**
     * An empty name is a variable of a script that is not set: the folders of the account would be the wrong ones.
     *
     * @param folder of {@code --home}, if given
     */
    public static Home of(Optional<String> folder, Map<String, String> environment) {
        Optional<String> named = folder.or(() -> Optional.ofNullable(environment.get("COVEY_HOME")));
        if (named.isPresent()) {
            if (named.get().isBlank()) {
                throw new WireException(
                        ErrorCode.BAD_REQUEST,
                        (folder.isPresent() ? "--home" : "COVEY_HOME") + " is empty (expected: a folder).");
            }
            Path root = Path.of(named.get()).toAbsolutePath().normalize();
            return new Home(root.resolve("config.toml"), root, root, root.resolve("run"));
        }
        Path user = Path.of(environment.getOrDefault("HOME", System.getProperty("user.home", "/")));
        Path state = xdg(environment, "XDG_STATE_HOME", user.resolve(".local/state"));
        String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
        return new Home(
                xdg(environment, "XDG_CONFIG_HOME", user.resolve(".config")).resolve("config.toml"),
                xdg(environment, "XDG_DATA_HOME", user.resolve(".local/share")),
                state,
                runtime.startsWith("/") ? Path.of(runtime, "covey") : state.resolve("run"));
    }

    /** The specification says that a relative path is to be ignored. */
    private static Path xdg(Map<String, String> environment, String variable, Path otherwise) {
        String value = environment.getOrDefault(variable, "");
        return (value.startsWith("/") ? Path.of(value) : otherwise).resolve("covey");
    }

    public Path hub() {
        return data.resolve("hub");
    }

    public Path peer() {
        return data.resolve("peer");
    }

    public Path log() {
        return state.resolve("log");
    }

    public Path lock() {
        return data.resolve("lock");
    }

    public Path pidFile() {
        return run.resolve("pid");
    }

    public Path hubKey() {
        return hub().resolve("hub.key");
    }

    public Path operatorKey() {
        return hub().resolve("operator.key");
    }

    public Path hubNetwork() {
        return hub().resolve("network.pb");
    }

    public Path administratorToken() {
        return hub().resolve("admin.token");
    }

    public Path accountFile() {
        return peer().resolve("account.json");
    }

    public boolean hasHub() {
        return Files.exists(hubNetwork());
    }

    public boolean hasAccount() {
        return Files.exists(accountFile());
    }

    /** Where fetched files go, unless the settings or the person say otherwise. */
    public Path files() {
        return data.resolve("files");
    }

    /** Socket of the local API. */
    public Path socket() {
        return run.resolve("covey.sock");
    }

    /** Name for messages: what to write after {@code --home}, or the data folder. */
    @Override
    public String toString() {
        return data.toString();
    }

    /** Makes the folders, readable by their owner only; refuses a home that others may write to. */
    public void prepare() {
        try {
            Files.createDirectories(data, PosixFilePermissions.asFileAttribute(PRIVATE_FOLDER));
            refuseWritableByOthers(data);
            for (Path folder : new Path[] {hub(), peer(), state, log(), run}) {
                if (!folder.equals(data)) {
                    Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(PRIVATE_FOLDER));
                    Files.setPosixFilePermissions(folder, PRIVATE_FOLDER);
                }
            }
        } catch (IOException e) {
            throw new WireException(
                    ErrorCode.DENIED, "The home folder " + this + " cannot be made or used: " + reason(e) + ".");
        }
    }

    private static void refuseWritableByOthers(Path folder) throws IOException {
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(folder);
        if (permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
            throw new WireException(
                    ErrorCode.DENIED,
                    "The home folder " + folder + " may be written to by every user of this machine ("
                            + PosixFilePermissions.toString(permissions) + "), so its keys are not safe. Use:"
                            + " chmod 700 "
                            + folder);
        }
    }

    /** Writes a file that only its owner may read, whole or not at all, and durably. */
    public static void writePrivately(Path file, byte[] bytes) {
        try {
            PrivateFiles.write(file, bytes);
        } catch (IOException e) {
            throw new WireException(codeOf(e), "The file " + file + " cannot be written: " + reason(e) + ".");
        }
    }

    static ErrorCode codeOf(IOException e) {
        String message = String.valueOf(e.getMessage());
        if (message.contains("No space left") || message.contains("Disk quota")) {
            return ErrorCode.OVER_LIMIT;
        }
        return e instanceof java.nio.file.AccessDeniedException ? ErrorCode.DENIED : ErrorCode.INTERNAL;
    }

    /** What went wrong, without the exception's name where the file system says it itself. */
    static String reason(IOException e) {
        return switch (e) {
            case java.nio.file.AccessDeniedException denied -> "access to " + denied.getFile() + " is denied";
            case java.nio.file.NoSuchFileException missing -> missing.getFile() + " does not exist";
            case FileAlreadyExistsException exists -> exists.getFile() + " exists and is not a folder";
            default -> String.valueOf(e.getMessage() == null ? e : e.getMessage());
        };
    }
}
