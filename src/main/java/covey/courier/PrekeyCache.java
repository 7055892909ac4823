package covey.courier;

import covey.identity.Prekey;
import covey.store.Records;
import covey.wire.DeviceId;
import covey.wire.Limits;
import covey.wire.proto.KeptPrekey;
import covey.wire.proto.PublishPrekey;
import covey.wire.proto.Query;
import covey.wire.proto.QueryReply;
import covey.wire.proto.ResolveAccount;
import covey.wire.proto.ResolvedDevice;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Other devices' prekeys: asked of the hub, checked, kept for when the hub is away. */
final class PrekeyCache {
    private static final Logger log = LoggerFactory.getLogger(PrekeyCache.class);

    /** Prekeys are renewed weekly: an older one may be replaced by now, so the hub is asked when it is there. */
    private static final long FRESH_MILLIS = TimeUnit.DAYS.toMillis(1);

    /** Older ones are not used without asking: their private half may be gone. */
    private static final long USABLE_MILLIS = Limits.MAIL_LIFETIME_MILLIS;

    /** A device without a prekey has just been enrolled, or is about to come back: asked again after this. */
    private static final long ASK_AGAIN_MILLIS = 2_000;

    private final Station station;
    private final Consumer<String> learned;
    private final Map<DeviceId, Long> notBeforeMillis = new HashMap<>();
    private final Set<DeviceId> suspects = new HashSet<>();
    private final Set<String> asked = new HashSet<>();

    /** @param learned hears of an account whose prekeys were told, new ones or not */
    PrekeyCache(Station station, Consumer<String> learned) {
        this.station = station;
        this.learned = learned;
    }

    /** A prekey to open a session with; when there is none that will do, it is asked for. */
    Optional<PublishPrekey> get(DeviceId device, String account) {
        Optional<KeptPrekey> kept =
                station.turn.getSound(Tables.prekey(device)).map(value -> Records.parse(KeptPrekey.parser(), value));
        long ageMillis = kept.map(found -> station.wallMillis() - found.getFetchedMillis())
                .orElse(Long.MAX_VALUE);
        boolean isFresh = ageMillis < FRESH_MILLIS && ageMillis > -FRESH_MILLIS && !suspects.contains(device);
        if (isFresh) {
            return kept.map(KeptPrekey::getPrekey);
        }
        if (station.paths.hubIsUp() && mayAsk(device)) {
            ask(account, device);
            return Optional.empty();
        }
        // The hub is away or has nothing newer: what is known is better than nothing.
        boolean isWaiting = asked.contains(account);
        return isWaiting || ageMillis > USABLE_MILLIS ? Optional.empty() : kept.map(KeptPrekey::getPrekey);
    }

    /** The device could not open what was sealed to its prekey. */
    void suspect(DeviceId device) {
        suspects.add(device);
    }

    private boolean mayAsk(DeviceId device) {
        return station.monotonicMillis() >= notBeforeMillis.getOrDefault(device, Long.MIN_VALUE);
    }

    private void ask(String account, DeviceId device) {
        if (!asked.add(account)) {
            return;
        }
        notBeforeMillis.put(device, station.monotonicMillis() + ASK_AGAIN_MILLIS);
        Query query = Query.newBuilder()
                .setResolve(ResolveAccount.newBuilder().setAccount(account))
                .build();
        station.turn.after(() -> station.query(query, reply -> answered(account, reply), problem -> {
            log.info("prekeys of @{} are not told: {}", account, problem.getMessage());
            answered(account, QueryReply.getDefaultInstance());
        }));
    }

    private void answered(String account, QueryReply reply) {
        asked.remove(account);
        for (ResolvedDevice resolved : reply.getResolved().getDevicesList()) {
            if (resolved.getDevice().size() == DeviceId.BYTES && resolved.hasPrekey()) {
                keep(DeviceId.of(resolved.getDevice()), resolved.getPrekey());
            }
        }
        learned.accept(account);
    }

    private void keep(DeviceId device, PublishPrekey prekey) {
        Optional<byte[]> publicKey = station.devices.publicKey(device);
        if (publicKey.isEmpty() || !Prekey.verify(prekey, publicKey.get())) {
            log.warn("prekey is not signed by its device: device={}", device.shortText());
            return;
        }
        suspects.remove(device);
        station.turn.put(
                Tables.prekey(device),
                KeptPrekey.newBuilder()
                        .setPrekey(prekey)
                        .setFetchedMillis(station.wallMillis())
                        .build()
                        .toByteArray());
    }

    void forget(DeviceId device) {
        suspects.remove(device);
        notBeforeMillis.remove(device);
        station.turn.delete(Tables.prekey(device));
    }
}
