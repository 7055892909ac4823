package covey.node;

import covey.identity.DeviceKeys;
import covey.identity.Token;
import covey.transport.NettyTransport;
import covey.transport.TransportSettings;
import covey.web.LocalServer;
import covey.web.PeerApi;
import covey.wire.proto.TokenKind;
import java.nio.file.Path;
import java.util.List;
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

    private static final int TOKEN_HOURS = 24;
    private static final long HOUR_MILLIS = 3_600_000L;

    /** The account that the first start makes. */
    public record FirstAccount(String name, String password, String deviceName) {
        /** No password in logs or messages. */
        @Override
        public String toString() {
            return "FirstAccount[" + name + "/" + deviceName + "]";
        }
    }

    private UpProcess() {}

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
        Token token = hub.administratorToken();
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
        List<String> addresses = HubPart.texts(hub.advertised());
        Token token =
                Token.create(start.env(), hub.node().networkId().toByteArray(), addresses, TokenKind.TOKEN_MEMBER);
        long expires = start.env().clock().wallMillis() + TOKEN_HOURS * HOUR_MILLIS;
        hub.node().submitOwn(covey.hub.HubBootstrap.tokenCommand(token, TOKEN_USES, expires));
        Path file = hub.folder().writeToken(TOKEN_FILE, token.encode());
        Teller teller = start.teller();
        teller.say("");
        teller.say("Others join with this command and then paste the token below it, which is good");
        teller.say("for " + TOKEN_USES + " people and " + TOKEN_HOURS + " hours and also lies in " + file + ":");
        teller.say("");
        teller.print("covey join --token-file - --account NAME && covey peer run");
        teller.print(token.encode());
    }
}
