package covey.bench;

import covey.cluster.CommandBatcher;
import covey.cluster.RatisLog;
import covey.cluster.RatisSettings;
import covey.env.Env;
import covey.hub.HubNode;
import covey.hub.HubSettings;
import covey.hub.HubState;
import covey.identity.DeviceKeys;
import covey.store.RocksStore;
import covey.transport.NettyTransport;
import covey.transport.Protocol;
import covey.transport.Transport;
import covey.transport.Transport.Address;
import covey.transport.TransportSettings;
import covey.wire.proto.RegistrationPolicy;
import covey.wire.proto.RosterProof;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** A hub without the rest of the process around it: {@code HubMain HOME PORT}. */
final class HubMain {
    private HubMain() {}

    public static void main(String[] args) throws Exception {
        Env env = Env.system();
        Path hub = Path.of(args[0]).resolve("hub");
        Address address = new Address("127.0.0.1", Integer.parseInt(args[1]));
        DeviceKeys keys = DeviceKeys.load(hub.resolve("hub.key"));
        RosterProof roster = RosterProof.parseFrom(Files.readAllBytes(hub.resolve("network.pb")));
        HubState state = new HubState(hub.resolve("state"), RocksStore.factory(RocksStore.Options.replicated()));
        RatisSettings settings =
                RatisSettings.alone(hub.resolve("raft"), keys.id().toString());
        RatisLog log =
                RatisLog.open(settings, state, env, why -> Runtime.getRuntime().halt(1));
        CommandBatcher batcher = new CommandBatcher(log, env);
        HubSettings hubSettings = new HubSettings(address, "bench", RegistrationPolicy.OPEN, "bench");
        HubNode node = new HubNode(env, hubSettings, keys, roster, log, batcher, state);
        Transport transport = new NettyTransport(env, keys, TransportSettings.defaults());
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            node.close();
            transport.close();
        }));
        transport.listen(address, Set.of(Protocol.HUB), node.acceptor());
        Thread.currentThread().join();
    }
}
