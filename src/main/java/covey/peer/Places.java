package covey.peer;

import com.google.protobuf.InvalidProtocolBufferException;
import covey.store.Batch;
import covey.transport.Transport.Address;
import covey.wire.DeviceId;
import covey.wire.Limits;
import covey.wire.proto.Endpoint;
import covey.wire.proto.ResolvedDevice;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where devices were last reachable, kept in the store: direct links work while the hub is away. Only hints: TLS proves
 * who answers. On the loop.
 */
final class Places {
    private static final Logger log = LoggerFactory.getLogger(Places.class);

    private final Self self;

    Places(Self self) {
        this.self = self;
    }

    /** Addresses to try, best first; empty when none was ever told. */
    List<Address> of(DeviceId device) {
        List<Address> addresses = new ArrayList<>();
        for (Endpoint place : stored(device).getEndpointsList()) {
            addresses.add(new Address(place.getHost(), place.getPort()));
        }
        return addresses;
    }

    /** The hub told where a device is now; an empty answer (offline) leaves what is known. */
    void told(ResolvedDevice resolved) {
        if (resolved.getEndpointsCount() > 0 && resolved.getDevice().size() == DeviceId.BYTES) {
            keep(DeviceId.of(resolved.getDevice()), resolved.getEndpointsList());
        }
    }

    /** A dialled address worked: it comes first next time. */
    void worked(DeviceId device, String address) {
        Address parsed = Address.parse(address, PeerSettings.DEFAULT_PORT);
        List<Endpoint> places = new ArrayList<>();
        places.add(Endpoint.newBuilder()
                .setHost(parsed.host())
                .setPort(parsed.port())
                .build());
        places.addAll(stored(device).getEndpointsList());
        keep(device, places);
    }

    private void keep(DeviceId device, List<Endpoint> places) {
        Set<String> seen = new LinkedHashSet<>();
        ResolvedDevice.Builder kept = ResolvedDevice.newBuilder();
        for (Endpoint place : places) {
            boolean isUsable = !place.getHost().isEmpty() && place.getPort() > 0 && place.getPort() <= 65_535;
            if (isUsable && seen.size() < Limits.ENDPOINTS_MAX && seen.add(place.getHost() + " " + place.getPort())) {
                kept.addEndpoints(place);
            }
        }
        ResolvedDevice next = kept.build();
        if (!next.equals(stored(device))) {
            self.keep(new Batch().put(Tables.places(device), next.toByteArray()));
        }
    }

    private ResolvedDevice stored(DeviceId device) {
        try {
            byte[] bytes = self.store().get(Tables.places(device)).orElse(new byte[0]);
            return ResolvedDevice.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            log.warn("addresses of a device cannot be read and are forgotten device={}", device, e);
            return ResolvedDevice.getDefaultInstance();
        }
    }
}
