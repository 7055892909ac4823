package covey.courier;

import com.google.protobuf.ByteString;
import covey.identity.Prekey;
import covey.store.Records;
import covey.wire.Limits;
import covey.wire.proto.Command;
import covey.wire.proto.KeptOwnPrekey;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The own prekeys: a new one each week, published at the hub; private halves stay as long as mail may wait. */
final class OwnPrekeys {
    private static final Logger log = LoggerFactory.getLogger(OwnPrekeys.class);

    static final long ROTATION_MILLIS = TimeUnit.DAYS.toMillis(7);

    /** A hub that refused a prekey is asked again after this. */
    private static final long REFUSED_MILLIS = TimeUnit.MINUTES.toMillis(1);

    private final Station station;
    private final Map<Long, KeptOwnPrekey> kept = new HashMap<>();
    private final Map<Long, Prekey> opened = new HashMap<>();
    private boolean isPublishing;
    private long notBeforeMillis = Long.MIN_VALUE;

    OwnPrekeys(Station station) {
        this.station = station;
        station.turn.scanSound(Tables.OWN_PREKEYS, (key, value) -> {
            kept.put(Records.number(key), Records.parse(KeptOwnPrekey.parser(), value));
            return true;
        });
    }

    Optional<Prekey> byId(long id) {
        KeptOwnPrekey found = kept.get(id);
        return found == null
                ? Optional.empty()
                : Optional.of(opened.computeIfAbsent(
                        id, key -> Prekey.decode(found.getPrekey().toByteArray())));
    }

    /** The hub says which one it has: after it was restored, or this device was, it is another one. */
    void atHub(boolean isWanted, long id) {
        current()
                .filter(entry -> isWanted || entry.getKey() != id)
                .ifPresent(entry -> save(
                        entry.getKey(),
                        entry.getValue().toBuilder().setPublished(false).build()));
    }

    /** Makes, publishes and forgets what is due. */
    void tick() {
        long now = station.wallMillis();
        Optional<Map.Entry<Long, KeptOwnPrekey>> current = current();
        boolean isDue = current.isEmpty()
                || now - current.get().getValue().getCreatedMillis() >= ROTATION_MILLIS
                || current.get().getValue().getCreatedMillis() - now > ROTATION_MILLIS; // the clock was far ahead
        if (isDue) {
            current.ifPresent(entry -> save(
                    entry.getKey(),
                    entry.getValue().toBuilder().setRetiredMillis(now).build()));
            add(now);
        }
        forgetOld(now);
        publish();
    }

    private void add(long now) {
        // Ids rise, also after a restored backup: the hub and its askers see which is newer.
        long highest = kept.keySet().stream().mapToLong(Long::longValue).max().orElse(0);
        long id = Math.max(highest + 1, now);
        Prekey made = Prekey.generate(station.env, station.keys, id, now);
        save(
                id,
                KeptOwnPrekey.newBuilder()
                        .setPrekey(ByteString.copyFrom(made.encode()))
                        .setCreatedMillis(now)
                        .build());
        station.turn.mustSurvive();
    }

    private void forgetOld(long now) {
        kept.entrySet().removeIf(entry -> {
            long retired = entry.getValue().getRetiredMillis();
            boolean isOld = retired > 0 && now - retired > Limits.MAIL_LIFETIME_MILLIS;
            if (isOld) {
                station.turn.delete(Tables.ownPrekey(entry.getKey()));
                opened.remove(entry.getKey());
            }
            return isOld;
        });
    }

    private void publish() {
        Optional<Map.Entry<Long, KeptOwnPrekey>> current = current();
        boolean mayAsk = !isPublishing && station.paths.hubIsUp() && station.monotonicMillis() >= notBeforeMillis;
        if (current.isEmpty() || current.get().getValue().getPublished() || !mayAsk) {
            return;
        }
        long id = current.get().getKey();
        Command command = Command.newBuilder()
                .setPublishPrekey(byId(id).orElseThrow().published())
                .build();
        isPublishing = true;
        station.turn.after(() -> station.command(command, result -> {
            isPublishing = false;
            if (result.hasProblem()) {
                notBeforeMillis = station.monotonicMillis() + REFUSED_MILLIS;
                log.warn("prekey is not published: {}", result.getProblem().getMessage());
            } else if (kept.containsKey(id)) {
                save(id, kept.get(id).toBuilder().setPublished(true).build());
            }
        }));
    }

    private Optional<Map.Entry<Long, KeptOwnPrekey>> current() {
        return kept.entrySet().stream()
                .filter(entry -> entry.getValue().getRetiredMillis() == 0)
                .findFirst();
    }

    private void save(long id, KeptOwnPrekey prekey) {
        kept.put(id, prekey);
        station.turn.put(Tables.ownPrekey(id), prekey.toByteArray());
    }
}
