package covey.node;

import covey.env.Env;
import covey.env.PrivateFiles;
import covey.hub.HubBootstrap;
import covey.identity.DeviceKeys;
import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.RosterProof;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The files that make a home a hub: its key, the operator's, and the proof that it speaks for its network. */
record HubFolder(Path folder) {
    Path log() {
        return folder.resolve("raft");
    }

    /** Disposable: rebuilt from the log at every start. */
    Path state() {
        return folder.resolve("state");
    }

    Path operatorBlocks() {
        return folder.resolve("operator-blocks");
    }

    /** Disposable, too: names for the search, made anew from the state when it is missing or damaged. */
    Path search() {
        return folder.resolve("search");
    }

    Path operatorStore() {
        return folder.resolve("operator");
    }

    private Path hubKey() {
        return folder.resolve("hub.key");
    }

    private Path operatorKey() {
        return folder.resolve("operator.key");
    }

    private Path network() {
        return folder.resolve("network.pb");
    }

    boolean hasNetwork() {
        return Files.exists(network());
    }

    /**
     * Makes a new network. The recovery code is shown before anything is kept: a network whose code nobody saw must not
     * come about. The last file written is the one that {@link #hasNetwork} looks for.
     */
    void create(Env env, List<String> addresses, Teller teller) {
        HubBootstrap.NewNetwork made = HubBootstrap.create(env, addresses);
        teller.recoveryCode(made.recoveryCode());
        try {
            made.hub().save(hubKey());
            made.operator().save(operatorKey());
            PrivateFiles.write(network(), made.roster().toByteArray());
        } catch (IOException e) {
            throw new WireException(
                    Home.codeOf(e), "The hub's folder " + folder + " cannot be written: " + Home.reason(e) + ".");
        }
    }

    DeviceKeys hubKeys() {
        return keys(hubKey());
    }

    DeviceKeys operatorKeys() {
        return keys(operatorKey());
    }

    private static DeviceKeys keys(Path file) {
        try {
            return DeviceKeys.load(file);
        } catch (IOException e) {
            throw damaged(file, e);
        }
    }

    RosterProof roster() {
        try {
            return RosterProof.parseFrom(PrivateFiles.read(network()));
        } catch (IOException e) {
            throw damaged(network(), e);
        }
    }

    /** Writes a token for people to use; readable by the owner of the home only. */
    Path writeToken(String name, String token) {
        Path file = folder.resolve(name);
        Home.writePrivately(file, (token + "\n").getBytes(StandardCharsets.US_ASCII));
        return file;
    }

    private static WireException damaged(Path file, IOException why) {
        return new WireException(
                ErrorCode.DAMAGED,
                "The hub's file " + file + " cannot be used: " + Home.reason(why) + ". Restore it from a backup.");
    }
}
