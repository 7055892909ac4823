package covey.courier;

import com.google.protobuf.ByteString;
import covey.identity.Prekey;
import covey.identity.SealException;
import covey.identity.Session;
import covey.store.Keys;
import covey.store.Records;
import covey.wire.DeviceId;
import covey.wire.proto.Envelope;
import covey.wire.proto.KeptSession;
import covey.wire.proto.PublishPrekey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sessions with other devices. Those for sealing live in memory only and are opened anew at each start: a key that
 * advances one way must never be used twice, and nobody can tell a plain restart from a folder restored from a backup.
 * Those for opening are kept, advanced in the same batch as what they opened.
 */
final class Seals {
    private static final Logger log = LoggerFactory.getLogger(Seals.class);

    /** A new session now and then, to the newest prekey, ends what a stolen key could read. */
    private static final long SESSION_MILLIS_MAX = TimeUnit.DAYS.toMillis(7);

    /** Sessions of one sender kept for opening: one per start of it, as far as its mail may still be on the way. */
    private static final int SESSIONS_PER_DEVICE_MAX = 8;

    private static final int IN_MEMORY_MAX = 512;

    /** After a session was renewed, complaints about the one before may still arrive. */
    private static final long COMPLAINT_MILLIS = 10_000;

    private final Station station;
    private final OwnPrekeys ownPrekeys;
    private final PrekeyCache prekeys;
    private final Map<DeviceId, Sealing> sealing = new HashMap<>();
    private final LinkedHashMap<SessionName, Opening> opening = new LinkedHashMap<>(16, 0.75f, true);
    private final List<SessionName> advanced = new ArrayList<>();

    private static final class Sealing {
        final Session session;
        final ByteString id;
        final long startedMillis;
        boolean isConfirmed;

        Sealing(Session session, long startedMillis) {
            this.session = session;
            this.id = ByteString.copyFrom(session.id());
            this.startedMillis = startedMillis;
        }
    }

    private static final class Opening {
        final Session session;
        final long createdMillis;
        boolean isAdvanced;

        Opening(Session session, long createdMillis) {
            this.session = session;
            this.createdMillis = createdMillis;
        }
    }

    private record SessionName(DeviceId device, ByteString id) {}

    Seals(Station station, OwnPrekeys ownPrekeys, PrekeyCache prekeys) {
        this.station = station;
        this.ownPrekeys = ownPrekeys;
        this.prekeys = prekeys;
        station.turn.beforeWrite(this::keepAdvanced);
    }

    /** True when something can be sealed to this device now; else the wanted prekey has been asked for. */
    boolean canSeal(DeviceId device, String account) {
        Sealing current = sealing.get(device);
        if (current != null && station.monotonicMillis() - current.startedMillis < SESSION_MILLIS_MAX) {
            return true;
        }
        Optional<byte[]> publicKey = station.devices.publicKey(device);
        Optional<PublishPrekey> prekey = prekeys.get(device, account);
        if (publicKey.isEmpty() || prekey.isEmpty()) {
            return current != null && publicKey.isPresent();
        }
        Session session = Session.start(
                station.env,
                station.keys,
                publicKey.get(),
                prekey.get(),
                station.devices.directorySize(),
                station.wallMillis());
        sealing.put(device, new Sealing(session, station.monotonicMillis()));
        return true;
    }

    /** Only after {@link #canSeal}. */
    Envelope seal(DeviceId device, ByteString id, long epoch, long sequence, long floor, byte[] body) {
        Sealing current = sealing.get(device);
        if (current == null) {
            throw new IllegalStateException("no session with device " + device.shortText());
        }
        return current.session.seal(id.toByteArray(), epoch, sequence, floor, body, !current.isConfirmed);
    }

    /** The device opened something of this session. */
    void confirmed(DeviceId device, Envelope opened) {
        Sealing current = sealing.get(device);
        if (current != null && current.id.equals(opened.getSessionId())) {
            current.isConfirmed = true;
        }
    }

    /** The device could not open {@code envelope}, or mail of long ago. True when the session was given up. */
    boolean renounce(DeviceId device, Optional<Envelope> envelope) {
        Sealing current = sealing.get(device);
        if (current == null) {
            prekeys.suspect(device);
            return false;
        }
        boolean isAboutIt = envelope.map(about -> about.getSessionId().equals(current.id))
                .orElse(station.monotonicMillis() - current.startedMillis > COMPLAINT_MILLIS);
        if (isAboutIt) {
            sealing.remove(device);
            prekeys.suspect(device);
        }
        return isAboutIt;
    }

    void forget(DeviceId device) {
        sealing.remove(device);
        prekeys.forget(device);
    }

    /** Opens what {@code from} sealed to this device; a failed attempt changes nothing. */
    byte[] open(DeviceId from, byte[] publicKey, Envelope envelope) throws SealException {
        SessionName name = new SessionName(from, envelope.getSessionId());
        Optional<Opening> known = find(name);
        Opening session = known.isPresent() ? known.get() : accept(publicKey, envelope);
        byte[] body = session.session.open(envelope);
        if (known.isEmpty()) {
            opening.put(name, session);
            forgetOldest(from);
        }
        if (!session.isAdvanced) {
            session.isAdvanced = true;
            advanced.add(name);
        }
        return body;
    }

    /**
     * Takes the session that an envelope opens, though what it holds came before: the sender will take the
     * acknowledgement as a sign that the session is known here.
     */
    void meet(DeviceId from, byte[] publicKey, Envelope envelope) {
        if (envelope.hasOpen()
                && find(new SessionName(from, envelope.getSessionId())).isEmpty()) {
            try {
                open(from, publicKey, envelope);
                station.turn.mustSurvive();
            } catch (SealException e) {
                log.info("session is not taken from={} why={}", from.shortText(), e.getMessage());
            }
        }
    }

    private Optional<Opening> find(SessionName name) {
        Opening inMemory = opening.get(name);
        if (inMemory != null) {
            return Optional.of(inMemory);
        }
        Optional<Opening> kept = station.turn
                .getSound(Tables.session(name.device(), name.id()))
                .map(value -> Records.parse(KeptSession.parser(), value))
                .map(found -> new Opening(Session.decode(found.getSession().toByteArray()), found.getCreatedMillis()));
        kept.ifPresent(found -> opening.put(name, found));
        return kept;
    }

    private Opening accept(byte[] publicKey, Envelope envelope) throws SealException {
        if (!envelope.hasOpen()) {
            throw new SealException("The session is not known here.");
        }
        Optional<Prekey> prekey = ownPrekeys.byId(envelope.getOpen().getPrekeyId());
        if (prekey.isEmpty()) {
            throw new SealException("The prekey it was sealed to is not kept here any more.");
        }
        return new Opening(Session.accept(station.keys, publicKey, prekey.get(), envelope), station.wallMillis());
    }

    private void forgetOldest(DeviceId from) {
        byte[] prefix = Tables.sessions(from);
        for (byte[] key : station.turn.oldest(
                prefix,
                found -> true,
                value -> Records.parse(KeptSession.parser(), value).getCreatedMillis(),
                SESSIONS_PER_DEVICE_MAX - 1)) {
            station.turn.delete(key);
            SessionName name = new SessionName(
                    from, ByteString.copyFrom(Keys.read(key).skip(prefix.length).rest()));
            opening.remove(name);
            advanced.remove(name);
        }
    }

    /** All that one turn opened with a session costs one record. */
    private void keepAdvanced() {
        for (SessionName name : advanced) {
            Opening session = opening.get(name);
            if (session != null) {
                session.isAdvanced = false;
                station.turn.put(
                        Tables.session(name.device(), name.id()),
                        KeptSession.newBuilder()
                                .setSession(ByteString.copyFrom(session.session.encode()))
                                .setCreatedMillis(session.createdMillis)
                                .build()
                                .toByteArray());
            }
        }
        advanced.clear();
        while (opening.size() > IN_MEMORY_MAX) {
            opening.pollFirstEntry();
        }
    }
}
