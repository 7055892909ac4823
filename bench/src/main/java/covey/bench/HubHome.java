package covey.bench;

import com.google.protobuf.ByteString;
import covey.bench.Keyring.UserKey;
import covey.cluster.CommandBatcher;
import covey.cluster.RatisLog;
import covey.cluster.RatisSettings;
import covey.env.Env;
import covey.env.PrivateFiles;
import covey.hub.HubBootstrap;
import covey.hub.HubSettings;
import covey.hub.HubState;
import covey.identity.Passwords;
import covey.identity.Token;
import covey.store.RocksStore;
import covey.transport.Transport.Address;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.EnrolAccount;
import covey.wire.proto.LoggedCommand;
import covey.wire.proto.RegistrationPolicy;
import covey.wire.proto.RosterProof;
import covey.wire.proto.TokenKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The home folder of a hub whose users are enrolled already: thousands of password hashes are not what is measured
 * here. User 0 is an administrator.
 */
record HubHome(Path folder, RosterProof roster, byte[] networkId, int[] indexes) {
    private static final String PASSWORD = "correct horse battery staple";

    static String account(int user) {
        return "user" + user;
    }

    /** Makes the network and enrols one account with one device for each key. */
    static HubHome make(Path folder, List<UserKey> users, int port) {
        Env env = Env.system();
        String address = "127.0.0.1:" + port;
        HubBootstrap.NewNetwork network = HubBootstrap.create(env, List.of(address));
        Path hub = folder.resolve("hub");
        HubState state = new HubState(hub.resolve("state"), RocksStore.factory(RocksStore.Options.replicated()));
        try {
            Files.createDirectories(hub);
            network.hub().save(hub.resolve("hub.key"));
            network.operator().save(hub.resolve("operator.key"));
            PrivateFiles.write(hub.resolve("network.pb"), network.roster().toByteArray());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        RatisSettings settings =
                RatisSettings.alone(hub.resolve("raft"), network.hub().id().toString());
        try (state;
                RatisLog log = RatisLog.open(settings, state, env, why -> {
                    throw new IllegalStateException(why);
                });
                CommandBatcher batcher = new CommandBatcher(log, env)) {
            byte[] networkId =
                    covey.identity.Rosters.verify(network.roster(), new byte[0]).networkId();
            List<Command> commands = new ArrayList<>();
            HubSettings hubSettings =
                    new HubSettings(Address.parse(address, port), "bench", RegistrationPolicy.OPEN, "bench");
            commands.add(HubBootstrap.boot(
                    network.roster(), hubSettings, network.operator().publicKey()));
            Token token = Token.create(env, networkId, List.of(address), TokenKind.TOKEN_ADMINISTRATOR);
            commands.add(HubBootstrap.tokenCommand(token, 1, env.clock().wallMillis() + 3_600_000));
            String hash = Passwords.hash(PASSWORD.getBytes(StandardCharsets.UTF_8), env);
            for (int user = 0; user < users.size(); user++) {
                commands.add(enrol(user, users.get(user), hash, user == 0 ? token.secretHash() : new byte[0]));
            }
            submit(batcher, commands);
            int[] indexes = new int[users.size()];
            Arrays.setAll(indexes, user -> (int)
                    state.view().device(users.get(user).device()).orElseThrow().index());
            return new HubHome(folder, network.roster(), networkId, indexes);
        }
    }

    private static Command enrol(int user, UserKey key, String passwordHash, byte[] tokenHash) {
        return Command.newBuilder()
                .setEnrolAccount(EnrolAccount.newBuilder()
                        .setAccount(account(user))
                        .setPasswordHash(passwordHash)
                        .setPublicKey(ByteString.copyFrom(key.publicKey()))
                        .setDeviceName("bench")
                        .setTokenHash(ByteString.copyFrom(tokenHash)))
                .build();
    }

    private static void submit(CommandBatcher batcher, List<Command> commands) {
        CountDownLatch done = new CountDownLatch(commands.size());
        AtomicReference<CommandResult> refused = new AtomicReference<>();
        for (Command command : commands) {
            batcher.submit(LoggedCommand.newBuilder().setCommand(command), result -> {
                if (result.hasProblem()) {
                    refused.set(result);
                }
                done.countDown();
            });
        }
        try {
            if (!done.await(120, TimeUnit.SECONDS) || refused.get() != null) {
                throw new IllegalStateException("the hub's home could not be prepared: " + refused.get());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
