package covey.hub;

import com.google.protobuf.ByteString;
import covey.env.Env;
import covey.identity.DeviceKeys;
import covey.identity.RootKey;
import covey.identity.Rosters;
import covey.identity.Token;
import covey.wire.proto.BootNetwork;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.RosterProof;
import covey.wire.proto.TokenCreate;
import covey.wire.proto.TokenKind;
import java.util.List;

/**
 * The first start of a network: its root key, the first roster, and a way in for the first administrator.
 *
 * <p>Decides only what is to be kept and shown; files are written by the caller. The root key's private half exists in
 * memory until its recovery code was shown, and nowhere else.
 */
public final class HubBootstrap {
    /** The first administrator should come within a day. */
    public static final long TOKEN_MILLIS = 24 * 3_600_000L;

    private HubBootstrap() {}

    /**
     * What a new network consists of.
     *
     * @param hub the hub's device keys, to be kept in a 0600 file
     * @param operator device keys of the account @hub, likewise
     * @param roster proof that this hub speaks for the network; public
     * @param recoveryCode shown once to the person, never stored
     */
    public record NewNetwork(DeviceKeys hub, DeviceKeys operator, RosterProof roster, String recoveryCode) {}

    public static NewNetwork create(Env env, List<String> addresses) {
        DeviceKeys hub = DeviceKeys.generate(env);
        RootKey root = RootKey.generate(env);
        RosterProof roster = Rosters.first(root, hub.publicKey(), addresses);
        return new NewNetwork(hub, DeviceKeys.generate(env), roster, root.recoveryCode());
    }

    /** The first command of the network's log; refused by the state when it has one already. */
    public static Command boot(RosterProof roster, HubSettings settings, byte[] operatorPublicKey) {
        return Command.newBuilder()
                .setBootNetwork(BootNetwork.newBuilder()
                        .setRoster(roster)
                        .setName(settings.networkName())
                        .setRegistration(settings.registration())
                        .setOperatorPublicKey(ByteString.copyFrom(operatorPublicKey)))
                .build();
    }

    /** The command that makes a token known; its secret stays with the caller. */
    public static Command tokenCommand(Token token, int uses, long expiresMillis) {
        return Command.newBuilder()
                .setTokenCreate(TokenCreate.newBuilder()
                        .setKind(token.kind())
                        .setUses(uses)
                        .setExpiresMillis(expiresMillis)
                        .setSecretHash(ByteString.copyFrom(token.secretHash())))
                .build();
    }

    /** A 24-hour token, such as that for the first administrator; submitted by the hub itself. Blocks until durable. */
    public static Token token(HubNode hub, Env env, List<String> addresses, TokenKind kind, int uses) {
        Token token = Token.create(env, hub.networkId().toByteArray(), addresses, kind);
        hub.submitOwn(tokenCommand(token, uses, env.clock().wallMillis() + TOKEN_MILLIS));
        return token;
    }

    /** Throws when the state refused, with its sentence. */
    static void requireDone(CommandResult result) {
        if (result.hasProblem()) {
            throw new IllegalStateException(result.getProblem().getMessage());
        }
    }
}
