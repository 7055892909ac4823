package covey.node;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import covey.env.Env;
import covey.identity.DeviceKeys;
import covey.identity.Token;
import covey.identity.Words;
import covey.transport.Transport;
import covey.transport.Transport.Address;
import covey.wire.DeviceId;
import covey.wire.Names;
import covey.wire.proto.AuthReply;
import covey.wire.proto.FrameType;
import covey.wire.proto.Join;
import covey.wire.proto.Login;
import covey.wire.proto.RegistrationPolicy;
import covey.wire.proto.Role;
import covey.wire.proto.TokenKind;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * First contact with a hub: makes an account, or makes this machine a further device of one. Blocking, for short
 * commands; needs no running process. Before {@link #join} or {@link #login} sends anything secret, the hub has proved
 * itself: by the token's network id, by its known key, or by a person who compared {@link #hubWords}.
 */
public final class Enrolment implements AutoCloseable {
    /** Told to whoever logs in with a further device. */
    public static final String OLD_MAIL =
            "This device cannot read sealed messages from before: they were sealed to the account's other devices"
                    + " only.";

    private static final int DEFAULT_PORT = 7440;

    /** Opens a transport that proves these keys. */
    public interface Transports {
        Transport open(DeviceKeys keys);
    }

    /**
     * What came of it.
     *
     * @param furtherDevice the account had devices before: {@link #OLD_MAIL}
     */
    public record Enrolled(String account, Role role, boolean furtherDevice) {}

    private final PeerFolder folder;
    private final DeviceKeys keys;
    private final List<String> addresses;
    private final ByteString tokenSecret;
    private final boolean isReset;
    private final HubContact contact;

    private Enrolment(
            Env env,
            PeerFolder folder,
            Transports transports,
            List<String> addresses,
            Optional<DeviceId> hubKey,
            Optional<Token> token) {
        folder.requireNoAccount();
        this.folder = folder;
        this.addresses = addresses;
        keys = folder.keys().orElseGet(() -> DeviceKeys.generate(env));
        tokenSecret = token.map(one -> ByteString.copyFrom(one.secret())).orElse(ByteString.EMPTY);
        isReset = token.isPresent() && token.get().kind() == TokenKind.TOKEN_RESET;
        List<Address> parsed =
                addresses.stream().map(one -> Address.parse(one, DEFAULT_PORT)).toList();
        byte[] networkId = token.map(Token::networkId).orElseGet(() -> new byte[0]);
        contact = HubContact.open(env, transports.open(keys), parsed, hubKey, networkId);
    }

    /** Contacts the token's network. Its secret is used by {@link #join} and {@link #login}. */
    public static Enrolment withToken(Env env, PeerFolder folder, Transports transports, Token token) {
        return new Enrolment(env, folder, transports, token.addresses(), Optional.empty(), Optional.of(token));
    }

    /**
     * Contacts a hub by its address. Without its key, nothing may be sent before a person has compared
     * {@link #hubWords}.
     */
    public static Enrolment at(
            Env env, PeerFolder folder, Transports transports, List<String> addresses, Optional<DeviceId> hubKey) {
        return new Enrolment(env, folder, transports, addresses, hubKey, Optional.empty());
    }

    /** Words of the hub's key: whoever runs it sees the same ones with {@code covey hub status}. */
    public List<String> hubWords() {
        return Words.ofKey(contact.connection().publicKey());
    }

    public String networkName() {
        return contact.hub().getNetworkName();
    }

    public RegistrationPolicy registration() {
        return contact.hub().getRegistration();
    }

    /** Makes a new account with this device; for a machine token without a password. */
    public Enrolled join(String account, String password, String deviceName) {
        Join join = Join.newBuilder()
                .setTokenSecret(tokenSecret)
                .setAccount(Names.account(account))
                .setPassword(password)
                .setDeviceName(Names.device(deviceName))
                .build();
        return enrol(FrameType.JOIN, join, deviceName);
    }

    /**
     * Makes this machine a device of the account. With the token of an account's reset, the password is the new one;
     * any other token only leads to the network, and is not used up.
     */
    public Enrolled login(String account, String password, String deviceName) {
        Login login = Login.newBuilder()
                .setAccount(Names.account(account))
                .setPassword(password)
                .setDeviceName(Names.device(deviceName))
                .setTokenSecret(isReset ? tokenSecret : ByteString.EMPTY)
                .build();
        return enrol(FrameType.LOGIN, login, deviceName);
    }

    private Enrolled enrol(FrameType type, MessageLite request, String deviceName) {
        folder.prepare(keys, contact.hub().getRoster());
        AuthReply reply = contact.ask(type, request, AuthReply.class);
        Set<String> known = new LinkedHashSet<>();
        known.add(contact.connection().remoteAddress()); // it worked: first next time
        known.addAll(addresses);
        folder.complete(new PeerFolder.Account(reply.getAccount(), Names.device(deviceName), List.copyOf(known)));
        return new Enrolled(reply.getAccount(), reply.getRole(), reply.getFurtherDevice());
    }

    @Override
    public void close() {
        contact.close();
    }
}
