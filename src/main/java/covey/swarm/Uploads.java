package covey.swarm;

import covey.content.ContentId;
import covey.wire.DeviceId;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Iterator;
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

    /** Requests of one peer among which the order may change. */
    private static final int FRESH_LOOKS_MAX = 8;

    private final int slots;
    private final TokenBucket total;
    private final Map<DeviceId, Peer> peers = new LinkedHashMap<>();
    /** Blocks that went out once, of contents that somebody fetches. */
    private final Map<ContentId, BitSet> sentOnce = new HashMap<>();

    private long peerBytesPerSecond;
    private Optional<Peer> current = Optional.empty();
    /** What the peer served last had got before: where the round is. */
    private long reachedBytes;

    /** A block that a peer wants of one of its fetches. */
    public record Request(DeviceId peer, int fetch, int block, int bytes) {
        public Request {
            if (bytes < 1) {
                throw new IllegalArgumentException("block " + block + ": " + bytes + " bytes (expected: >= 1)");
            }
        }
    }

    /** What to do now. */
    public sealed interface Turn {
        /** Send these bytes of the block, then ask again. */
        record Send(Request request, int offset, int bytes) implements Turn {
            public boolean isLast() {
                return offset + bytes == request.bytes();
            }
        }

        /** The caps want a pause; ask again then, or when something changes. */
        record Wait(long nanos) implements Turn {}

        /** Nobody wants anything, or none of those who do can take it now. */
        record Idle() implements Turn {}
    }

    private static final class Peer {
        final Map<Integer, ContentId> fetches = new HashMap<>();
        final ArrayDeque<Request> queue = new ArrayDeque<>();
        final TokenBucket cap;
        /** Bytes of the first request that went out. */
        int sent;
        /** What it got, counted from where the others were when it last had nothing to ask: the least is next. */
        long servedBytes;

        boolean isBlocked;
        long tookNanos;

        Peer(TokenBucket cap, long nowNanos) {
            this.cap = cap;
            this.tookNanos = nowNanos;
        }

        boolean isReady() {
            return !isBlocked && !queue.isEmpty();
        }
    }

    /** Rates in bytes per second; 0 limits nothing. */
    public Uploads(int slots, long totalBytesPerSecond, long peerBytesPerSecond, long nowNanos) {
        if (slots < 1) {
            throw new IllegalArgumentException("upload slots: " + slots + " (expected: >= 1)");
        }
        this.slots = slots;
        this.total = new TokenBucket(totalBytesPerSecond, nowNanos);
        this.peerBytesPerSecond = peerBytesPerSecond;
    }

    public void caps(long totalBytesPerSecond, long newPeerBytesPerSecond, long nowNanos) {
        total.rate(totalBytesPerSecond, nowNanos);
        peerBytesPerSecond = newPeerBytesPerSecond;
        peers.values().forEach(peer -> peer.cap.rate(newPeerBytesPerSecond, nowNanos));
    }

    /**
     * A peer begins a fetch of one content. Empty when it is served from now on, else BUSY: the milliseconds after
     * which it may ask again. One who holds a slot and takes nothing makes room: see {@link #evict}.
     */
    public OptionalLong join(DeviceId device, int fetch, ContentId content, long nowNanos) {
        Peer peer = peers.get(device);
        if (peer == null && peers.size() < slots) {
            peer = new Peer(new TokenBucket(peerBytesPerSecond, nowNanos), nowNanos);
            peers.put(device, peer);
        }
        if (peer == null
                || (peer.fetches.size() >= SwarmLimits.FETCHES_PER_PEER_MAX && !peer.fetches.containsKey(fetch))) {
            return OptionalLong.of(RETRY_MILLIS);
        }
        peer.fetches.put(fetch, content);
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
                .filter(entry -> nowNanos - entry.getValue().tookNanos > SwarmLimits.IDLE_SLOT_MILLIS * NANOS_PER_MILLI)
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** False when it is to be declined: of no fetch that was begun, asked for already, or one too many. */
    public boolean want(Request request) {
        Peer peer = peers.get(request.peer());
        if (peer == null
                || !peer.fetches.containsKey(request.fetch())
                || peer.queue.size() >= SwarmLimits.REQUESTS_PER_PEER_MAX
                || peer.queue.contains(request)) {
            return false;
        }
        if (peer.queue.isEmpty()) {
            peer.servedBytes = Math.max(peer.servedBytes, reachedBytes);
        }
        peer.queue.add(request);
        return true;
    }

    /** No longer wanted; what is out is out. */
    public void unwant(DeviceId device, int fetch, int block) {
        withdraw(device, request -> request.fetch() == fetch && request.block() == block);
    }

    /** The fetch ended; with the last one the slot is free. */
    public void leave(DeviceId device, int fetch) {
        withdraw(device, request -> request.fetch() == fetch);
        Peer peer = peers.get(device);
        if (peer != null && peer.fetches.remove(fetch) != null) {
            if (peer.fetches.isEmpty()) {
                peers.remove(device);
            }
            forgetUnserved();
        }
    }

    private void withdraw(DeviceId device, java.util.function.Predicate<Request> which) {
        Peer peer = peers.get(device);
        if (peer == null) {
            return;
        }
        Iterator<Request> queued = peer.queue.iterator();
        for (boolean isFirst = true; queued.hasNext(); isFirst = false) {
            if (which.test(queued.next())) {
                queued.remove();
                peer.sent = isFirst ? 0 : peer.sent;
            }
        }
    }

    /** The connection ended. */
    public void gone(DeviceId device) {
        if (peers.remove(device) != null) {
            forgetUnserved();
        }
    }

    private void forgetUnserved() {
        sentOnce.keySet()
                .removeIf(content -> peers.values().stream().noneMatch(peer -> peer.fetches.containsValue(content)));
    }

    /** Its connection takes no more just now ({@code true}), or takes more again. */
    public void blocked(DeviceId device, boolean isBlocked) {
        Peer peer = peers.get(device);
        if (peer != null) {
            peer.isBlocked = isBlocked;
        }
    }

    /** What to send now; it counts as sent. */
    public Turn next(long nowNanos) {
        if (!total.isReady(nowNanos)) {
            boolean isWanted = peers.values().stream().anyMatch(Peer::isReady);
            return isWanted ? new Turn.Wait(total.waitNanos(nowNanos)) : new Turn.Idle();
        }
        Peer least = null;
        long waitNanos = Long.MAX_VALUE;
        for (Peer peer : peers.values()) {
            if (!peer.isReady()) {
                continue;
            }
            long wait = peer.cap.waitNanos(nowNanos);
            waitNanos = Math.min(waitNanos, wait);
            boolean isBegun =
                    peer.sent > 0 && current.filter(serving -> serving == peer).isPresent();
            if (wait == 0 && (isBegun || least == null || peer.servedBytes < least.servedBytes)) {
                least = peer;
                if (isBegun) {
                    break;
                }
            }
        }
        if (least == null) {
            return waitNanos == Long.MAX_VALUE ? new Turn.Idle() : new Turn.Wait(waitNanos);
        }
        return send(least, nowNanos);
    }

    /** Of what the peer asked for first, a block that nobody got from here yet: others can get it from one another. */
    private Request freshest(Peer peer) {
        int looks = 0;
        for (Request request : peer.queue) {
            BitSet sent = sentOnce.computeIfAbsent(contentOf(peer, request), _ -> new BitSet());
            if (!sent.get(request.block())) {
                sent.set(request.block());
                peer.queue.remove(request);
                peer.queue.addFirst(request);
                return request;
            }
            if (++looks == FRESH_LOOKS_MAX) {
                break;
            }
        }
        return peer.queue.getFirst();
    }

    private static ContentId contentOf(Peer peer, Request request) {
        ContentId content = peer.fetches.get(request.fetch());
        if (content == null) {
            throw new IllegalStateException(request + ": its fetch has ended");
        }
        return content;
    }

    private Turn send(Peer peer, long nowNanos) {
        Request request = peer.sent > 0 ? peer.queue.getFirst() : freshest(peer);
        int offset = peer.sent;
        int bytes = Math.min(SwarmLimits.PIECE_BYTES_MAX, request.bytes() - offset);
        peer.sent += bytes;
        if (peer.sent == request.bytes()) {
            peer.queue.remove();
            peer.sent = 0;
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
