package covey.sim;

import com.google.protobuf.ByteString;
import covey.cluster.CommandBatcher;
import covey.cluster.MemoryLog;
import covey.hub.HubBootstrap;
import covey.hub.HubNode;
import covey.hub.HubSettings;
import covey.hub.HubState;
import covey.store.MemoryStore;
import covey.transport.Protocol;
import covey.transport.Transport.Address;
import covey.wire.proto.Command;
import covey.wire.proto.EnrolAccount;
import covey.wire.proto.EnrolDevice;
import covey.wire.proto.Enrolment;
import covey.wire.proto.RegistrationPolicy;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** A hub in the simulator: the production hub over an in-memory log that survives its crashes. */
final class SimHub {
    static final Address ADDRESS = new Address("hub", HubSettings.DEFAULT_PORT);
    private static final HubSettings SETTINGS = new HubSettings(ADDRESS, "sim", RegistrationPolicy.OPEN, "covey-sim");

    final HubBootstrap.NewNetwork network;
    private final SimHost host;
    private MemoryLog log;
    private HubState state;
    private HubNode node;
    private boolean isUp;

    SimHub(SimWorld world) {
        host = world.host("hub");
        network = HubBootstrap.create(host, List.of(ADDRESS.toString()));
        state = new HubState(Path.of("sim"), MemoryStore.factory());
        log = new MemoryLog(host.newLoop("log"), state);
        node = run();
        node.own(
                HubBootstrap.boot(network.roster(), SETTINGS, network.operator().publicKey()), result -> {
                    if (result.hasProblem()) {
                        throw new AssertionError(result.getProblem().getMessage());
                    }
                });
        world.run(10);
    }

    private HubNode run() {
        HubNode running = new HubNode(
                host,
                SETTINGS,
                network.hub(),
                network.roster(),
                log,
                new CommandBatcher(log, host),
                state,
                java.util.Optional.empty());
        host.transport(network.hub().id(), network.hub().publicKey())
                .listen(ADDRESS, Set.of(Protocol.HUB, Protocol.HUB_BULK), running.acceptor());
        isUp = true;
        return running;
    }

    /** Makes the account with its first device, or enrols a further one. */
    void enrol(String account, byte[] publicKey, boolean isFurther) {
        ByteString key = ByteString.copyFrom(publicKey);
        Command command = isFurther
                ? Command.newBuilder()
                        .setEnrolDevice(EnrolDevice.newBuilder()
                                .setAccount(account)
                                .setPublicKey(key)
                                .setDeviceName("further")
                                .setEnrolment(Enrolment.BY_PASSWORD))
                        .build()
                : Command.newBuilder()
                        .setEnrolAccount(EnrolAccount.newBuilder()
                                .setAccount(account)
                                .setPublicKey(key)
                                .setDeviceName("first")
                                .setPasswordHash("$argon2id$sim"))
                        .build();
        node.own(command, result -> {
            if (result.hasProblem()) {
                throw new AssertionError(result.getProblem().getMessage());
            }
        });
    }

    SimHost host() {
        return host;
    }

    boolean isUp() {
        return isUp;
    }

    HubNode node() {
        return node;
    }

    HubState state() {
        return state;
    }

    /** kill -9; entries not yet acknowledged may have reached the disk or not. */
    void crash(int keepWritten) {
        isUp = false;
        host.crash();
        HubState next = new HubState(Path.of("sim"), MemoryStore.factory());
        log = log.crash(keepWritten, host.newLoop("log"), next);
        state = next;
    }

    void restart() {
        node = run();
    }
}
