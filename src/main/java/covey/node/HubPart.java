package covey.node;

import covey.cluster.CommandBatcher;
import covey.cluster.RatisLog;
import covey.cluster.RatisSettings;
import covey.env.Env;
import covey.hub.HubApi;
import covey.hub.HubBootstrap;
import covey.hub.HubNode;
import covey.hub.HubSettings;
import covey.hub.HubState;
import covey.identity.DeviceKeys;
import covey.identity.Rosters;
import covey.identity.Token;
import covey.store.RocksStore;
import covey.transport.NettyTransport;
import covey.transport.Protocol;
import covey.transport.Transport;
import covey.transport.Transport.Address;
import covey.transport.TransportSettings;
import covey.wire.proto.Command;
import covey.wire.proto.RegistrationPolicy;
import covey.wire.proto.Role;
import covey.wire.proto.RosterProof;
import covey.wire.proto.SetPolicy;
import covey.wire.proto.TokenKind;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** The hub of a process: opens log, state, sessions and port in this order. */
final class HubPart {
    private final Env env;
    private final HubFolder folder;
    private final DeviceKeys keys;
    private final RosterProof roster;
    private final HubState state;
    private final HubNode node;
    private final Transport.Listener port;
    private final Address listen;
    private final List<Address> advertised;

    private HubPart(Start start, HubFolder folder, RosterProof roster, NodeProcess process, Address wanted) {
        this.env = start.env();
        this.folder = folder;
        this.roster = roster;
        keys = folder.hubKeys();
        HubSettings settings = new HubSettings(
                wanted, start.config().text(Setting.HUB_NETWORK_NAME), policy(start.config()), start.version());
        state = process.keep(
                "hub state", new HubState(folder.state(), RocksStore.factory(RocksStore.Options.replicated())));
        // From here on closing the hub node closes the log; until it exists nobody else would.
        RatisLog log =
                RatisLog.open(RatisSettings.alone(folder.log(), keys.id().toString()), state, env, process::fail);
        process.keep("hub log", log);
        Transport transport =
                process.keep("hub transport", new NettyTransport(env, keys, TransportSettings.defaults()));
        node = process.keep(
                "hub",
                new HubNode(
                        env,
                        settings,
                        keys,
                        roster,
                        log,
                        new CommandBatcher(log, env),
                        state,
                        Optional.of(folder.search())));
        if (state.network().isEmpty()) {
            node.submitOwn(
                    HubBootstrap.boot(roster, settings, folder.operatorKeys().publicKey()));
        }
        port = process.keep(
                "hub port",
                transport.listen(
                        Listening.bindable(wanted, transport),
                        Set.of(Protocol.HUB, Protocol.HUB_BULK),
                        node.acceptor()));
        listen = new Address(wanted.host(), port.address().port());
        advertised =
                Listening.advertised(start.config().addresses(Setting.HUB_ADVERTISE, listen.port()), listen, transport);
    }

    /** Opens the hub of this home; makes a new network first when there is none. */
    static HubPart open(Start start, NodeProcess process) {
        HubFolder folder = new HubFolder(start.home().hub());
        Address wanted = wanted(start.config(), folder);
        Listening.requireFree(wanted, Setting.HUB_LISTEN);
        if (!folder.hasNetwork()) {
            // Only to look at the interfaces: what the hub is told to others as goes into the first roster.
            try (Transport looking =
                    new NettyTransport(start.env(), DeviceKeys.generate(start.env()), TransportSettings.defaults())) {
                List<Address> owners = start.config().addresses(Setting.HUB_ADVERTISE, wanted.port());
                folder.create(start.env(), texts(Listening.advertised(owners, wanted, looking)), start.teller());
            }
        }
        HubPart part = new HubPart(start, folder, folder.roster(), process, wanted);
        part.adopt(start);
        if (!part.state.isAuditIntact()) {
            start.teller().say("WARNING: records of the audit log were changed or removed behind the hub's back.");
        }
        return part;
    }

    /** What was set on purpose holds from this start on; what nobody set stays as the network has it. */
    private void adopt(Start start) {
        HubState.Network network = state.network().orElseThrow();
        Config.Value registration = start.config().value(Setting.HUB_REGISTRATION);
        RegistrationPolicy wanted = policy(start.config());
        if (registration.isChosen() && wanted != network.registration()) {
            SetPolicy set = SetPolicy.newBuilder().setRegistration(wanted).build();
            node.submitOwn(Command.newBuilder().setSetPolicy(set).build());
            start.teller().say("Registration is now: " + registration.text() + ".");
        }
        Config.Value name = start.config().value(Setting.HUB_NETWORK_NAME);
        if (name.isChosen() && !name.text().equals(network.name())) {
            start.teller()
                    .say("The network's name stays " + network.name() + ": it is given at the first start only ("
                            + name.origin() + " says " + name.text() + ").");
        }
    }

    private static RegistrationPolicy policy(Config config) {
        return RegistrationPolicy.valueOf(config.text(Setting.HUB_REGISTRATION).toUpperCase(Locale.ROOT));
    }

    /** Port 0 is any free one at first, and the same ever after: it stands in the roster. */
    private static Address wanted(Config config, HubFolder folder) {
        Address asked = config.address(Setting.HUB_LISTEN, Setting.HUB_PORT);
        if (asked.port() != 0) {
            return asked;
        }
        if (!folder.hasNetwork()) {
            return new Address(asked.host(), covey.transport.Probe.freePort());
        }
        List<String> known = Rosters.verify(folder.roster(), new byte[0]).addresses();
        return new Address(
                asked.host(), Address.parse(known.getFirst(), Setting.HUB_PORT).port());
    }

    /** Before anybody is asked anything: a port in use is better told now than half-way. */
    static void requireFreePort(Home home, Config config) {
        Listening.requireFree(wanted(config, new HubFolder(home.hub())), Setting.HUB_LISTEN);
    }

    static List<String> texts(List<Address> addresses) {
        return addresses.stream().map(Address::toString).toList();
    }

    HubNode node() {
        return node;
    }

    HubFolder folder() {
        return folder;
    }

    RosterProof roster() {
        return roster;
    }

    /** True until somebody can administer the network without this machine. */
    boolean needsAdministrator() {
        return state.view().accounts().stream().noneMatch(account -> account.role() == Role.ADMINISTRATOR);
    }

    /** Where the hub listens; a peer of this process may share it. */
    Transport.Listener port() {
        return port;
    }

    Address listen() {
        return listen;
    }

    /** What tokens name, best first. */
    List<Address> advertised() {
        return advertised;
    }

    HubApi api() {
        return new HubApi(node, Listening.shown(listen), keys.publicKey());
    }

    /** Makes a token, good for a day. */
    Token token(TokenKind kind, int uses) {
        return HubBootstrap.token(node, env, texts(advertised), kind, uses);
    }
}
