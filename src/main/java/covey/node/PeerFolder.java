package covey.node;

import covey.env.PrivateFiles;
import covey.identity.DeviceKeys;
import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.RosterProof;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The files that make a home a device of an account: {@code device.key}, {@code network.pb} and {@code account.json},
 * the last one written last. Each is written whole or not at all, readable by its owner only.
 *
 * @param folder {@code peer} of the home
 */
public record PeerFolder(Path folder) {
    private static final JsonMapper JSON = new JsonMapper();

    /**
     * Whose device this is.
     *
     * @param hubAddresses that worked at enrolment, beside those of the roster
     */
    public record Account(String account, String deviceName, List<String> hubAddresses) {
        public Account {
            hubAddresses = List.copyOf(hubAddresses);
        }
    }

    private Path keyFile() {
        return folder.resolve("device.key");
    }

    private Path networkFile() {
        return folder.resolve("network.pb");
    }

    private Path accountFile() {
        return folder.resolve("account.json");
    }

    public Path store() {
        return folder.resolve("store");
    }

    /** Blocks of what was fetched. */
    Path blocks() {
        return folder.resolve("blocks");
    }

    /** Empty until enrolment is complete. */
    public Optional<Account> account() {
        if (!Files.exists(accountFile())) {
            return Optional.empty();
        }
        try {
            JsonNode json = JSON.readTree(PrivateFiles.read(accountFile()));
            List<String> addresses = new ArrayList<>();
            json.path("hubAddresses").forEach(address -> addresses.add(address.asString()));
            String account = json.path("account").asString("");
            if (account.isEmpty()) {
                throw damaged(accountFile(), "it names no account");
            }
            return Optional.of(new Account(account, json.path("deviceName").asString(""), addresses));
        } catch (IOException | JacksonException e) {
            throw damaged(accountFile(), String.valueOf(e.getMessage()));
        }
    }

    /** For enrolment: one home is one device. */
    public void requireNoAccount() {
        account().ifPresent(own -> {
            throw new WireException(
                    ErrorCode.CONFLICT,
                    "this home is a device of @" + own.account() + " already; log out first (`covey logout`), or use"
                            + " another --home");
        });
    }

    /** The device's keys; empty when there are none yet. */
    public Optional<DeviceKeys> keys() {
        if (!Files.exists(keyFile())) {
            return Optional.empty();
        }
        try {
            return Optional.of(DeviceKeys.load(keyFile()));
        } catch (IOException e) {
            throw damaged(keyFile(), String.valueOf(e.getMessage()));
        }
    }

    /** The proof of the network's roster, as learned at enrolment. */
    public RosterProof roster() {
        try {
            return RosterProof.parseFrom(PrivateFiles.read(networkFile()));
        } catch (IOException e) {
            throw damaged(networkFile(), String.valueOf(e.getMessage()));
        }
    }

    /** Before anything secret is sent: an enrolment whose answer gets lost can be finished later with the same key. */
    void prepare(DeviceKeys keys, RosterProof roster) {
        write(() -> {
            Files.createDirectories(folder);
            if (!Files.exists(keyFile())) {
                putAway(store());
                keys.save(keyFile());
            }
            PrivateFiles.write(networkFile(), roster.toByteArray());
        });
    }

    void complete(Account account) {
        ObjectNode json = JSON.createObjectNode();
        json.put("account", account.account);
        json.put("deviceName", account.deviceName);
        account.hubAddresses.forEach(json.putArray("hubAddresses")::add);
        write(() ->
                PrivateFiles.write(accountFile(), JSON.writeValueAsString(json).getBytes(StandardCharsets.UTF_8)));
    }

    /** After a logout: the key is of no use any more, what was said stays beside it. */
    public void retire() {
        write(() -> {
            Files.deleteIfExists(accountFile());
            Files.deleteIfExists(networkFile());
            Files.deleteIfExists(keyFile());
            putAway(store());
        });
    }

    /** What an earlier device of this home stored is kept under another name: it is not this device's. */
    private static void putAway(Path store) throws IOException {
        for (int i = 1; Files.exists(store); i++) {
            Path aside = store.resolveSibling("store-old-" + i);
            if (!Files.exists(aside)) {
                Files.move(store, aside, StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }

    private interface Writing {
        void run() throws IOException;
    }

    private void write(Writing writing) {
        try {
            writing.run();
        } catch (IOException e) {
            throw new WireException(
                    ErrorCode.OVER_LIMIT, "the folder " + folder + " cannot be written: " + e.getMessage());
        }
    }

    private static WireException damaged(Path file, String why) {
        return new WireException(
                ErrorCode.DAMAGED,
                file + " cannot be used (" + why + "); restore it from a backup, or remove the peer folder and"
                        + " log in");
    }
}
