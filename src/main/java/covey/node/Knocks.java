package covey.node;

import covey.env.Env;
import covey.identity.DeviceKeys;
import covey.transport.NettyTransport;
import covey.transport.Transport.Address;
import covey.transport.TransportSettings;
import java.util.List;
import java.util.Optional;

/** Strangers that say HELLO to a hub and go: what a hub does most at its start, for the build's training of one. */
public final class Knocks {
    private Knocks() {}

    /** Blocks until all were answered, one after the other. */
    public static void at(Env env, Address hub, int times) {
        DeviceKeys nobody = DeviceKeys.generate(env);
        for (int i = 0; i < times; i++) {
            NettyTransport transport = new NettyTransport(env, nobody, TransportSettings.defaults());
            HubContact.open(env, transport, List.of(hub), Optional.empty(), new byte[0])
                    .close();
        }
    }
}
