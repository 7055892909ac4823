package covey.chat;

import com.google.protobuf.ByteString;
import covey.courier.Courier;
import covey.courier.Introductions;
import covey.identity.SealException;
import covey.identity.SenderChain;
import covey.mailbox.RoomChain;
import covey.store.Records;
import covey.wire.DeviceId;
import covey.wire.proto.Body;
import covey.wire.proto.KeptChain;
import covey.wire.proto.KeptKind;
import covey.wire.proto.RoomPost;
import covey.wire.proto.SealedPost;
import covey.wire.proto.SenderKey;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;

/**
 * Sender keys of private rooms. The own ones live in memory, one per room and membership epoch since the start of the
 * process (see {@code courier} for why), and are given to each member's devices before anything is sealed with them:
 * who is not a member in that epoch never gets it. Those of others are kept.
 */
final class RoomKeys {
    /** Own keys remembered to answer devices that ask for one. */
    private static final int OWN_MAX = 256;

    /** Keys of one device for one room: one per start and per change of membership. */
    private static final int CHAINS_PER_ROOM_MAX = 32;

    /** Of one device for all rooms: rooms can be made up. The oldest go first; a post of theirs asks for its key. */
    static final int CHAINS_PER_DEVICE_MAX = 1_024;

    /** So many go at once: finding the oldest looks through all. */
    private static final int CHAINS_FORGOTTEN = 128;

    private final Context context;
    private final Courier courier;
    private final Introductions introductions;
    /** By key id, the newest last: an epoch has a further one when a device that has the one before was revoked. */
    private final Map<ByteString, Own> own = new LinkedHashMap<>();
    /** Keys kept by device, counted at the first one that comes. */
    private final Map<DeviceId, Integer> kept = new HashMap<>();

    private record RoomEpoch(ByteString room, long epoch) {}

    private record Own(RoomEpoch name, SenderChain chain, Set<DeviceId> given) {}

    RoomKeys(Context context, Courier courier, Introductions introductions) {
        this.context = context;
        this.courier = courier;
        this.introductions = introductions;
    }

    SealedPost seal(RoomChain room, ByteString postId, Body body) {
        Set<DeviceId> present = new LinkedHashSet<>();
        for (String member : room.members()) {
            introductions.devices(member).forEach(device -> present.add(device.device()));
        }
        Own current = current(new RoomEpoch(room.room(), room.epoch()), present);
        for (DeviceId device : present) {
            if (current.given.add(device)) {
                give(device, current);
            }
        }
        return current.chain.seal(
                context.station().keys,
                room.room().toByteArray(),
                room.epoch(),
                postId.toByteArray(),
                body.toByteArray());
    }

    /** The key in use; another one once a device that has it is gone. */
    private Own current(RoomEpoch name, Set<DeviceId> present) {
        Optional<Own> newest =
                own.values().stream().filter(key -> key.name.equals(name)).reduce((older, newer) -> newer);
        if (newest.isPresent() && present.containsAll(newest.get().given)) {
            return newest.get();
        }
        Own fresh = new Own(name, SenderChain.create(context.station().env), new HashSet<>());
        own.put(ByteString.copyFrom(fresh.chain.keyId()), fresh);
        while (own.size() > OWN_MAX) {
            own.remove(own.keySet().iterator().next());
        }
        return fresh;
    }

    private void give(DeviceId device, Own key) {
        SenderKey distribution = key.chain.distribution(key.name.room(), key.name.epoch());
        courier.post(
                device,
                KeptKind.KIND_SENDER_KEY_VALUE,
                Bodies.senderKey(distribution, context.station().wallMillis()).toByteString());
        context.turn().mustSurvive();
    }

    /** Somebody's device asks for an own key: it gets it from where it stands now, if its account was a member. */
    void wanted(DeviceId device, ByteString room, ByteString keyId, Members membersAt, String account) {
        Optional<Own> key = Optional.ofNullable(own.get(keyId))
                .filter(found -> found.name.room().equals(room)
                        && membersAt.at(room, found.name.epoch()).contains(account));
        boolean isTheirs = introductions.devices(account).stream()
                .anyMatch(theirs -> theirs.device().equals(device));
        if (key.isPresent() && isTheirs) {
            key.get().given.add(device);
            give(device, key.get());
        }
    }

    /** Who was in a room in an epoch; empty when that is not known. */
    interface Members {
        SortedSet<String> at(ByteString room, long epoch);
    }

    /** Returns the id of what asks for it. */
    ByteString want(DeviceId device, ByteString room, ByteString keyId) {
        context.turn().mustSurvive();
        return courier.post(
                device,
                KeptKind.KIND_SENDER_KEY_WANTED_VALUE,
                Bodies.senderKeyWanted(room, keyId, context.station().wallMillis())
                        .toByteString());
    }

    boolean isAsked(DeviceId device, ByteString item) {
        return courier.carries(device, item);
    }

    /** Keeps a key; the first one told of an id counts, since it opens the most. False when it is none. */
    boolean keep(DeviceId from, SenderKey key) {
        byte[] name = Tables.chain(key.getRoom(), from, key.getKeyId());
        if (context.turn().getSound(name).isPresent()) {
            return true;
        }
        SenderChain chain;
        try {
            chain = SenderChain.from(key);
        } catch (SealException e) {
            return false;
        }
        forgetOldest(key.getRoom(), from);
        KeptChain kept = KeptChain.newBuilder()
                .setChain(ByteString.copyFrom(chain.encode()))
                .setEpoch(key.getEpoch())
                .setReceivedMillis(context.station().wallMillis())
                .build();
        context.turn().put(name, kept.toByteArray());
        return true;
    }

    /** Makes room for one more; {@code kept} spares looking through all rooms for each key. */
    private void forgetOldest(ByteString room, DeviceId from) {
        int forgotten = forgetOldest(Tables.chains(room, from), from, CHAINS_PER_ROOM_MAX);
        if (kept.isEmpty()) {
            context.turn().scanSound(Tables.chains(), (key, value) -> {
                kept.merge(Tables.chainOwner(key), 1, Integer::sum);
                return true;
            });
        } else {
            kept.merge(from, -forgotten, Integer::sum);
        }
        if (kept.merge(from, 1, Integer::sum) > CHAINS_PER_DEVICE_MAX) {
            kept.merge(
                    from, -forgetOldest(Tables.chains(), from, CHAINS_PER_DEVICE_MAX - CHAINS_FORGOTTEN), Integer::sum);
        }
    }

    /** Returns how many. */
    private int forgetOldest(byte[] prefix, DeviceId from, int most) {
        List<byte[]> tooMany = context.turn()
                .oldest(
                        prefix,
                        key -> Tables.chainOwner(key).equals(from),
                        value -> Records.parse(KeptChain.parser(), value).getReceivedMillis(),
                        most - 1);
        tooMany.forEach(context.turn()::delete);
        return tooMany.size();
    }

    /** Opens a post; empty when its key is not known (yet). */
    Optional<byte[]> open(DeviceId from, byte[] publicKey, RoomPost post) throws SealException {
        byte[] name = Tables.chain(post.getRoom(), from, post.getSealed().getKeyId());
        Optional<KeptChain> kept = context.turn().getSound(name).map(value -> Records.parse(KeptChain.parser(), value));
        if (kept.isEmpty()) {
            return Optional.empty();
        }
        if (kept.get().getEpoch() != post.getEpoch()) {
            throw new SealException("The key is of another epoch.");
        }
        SenderChain chain = SenderChain.decode(kept.get().getChain().toByteArray());
        byte[] opened = chain.open(
                publicKey,
                post.getRoom().toByteArray(),
                post.getEpoch(),
                post.getPostId().toByteArray(),
                post.getSealed());
        context.turn()
                .put(
                        name,
                        kept.get().toBuilder()
                                .setChain(ByteString.copyFrom(chain.encode()))
                                .build()
                                .toByteArray());
        return Optional.of(opened);
    }
}
