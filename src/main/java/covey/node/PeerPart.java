package covey.node;

import covey.env.Env;
import covey.files.Contents;
import covey.identity.DeviceKeys;
import covey.peer.PeerNode;
import covey.peer.PeerSettings;
import covey.store.RocksStore;
import covey.swarm.DownloadCaps;
import covey.swarm.Uploads;
import covey.transport.NettyTransport;
import covey.transport.Transport;
import covey.transport.Transport.Address;
import covey.transport.TransportSettings;
import covey.web.PeerApi;
import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.RosterProof;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The peer of a process: opens store and transport, and starts looking for the hub. */
final class PeerPart {
    /** Name of the operator's account, as the directory has it. */
    static final String OPERATOR = "hub";

    /** Whose device a peer is, and where it keeps what it has. */
    record Identity(String account, String deviceName, DeviceKeys keys, RosterProof roster, Path store, Path blocks) {
        /** As enrolment left it. */
        static Identity of(PeerFolder folder) {
            PeerFolder.Account account = folder.account().orElseThrow(PeerPart::noAccount);
            DeviceKeys keys = folder.keys().orElseThrow(PeerPart::noAccount);
            return new Identity(
                    account.account(), account.deviceName(), keys, folder.roster(), folder.store(), folder.blocks());
        }

        /** The operator beside a hub. */
        static Identity operator(HubPart hub) {
            return new Identity(
                    OPERATOR,
                    OPERATOR,
                    hub.folder().operatorKeys(),
                    hub.roster(),
                    hub.folder().operatorStore(),
                    hub.folder().operatorBlocks());
        }
    }

    /**
     * Where a peer takes direct links: at a port of its own, at one that a hub of this process has, or nowhere.
     *
     * @param advertised further addresses that lead there
     */
    record Door(Optional<Address> own, Optional<Transport.Listener> shared, List<Address> advertised) {
        static final Door NONE = new Door(Optional.empty(), Optional.empty(), List.of());

        static Door own(Config config) {
            return new Door(
                    Optional.of(config.address(Setting.PEER_LISTEN, Setting.PEER_PORT)),
                    Optional.empty(),
                    config.addresses(Setting.PEER_ADVERTISE, Setting.PEER_PORT));
        }

        static Door of(HubPart hub, Config config) {
            return new Door(
                    Optional.empty(),
                    Optional.of(hub.port()),
                    config.addresses(Setting.HUB_ADVERTISE, hub.listen().port()));
        }
    }

    /** A peer that runs, and what it holds. */
    record Running(PeerNode node, Contents contents) {
        PeerApi api(Runnable stop, Runnable loggedOut) {
            return new PeerApi(node, stop, loggedOut).with(contents);
        }
    }

    private PeerPart() {}

    private static WireException noAccount() {
        return new WireException(
                ErrorCode.NOT_LOGGED_IN,
                "This home has no account. Make one with `covey join`, or use one you have with `covey login`.");
    }

    /**
     * Opens and starts a peer.
     *
     * @param door where it takes direct links
     * @param hubs addresses to try beside those of the roster
     */
    static Running open(Start start, NodeProcess process, Identity identity, Door door, List<Address> hubs) {
        Env env = start.env();
        RocksStore store = process.keep("peer store", RocksStore.open(identity.store(), RocksStore.Options.local()));
        NettyTransport transport =
                process.keep("peer transport", new NettyTransport(env, identity.keys(), TransportSettings.defaults()));
        PeerSettings settings = new PeerSettings(
                identity.deviceName(),
                start.version(),
                start.home().toString(),
                door.own.map(address -> Listening.bindable(address, transport)),
                door.advertised,
                hubs);
        PeerNode node = process.keep(
                "peer",
                new PeerNode(env, settings, identity.keys(), transport, store, identity.roster(), identity.account()));
        Contents contents = process.keep("contents", new Contents(node, holding(start, identity)));
        if (door.shared.isPresent()) {
            Transport.Listener shared = door.shared.get();
            process.keep("peer port", transport.listenAt(shared, PeerNode.PROTOCOLS, node::accept));
            node.start(shared.address().port());
        } else {
            node.start();
        }
        contents.start();
        return new Running(node, contents);
    }

    private static Contents.Settings holding(Start start, Identity identity) {
        Config config = start.config();
        String folder = config.text(Setting.FILES_FOLDER);
        return new Contents.Settings(
                identity.blocks(),
                folder.isEmpty() ? start.home().files() : Path.of(folder),
                config.bytes(Setting.TRANSFER_FREE_FLOOR),
                config.text(Setting.FILES_ACCEPT).equals("always") ? config.bytes(Setting.FILES_ACCEPT_MAX) : 0,
                new DownloadCaps(
                        config.bytes(Setting.TRANSFER_DOWNLOAD_MAX),
                        config.bytes(Setting.TRANSFER_DOWNLOAD_MAX_EACH),
                        start.env().clock().monotonicNanos()),
                new Uploads.Settings(
                        Integer.parseInt(config.text(Setting.TRANSFER_SLOTS)),
                        config.bytes(Setting.TRANSFER_UPLOAD_MAX),
                        config.bytes(Setting.TRANSFER_UPLOAD_MAX_EACH)));
    }
}
