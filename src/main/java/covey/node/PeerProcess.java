package covey.node;

import covey.env.Loop.Cancellable;
import covey.peer.HubStatus;
import covey.peer.PeerEvent;
import covey.peer.PeerNode;
import covey.transport.Transport.Address;
import covey.web.LocalServer;
import covey.web.PeerApi;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/** `covey peer run`: this machine's device of one account. */
public final class PeerProcess {
    /** A hub that is there takes a device, or does not, within this; who starts a peer waits no longer. */
    private static final long FIRST_WORD_MILLIS = 2_000;

    private PeerProcess() {}

    /** Refuses what a start would trip over. */
    public static void check(Home home, Config config) {
        HomeLock.requireFree(home);
        Config.Value listen = config.value(Setting.PEER_LISTEN);
        if (listen.origin().startsWith("flag ")) { // another port than the one asked for would surprise
            Listening.requireFree(config.address(Setting.PEER_LISTEN, Setting.PEER_PORT), Setting.PEER_LISTEN);
        }
        PeerPart.Identity.of(new PeerFolder(home.peer()));
    }

    /** Runs until told to stop. Returns why it failed; empty = it was asked to end. */
    public static Optional<String> run(Start start) throws InterruptedException {
        PeerFolder folder = new PeerFolder(start.home().peer());
        PeerPart.Identity identity = PeerPart.Identity.of(folder);
        AtomicBoolean isLoggedOut = new AtomicBoolean();
        Optional<String> failure;
        try (NodeProcess process = NodeProcess.begin(start, "peer")) {
            List<Address> hubs = folder.account().orElseThrow().hubAddresses().stream()
                    .map(address -> Address.parse(address, Setting.HUB_PORT))
                    .toList();
            PeerPart.Running peer = PeerPart.open(start, process, identity, PeerPart.Door.own(start.config()), hubs);
            Operations.open(start, process, Optional.empty(), peer.node());
            PeerApi api = peer.api(process::stop, () -> {
                isLoggedOut.set(true);
                process.stop();
            });
            process.keep("local api", LocalServer.open(start.home().socket(), api));
            start.teller().say("The peer of @" + identity.account() + " runs.");
            start.teller()
                    .say("  listening on  "
                            + peer.node().listenAddress().map(Listening::shown).orElse("no port"));
            process.keepFlags();
            start.teller()
                    .say("  next          `covey chat`, `covey ls`, `covey status`; "
                            + start.teller().howToEnd() + " ends it");
            refusal(peer.node()).ifPresent(start.teller()::say);
            process.farewell(() -> "telling the hub and whoever is linked");
            failure = process.await();
        }
        if (isLoggedOut.get()) {
            folder.retire();
        }
        return failure;
    }

    /** Why the hub does not take this device, if that is the first word of it. */
    private static Optional<String> refusal(PeerNode peer) {
        CompletableFuture<HubStatus> first = new CompletableFuture<>();
        peer.loop().execute(() -> {
            Cancellable watching = peer.watch(event -> {
                if (event instanceof PeerEvent.Hub(HubStatus hub)) {
                    first.complete(hub);
                }
            });
            peer.loop().schedule(FIRST_WORD_MILLIS, () -> {
                watching.cancel();
                first.complete(peer.hub());
            });
            if (peer.hub().phase() != HubStatus.Phase.CONNECTING) {
                first.complete(peer.hub());
            }
        });
        HubStatus hub = first.join();
        return hub.phase() == HubStatus.Phase.REFUSED
                ? Optional.of(
                        "But the hub does not take this device: " + hub.why() + ". `covey doctor` says what to do.")
                : Optional.empty();
    }
}
