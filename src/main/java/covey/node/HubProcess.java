package covey.node;

import covey.hub.HubBootstrap;
import covey.identity.Token;
import covey.transport.Transport.Address;
import covey.web.LocalServer;
import covey.web.PeerApi;
import covey.wire.proto.TokenKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** `covey hub run`: a hub, and beside it the operator's peer, through which commands of this home speak as @hub. */
public final class HubProcess {
    private static final String TOKEN_FILE = "admin.token";

    private HubProcess() {}

    /** Runs until told to stop. Returns why it failed; empty = it was asked to end. */
    public static Optional<String> run(Start start) throws InterruptedException {
        try (NodeProcess process = NodeProcess.begin(start, "hub")) {
            HubPart hub = HubPart.open(start, process);
            if (hub.needsAdministrator() && !hasToken(start)) {
                Token token = hub.token(TokenKind.TOKEN_ADMINISTRATOR, 1);
                Path file = hub.folder().writeToken(TOKEN_FILE, token.encode());
                start.teller()
                        .say("The first administrator joins with the token in " + file + " (good once, for 24"
                                + " hours):");
                start.teller().say("  covey join --token-file " + file + " --account NAME");
            }
            PeerPart.Running operator = PeerPart.open(
                    start, process, PeerPart.Identity.operator(hub), PeerPart.Door.NONE, hubAddresses(hub));
            Operations.open(start, process, Optional.of(hub.node()), operator.node());
            PeerApi api = operator.api(process::stop, process::stop);
            process.keep("local api", LocalServer.open(start.home().socket(), new HomeApi(api, hub.api(), true)));
            start.teller().say("The hub runs.");
            tellAddresses(start.teller(), hub);
            process.keepFlags();
            start.teller()
                    .say("  next          `covey hub status`, `covey hub token create`; "
                            + start.teller().howToEnd() + " ends it");
            process.farewell(() -> farewell(hub));
            return process.await();
        }
    }

    /** False also when an earlier start broke off before it wrote the file, and when nobody came in time. */
    private static boolean hasToken(Start start) {
        try {
            long madeMillis =
                    Files.getLastModifiedTime(start.home().administratorToken()).toMillis();
            return start.env().clock().wallMillis() - madeMillis < HubBootstrap.TOKEN_MILLIS;
        } catch (IOException e) {
            return false;
        }
    }

    /** Refuses what a start would trip over, before anybody is asked anything. */
    public static void check(Home home, Config config) {
        HomeLock.requireFree(home);
        HubPart.requireFreePort(home, config);
    }

    static String farewell(HubPart hub) {
        int others = Math.max(0, hub.node().status().getSessions() - 1); // one is this process' own
        return others == 0 ? "nobody else is connected" : "telling " + others + (others == 1 ? " peer" : " peers");
    }

    static void tellAddresses(Teller teller, HubPart hub) {
        teller.say("  listening on  " + Listening.shown(hub.listen()));
        teller.say("  reachable at  " + String.join(", ", HubPart.texts(hub.advertised())));
    }

    /** How a peer of the hub's own process gets there, whatever became of the machine's other addresses. */
    static List<Address> hubAddresses(HubPart hub) {
        List<Address> all = new java.util.ArrayList<>(hub.advertised());
        String host = hub.listen().host();
        all.add(
                Listening.isEverywhere(host)
                        ? new Address("127.0.0.1", hub.listen().port())
                        : hub.listen());
        return all;
    }
}
