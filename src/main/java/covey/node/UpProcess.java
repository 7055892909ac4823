package covey.node;

import covey.identity.DeviceKeys;
import covey.identity.Rosters;
import covey.identity.Token;
import covey.transport.NettyTransport;
import covey.transport.TransportSettings;
import covey.web.LocalServer;
import covey.web.PeerApi;
import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.RosterProof;
import covey.wire.proto.TokenKind;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * `covey up`: a hub and this machine's peer in one process; the first start makes the network and its administrator.
 *
 */
public final class UpProcess {
    private static final String TOKEN_FILE = "member.token";

    /** A handful of people join on the first day; more tokens are made by command. */
    private static final int TOKEN_USES = 10;

    /** The account that the first start makes. */
    public record FirstAccount(String name, String password, String deviceName) {
        /** No password in logs or messages. */
        @Override
        public String toString() {
            return "FirstAccount[" + name + "/" + deviceName + "]";
        }
    }

    private UpProcess() {}

    /** Refuses what a start would trip over, before anybody is asked anything. */
    public static void check(Home home, Config config) {
        requireOneNetwork(new PeerFolder(home.peer()), new HubFolder(home.hub()));
        HubProcess.check(home, config);
    }

    /** Beside a device of another network a hub would be one that nobody can administer. */
    private static void requireOneNetwork(PeerFolder peer, HubFolder hub) {
        if (peer.account().isEmpty() || (hub.hasNetwork() && isOne(peer.roster(), hub.roster()))) {
            return;
        }
        throw new WireException(
                ErrorCode.CONFLICT,
                "This home is the device of @" + peer.account().get().account()
                        + " in a network whose hub is elsewhere: `covey peer run` starts it. For a network of its own"
                        + " choose another home: `covey up --home DIR`.");
    }

    private static boolean isOne(RosterProof one, RosterProof other) {
        byte[] network = Rosters.verify(one, new byte[0]).networkId();
        return Arrays.equals(network, Rosters.verify(other, new byte[0]).networkId());
    }

    /** True when a start of this home needs a {@link FirstAccount}. */
    public static boolean needsAccount(Home home) {
        return !home.hasAccount();
    }

    /**
     * Runs until told to stop. Returns why it failed; empty = it was asked to end.
     *
     * @param first present when {@link #needsAccount}
     */
    public static Optional<String> run(Start start, Optional<FirstAccount> first) throws InterruptedException {
        PeerFolder folder = new PeerFolder(start.home().peer());
        AtomicBoolean isLoggedOut = new AtomicBoolean();
        Optional<String> failure;
        try (NodeProcess process = NodeProcess.begin(start, "up")) {
            HubPart hub = HubPart.open(start, process);
            boolean isFirst = needsAccount(start.home());
            if (isFirst) {
                enrol(start, hub, folder, first.orElseThrow());
            }
            PeerPart.Identity identity = PeerPart.Identity.of(folder);
            PeerPart.Running peer = PeerPart.open(
                    start, process, identity, PeerPart.Door.of(hub, start.config()), HubProcess.hubAddresses(hub));
            Operations.open(start, process, Optional.of(hub.node()), peer.node());
            PeerApi api = peer.api(process::stop, () -> {
                isLoggedOut.set(true);
                process.stop();
            });
            process.keep("local api", LocalServer.open(start.home().socket(), new HomeApi(api, hub.api(), false)));
            tell(start, process, hub, identity);
            if (isFirst) {
                invite(start, hub);
            } else {
                start.teller().say("  others join   with a token: `covey hub token create`");
            }
            process.farewell(() -> HubProcess.farewell(hub));
            failure = process.await();
        }
        if (isLoggedOut.get()) {
            folder.retire();
        }
        return failure;
    }

    /** The first account joins as everybody does: over the network, with a token, which makes it administrator. */
    private static void enrol(Start start, HubPart hub, PeerFolder folder, FirstAccount first) {
        Token token = hub.token(TokenKind.TOKEN_ADMINISTRATOR, 1);
        try (Enrolment enrolment = Enrolment.withToken(
                start.env(),
                folder,
                (DeviceKeys keys) -> new NettyTransport(start.env(), keys, TransportSettings.defaults()),
                new Token(
                        token.networkId(),
                        HubPart.texts(HubProcess.hubAddresses(hub)),
                        token.kind(),
                        token.secret()))) {
            enrolment.join(first.name(), first.password(), first.deviceName());
        }
        start.teller().say("Made the account @" + first.name() + ", which is the network's administrator.");
    }

    private static void tell(Start start, NodeProcess process, HubPart hub, PeerPart.Identity identity) {
        Teller teller = start.teller();
        teller.say("The hub and the peer of @" + identity.account() + " run.");
        HubProcess.tellAddresses(teller, hub);
        process.keepFlags();
        teller.say("  next          `covey chat`, `covey ls`, `covey status`; " + teller.howToEnd() + " ends it");
    }

    private static void invite(Start start, HubPart hub) {
        Token token = hub.token(TokenKind.TOKEN_MEMBER, TOKEN_USES);
        Path file = hub.folder().writeToken(TOKEN_FILE, token.encode());
        Teller teller = start.teller();
        teller.say("");
        teller.say("Others join with this command and then paste the token below it, which is good");
        teller.say("for " + TOKEN_USES + " people and 24 hours and also lies in " + file + ":");
        teller.say("");
        teller.print("covey join --token-file - --account NAME && covey peer run");
        teller.print(token.encode());
    }
}
