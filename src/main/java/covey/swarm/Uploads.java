package covey.swarm;

import covey.content.ContentId;
import covey.wire.DeviceId;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Decides whom to serve next, over all contents that this device serves. A peer needs a slot (else it is told when to
 * come again); among those who have one, whoever got least is next, and a block once begun is sent to its end, because
 * whole blocks spread sooner than halves. One owner, no thread of its own.
 *
 * <p>Ask {@link #next} whenever something may have changed, and send what it says.
 */
public final class Uploads {
    private static final long NANOS_PER_MILLI = 1_000_000;

    /** Who finds no slot comes again soon: a small content is served within that time. */
    private static final long RETRY_MILLIS = 1_000;

    /** Peers whose debt is remembered: many times as many as are served at once. */
    private static final int CAPS_MAX = 1_024;

    /** Requests of one fetch among which the order may change. */
    private static final int FRESH_LOOKS_MAX = 8;

    private final int slots;
    private final TokenBucket total;
    private final Map<DeviceId, Peer> peers = new LinkedHashMap<>();
    /** Of those who were served last, too: who comes again and again for small contents owes what it took before. */
    private final LinkedHashMap<DeviceId, TokenBucket> caps = new LinkedHashMap<>();
    /** Blocks that went out once, of contents that somebody fetches. */
    private final Map<ContentId, BitSet> sentOnce = new HashMap<>();

    private long peerBytesPerSecond;
    private Optional<Peer> current = Optional.empty();
    /** What the peer served last had got before: where the round is. */
    private long reachedBytes;

    /** A block that a peer wants of one of its fetches. */
    public record Request(DeviceId peer, int fetch, int block, int bytes) {}

    /** What to do now. */
    public sealed interface Turn {
        /** Send these bytes of the block, then ask again. */
        record Send(Request request, int offset, int bytes) implements Turn {}

        /** The caps want a pause; ask again then, or when something changes. */
        record Wait(long nanos) implements Turn {}

        /** Nobody wants anything, or none of those who do can take it now. */
        record Idle() implements Turn {}
    }

    /** One fetch of a peer. */
    private static final class Lane {
        final ContentId content;
        final ArrayDeque<Request> queue = new ArrayDeque<>();
        /** Bytes of the first request that went out. */
        int sent;

        boolean isBlocked;

        Lane(ContentId content) {
            this.content = content;
        }
    }

    private static final class Peer {
        /** By fetch, the one that waited longest first. */
        final LinkedHashMap<Integer, Lane> lanes = new LinkedHashMap<>();

        final TokenBucket cap;
        /** What it got, counted from where the others were when it last had nothing to ask: the least is next. */
        long servedBytes;

        long tookNanos;

        Peer(TokenBucket cap, long nowNanos) {
            this.cap = cap;
            this.tookNanos = nowNanos;
        }

        /** What it is sent next: of the block that was begun, else of the fetch whose turn it is. */
        Optional<Lane> next() {
            Optional<Lane> first = Optional.empty();
            for (Lane lane : lanes.values()) {
                if (!lane.isBlocked && !lane.queue.isEmpty()) {
                    if (lane.sent > 0) {
                        return Optional.of(lane);
                    }
                    first = first.isPresent() ? first : Optional.of(lane);
                }
            }
            return first;
        }
    }

    /**
     * What this device gives.
     *
     * @param slots peers served at once
     * @param totalBytesPerSecond to all of them together; 0 limits nothing, here and below
     * @param peerBytesPerSecond to each, over all that it fetches
     */
    public record Settings(int slots, long totalBytesPerSecond, long peerBytesPerSecond) {
        public static final Settings USUAL = new Settings(SwarmLimits.SLOTS, 0, 0);

        public Settings {
            if (slots < 1) {
                throw new IllegalArgumentException("upload slots: " + slots + " (expected: >= 1)");
            }
        }
    }

    public Uploads(Settings settings, long nowNanos) {
        this.slots = settings.slots;
        this.total = new TokenBucket(settings.totalBytesPerSecond, nowNanos);
        this.peerBytesPerSecond = settings.peerBytesPerSecond;
    }

    /** Peers served at once. */
    public int slots() {
        return slots;
    }

    public void caps(long totalBytesPerSecond, long newPeerBytesPerSecond, long nowNanos) {
        total.rate(totalBytesPerSecond, nowNanos);
        peerBytesPerSecond = newPeerBytesPerSecond;
        caps.values().forEach(cap -> cap.rate(newPeerBytesPerSecond, nowNanos));
    }

    /**
     * A peer begins a fetch of one content. Empty when it is served from now on, else BUSY: the milliseconds after
     * which it may ask again. One who holds a slot and takes nothing makes room: see {@link #evict}.
     */
    public OptionalLong join(DeviceId device, int fetch, ContentId content, long nowNanos) {
        Peer peer = peers.get(device);
        if (peer == null && peers.size() < slots) {
            TokenBucket cap = caps.computeIfAbsent(device, _ -> new TokenBucket(peerBytesPerSecond, nowNanos));
            caps.putLast(device, cap);
            if (caps.size() > CAPS_MAX) {
                caps.pollFirstEntry();
            }
            peer = new Peer(cap, nowNanos);
            peers.put(device, peer);
        }
        if (peer == null || peer.lanes.size() >= SwarmLimits.FETCHES_PER_PEER_MAX) {
            return OptionalLong.of(RETRY_MILLIS);
        }
        peer.lanes.put(fetch, new Lane(content));
        return OptionalLong.empty();
    }

    /**
     * Who should lose its slot for another that was just sent away: one that took nothing for a while. The caller
     * closes its fetches with BUSY and says {@link #gone}.
     */
    public Optional<DeviceId> evict(long nowNanos) {
        if (peers.size() < slots) {
            return Optional.empty();
        }
        return peers.entrySet().stream()
                .filter(entry -> entry.getValue().next().isEmpty()) // else it is the caps that let it wait
                .filter(entry -> nowNanos - entry.getValue().tookNanos > SwarmLimits.IDLE_SLOT_MILLIS * NANOS_PER_MILLI)
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** False when it is to be declined: of no fetch that was begun, asked for already, or one too many. */
    public boolean want(Request request) {
        Peer peer = peers.get(request.peer());
        Optional<Lane> lane = lane(request.peer(), request.fetch());
        if (peer == null
                || lane.isEmpty()
                || lane.get().queue.size() >= SwarmLimits.REQUESTS_PER_PEER_MAX
                || lane.get().queue.contains(request)) {
            return false;
        }
        if (peer.lanes.values().stream().allMatch(each -> each.queue.isEmpty())) {
            peer.servedBytes = Math.max(peer.servedBytes, reachedBytes);
        }
        lane.get().queue.add(request);
        return true;
    }

    private Optional<Lane> lane(DeviceId device, int fetch) {
        return Optional.ofNullable(peers.get(device)).map(peer -> peer.lanes.get(fetch));
    }

    /** No longer wanted; what is out is out. */
    public void unwant(DeviceId device, int fetch, int block) {
        lane(device, fetch).ifPresent(lane -> {
            Request first = lane.queue.peek();
            if (first != null && first.block() == block) {
                lane.sent = 0;
            }
            lane.queue.removeIf(request -> request.block() == block);
        });
    }

    /** The fetch ended; with the last one the slot is free. */
    public void leave(DeviceId device, int fetch) {
        Peer peer = peers.get(device);
        if (peer != null && peer.lanes.remove(fetch) != null) {
            if (peer.lanes.isEmpty()) {
                peers.remove(device);
            }
            forgetUnserved();
        }
    }

    /** All its fetches ended. */
    public void gone(DeviceId device) {
        if (peers.remove(device) != null) {
            forgetUnserved();
        }
    }

    private void forgetUnserved() {
        sentOnce.keySet()
                .removeIf(content -> peers.values().stream()
                        .flatMap(peer -> peer.lanes.values().stream())
                        .noneMatch(lane -> lane.content.equals(content)));
    }

    /** The connection of the fetch takes no more just now ({@code true}), or takes more again. */
    public void blocked(DeviceId device, int fetch, boolean isBlocked) {
        lane(device, fetch).ifPresent(lane -> lane.isBlocked = isBlocked);
    }

    /** What to send now; it counts as sent. */
    public Turn next(long nowNanos) {
        Optional<Peer> least = Optional.empty();
        Optional<Lane> served = Optional.empty();
        long waitNanos = Long.MAX_VALUE;
        for (Peer peer : peers.values()) {
            Optional<Lane> lane = peer.next();
            if (lane.isEmpty()) {
                continue;
            }
            long wait = Math.max(total.waitNanos(nowNanos), peer.cap.waitNanos(nowNanos));
            waitNanos = Math.min(waitNanos, wait);
            boolean isBegun = lane.get().sent > 0 && current.equals(Optional.of(peer));
            boolean isLess = least.isEmpty() || peer.servedBytes < least.get().servedBytes;
            if (wait == 0 && (isBegun || isLess)) {
                least = Optional.of(peer);
                served = lane;
                if (isBegun) {
                    break;
                }
            }
        }
        if (least.isEmpty() || served.isEmpty()) {
            return waitNanos == Long.MAX_VALUE ? new Turn.Idle() : new Turn.Wait(waitNanos);
        }
        return send(least.get(), served.get(), nowNanos);
    }

    /** Of what is asked for first, a block that nobody got from here yet: others can get it from one another. */
    private Request freshest(Lane lane) {
        BitSet sent = sentOnce.computeIfAbsent(lane.content, _ -> new BitSet());
        Optional<Request> fresh = lane.queue.stream()
                .limit(FRESH_LOOKS_MAX)
                .filter(request -> !sent.get(request.block()))
                .findFirst();
        fresh.ifPresent(request -> {
            sent.set(request.block());
            lane.queue.remove(request);
            lane.queue.addFirst(request);
        });
        return lane.queue.getFirst();
    }

    private Turn send(Peer peer, Lane lane, long nowNanos) {
        Request request = lane.sent > 0 ? lane.queue.getFirst() : freshest(lane);
        int offset = lane.sent;
        int bytes = Math.min(Math.min(total.pieceBytes(), peer.cap.pieceBytes()), request.bytes() - offset);
        lane.sent += bytes;
        if (lane.sent == request.bytes()) {
            lane.queue.remove();
            lane.sent = 0;
            peer.lanes.putLast(request.fetch(), lane);
        }
        reachedBytes = Math.max(reachedBytes, peer.servedBytes);
        peer.servedBytes += bytes;
        peer.tookNanos = nowNanos;
        peer.cap.take(bytes, nowNanos);
        total.take(bytes, nowNanos);
        current = Optional.of(peer);
        return new Turn.Send(request, offset, bytes);
    }
}
