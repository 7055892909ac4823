package covey.swarm;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import covey.content.ContentException;
import covey.content.ContentId;
import covey.content.Holding;
import covey.transport.BlockBuffer;
import covey.transport.Connection;
import covey.transport.Handover;
import covey.wire.DeviceId;
import covey.wire.Frame;
import covey.wire.Limits;
import covey.wire.Messages;
import covey.wire.Versions;
import covey.wire.WireException;
import covey.wire.proto.BulkHello;
import covey.wire.proto.Declined;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FetchReply;
import covey.wire.proto.FetchRequest;
import covey.wire.proto.FrameHeader;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import covey.wire.proto.GoodbyeReason;
import covey.wire.proto.HashesReply;
import covey.wire.proto.HashesRequest;
import covey.wire.proto.Problem;
import covey.wire.proto.Unwant;
import covey.wire.proto.Want;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection of somebody who fetches. Its virtual thread does all the work, reading the next piece from the disk
 * while the I/O thread encrypts the one before; what arrives is handed to it. {@code this} guards what arrived.
 */
final class Serving implements Connection.Receiver, Runnable {
    private static final Logger log = LoggerFactory.getLogger(Serving.class);

    /** Frames that wait to be looked at: who sends more does not keep to the protocol. */
    private static final int FRAMES_WAITING_MAX = 1_024;

    /** Read at once: opening a file costs as much as reading 100 KiB, and other peers' pieces come between. */
    private static final int READ_BYTES = 1024 * 1024;

    private static final int BUSY_MILLIS = 1_000;
    private static final int QUEUE_FULL_MILLIS = 250;

    /** Between two looks at what a partial holding has gained. */
    private static final long HAVE_MILLIS = 250;

    private final Server.Ports ports;
    private final Server server;
    private final Connection connection;

    private final ArrayDeque<Frame> arrived = new ArrayDeque<>();
    private boolean isEnded;
    private volatile long servedMillis;

    // Of the thread.
    private final Map<Integer, ServedContent> fetches = new HashMap<>();
    private final ArrayDeque<Wanted> wants = new ArrayDeque<>();
    private boolean isGreeted;
    private int offset;
    private long haveToldMillis;

    private record Wanted(int stream, int block) {}

    Serving(Server.Ports ports, Server server, Connection connection) {
        this.ports = ports;
        this.server = server;
        this.connection = connection;
        this.servedMillis = ports.env().clock().monotonicMillis();
    }

    /** When it took something last. */
    long servedMillis() {
        return servedMillis;
    }

    DeviceId device() {
        return connection.device();
    }

    void cut(Goodbye goodbye) {
        connection.close(goodbye);
    }

    @Override
    public synchronized void received(Connection from, Frame frame) {
        if (arrived.size() >= FRAMES_WAITING_MAX) {
            from.close(Handover.goodbye(GoodbyeReason.TOO_SLOW, "more was asked at once than this side can work on"));
            return;
        }
        arrived.add(frame);
        notifyAll();
    }

    @Override
    public synchronized void writable(Connection from) {
        notifyAll();
    }

    @Override
    public synchronized void closed(Connection from, Goodbye reason) {
        isEnded = true;
        notifyAll();
    }

    @Override
    public void run() {
        send(FrameType.BULK_HELLO, 0, Versions.hello(ports.networkId()));
        List<Frame> frames = new ArrayList<>();
        try {
            while (take(frames)) {
                frames.forEach(this::frame);
                frames.clear();
                if (!wants.isEmpty() && connection.isWritable()) {
                    servePiece(wants.getFirst());
                }
                tellHave();
            }
        } catch (WireException e) {
            log.info("closed device={} why=\"{}\"", device().shortText(), e.getMessage());
            cut(Handover.goodbye(GoodbyeReason.PROTOCOL_ERROR, e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            fetches.values().forEach(ServedContent::close);
            server.ended(this);
            cut(Goodbye.getDefaultInstance());
        }
    }

    /** Waits for something to do; false at the end. */
    @SuppressWarnings("WaitNotInLoop") // run is the loop
    private synchronized boolean take(List<Frame> into) throws InterruptedException {
        boolean isPartial = fetches.values().stream().anyMatch(fetch -> !fetch.isComplete);
        if (!isEnded && arrived.isEmpty() && (wants.isEmpty() || !connection.isWritable())) {
            wait(isPartial ? HAVE_MILLIS : 0);
        }
        into.addAll(arrived);
        arrived.clear();
        return !isEnded;
    }

    private void frame(Frame frame) {
        if (!isGreeted && frame.type() != FrameType.BULK_HELLO) {
            throw refused("a bulk connection begins with BULK_HELLO, not with " + frame.type());
        }
        int stream = frame.stream();
        switch (Messages.isKnown(frame) ? Messages.decode(frame) : frame) {
            case BulkHello hello -> greeted(hello);
            case FetchRequest request -> fetch(stream, request);
            case HashesRequest request -> hashes(stream, request);
            case Want want -> want(stream, want);
            case Unwant unwant -> unwant(stream, new HashSet<>(unwant.getBlocksList()));
            case covey.wire.proto.FetchClosed closed -> end(stream);
            default -> unexpected(frame);
        }
    }

    private void unexpected(Frame frame) {
        if (frame.header().getMustUnderstand()) {
            problem(frame.stream(), ErrorCode.UNSUPPORTED, "a holder does not take frames of type " + frame.type());
        }
    }

    private void greeted(BulkHello hello) {
        Versions.negotiate(hello.getProtocolMin(), hello.getProtocolMax());
        boolean isOther = !hello.getNetworkId().equals(ports.networkId());
        if (isOther && !hello.getNetworkId().isEmpty() && !ports.networkId().isEmpty()) {
            throw refused("this device belongs to another network");
        }
        isGreeted = true;
    }

    private void fetch(int stream, FetchRequest request) {
        if (stream == 0 || fetches.containsKey(stream) || fetches.size() >= SwarmLimits.FETCHES_PER_PEER_MAX) {
            throw refused("FETCH: stream " + stream + " (expected: a free one, at most "
                    + SwarmLimits.FETCHES_PER_PEER_MAX + " at once)");
        }
        if (!server.takeSlot(this)) {
            FetchReply.Builder busy = FetchReply.newBuilder().setRetryAfterMillis(BUSY_MILLIS);
            send(FrameType.FETCH_REPLY, stream, busy.build());
            return;
        }
        try {
            begin(stream, request);
        } catch (ContentException e) {
            problem(stream, ErrorCode.NOT_FOUND, String.valueOf(e.getMessage()));
        } finally {
            leaveSlotIfIdle();
        }
    }

    private void begin(int stream, FetchRequest request) {
        ContentId id = ContentId.of(request.getContent());
        Optional<String> refusal = ports.permission().refusal(device(), id, request.getTicket());
        if (refusal.isPresent()) {
            problem(stream, ErrorCode.DENIED, refusal.get());
            return;
        }
        Optional<Holding> found = ports.store().open(id);
        if (found.isEmpty()) {
            problem(stream, ErrorCode.NOT_FOUND, "This device does not have " + id.shortText() + "... any more.");
            return;
        }
        ServedContent served = new ServedContent(ports.store(), found.get());
        if (!served.isComplete && found.get().have().isEmpty()) {
            served.close();
            problem(stream, ErrorCode.NOT_FOUND, "This device has nothing of " + id.shortText() + "... now.");
            return;
        }
        fetches.put(stream, served);
        send(FrameType.FETCH_REPLY, stream, served.reply(request.getManifestWanted()));
        served.gained().forEach(have -> send(FrameType.HAVE, stream, have));
    }

    private void hashes(int stream, HashesRequest request) {
        ServedContent served = fetches.get(stream);
        if (served != null) {
            ByteString piece = served.hashes(request.getPart(), request.getOffset(), request.getBytes());
            HashesReply.Builder reply = HashesReply.newBuilder().setPart(request.getPart());
            send(
                    FrameType.HASHES_REPLY,
                    stream,
                    reply.setOffset(request.getOffset()).setData(piece).build());
        }
    }

    private void want(int stream, Want want) {
        ServedContent served = fetches.get(stream);
        if (served == null) {
            return; // ended meanwhile
        }
        for (int block : want.getBlocksList()) {
            if (block >= served.holding.map().count()) {
                throw refused(
                        "WANT: block " + block + " of " + served.holding.map().count());
            }
            if (!served.holding.has(block)) {
                decline(stream, block, 0);
            } else if (wants.size() >= SwarmLimits.REQUESTS_PER_PEER_MAX) {
                decline(stream, block, QUEUE_FULL_MILLIS);
            } else {
                wants.add(new Wanted(stream, block));
            }
        }
    }

    private void unwant(int stream, Set<Integer> blocks) {
        dropWants(want -> want.stream == stream && blocks.contains(want.block));
    }

    private void dropWants(Predicate<Wanted> which) {
        boolean isBegun = !wants.isEmpty() && which.test(wants.getFirst());
        wants.removeIf(which);
        if (isBegun) {
            offset = 0;
        }
    }

    private void end(int stream) {
        ServedContent ended = fetches.remove(stream);
        if (ended != null) {
            ended.close();
            dropWants(want -> want.stream == stream);
        }
        leaveSlotIfIdle();
    }

    private void leaveSlotIfIdle() {
        if (fetches.isEmpty()) {
            server.leaveSlot(this);
        }
    }

    private void servePiece(Wanted want) throws InterruptedException {
        ServedContent served = fetches.get(want.stream);
        if (served == null) {
            wants.removeFirst();
            return;
        }
        int left = served.holding.map().lengthOf(want.block) - offset;
        int bytes = Math.min(READ_BYTES, left);
        BlockBuffer buffer = ports.buffers().take(bytes);
        try {
            ByteBuffer into = buffer.bytes().clear();
            served.holding.read(want.block, offset, into);
            send(want, into.flip(), buffer);
            offset += bytes;
            if (bytes == left) {
                wants.removeFirst();
                offset = 0;
            }
        } catch (ContentException e) {
            notServed(want, e);
        } finally {
            buffer.release();
        }
    }

    private void send(Wanted want, ByteBuffer piece, BlockBuffer owner) {
        for (int at = 0; at < piece.limit(); at += Limits.BULK_PAYLOAD_BYTES_MAX) {
            int bytes = Math.min(Limits.BULK_PAYLOAD_BYTES_MAX, piece.limit() - at);
            FrameHeader header = FrameHeader.newBuilder()
                    .setType(FrameType.BLOCK)
                    .setStream(want.stream)
                    .setBlock(want.block)
                    .setOffset(offset + at)
                    .build();
            connection.send(header, piece.slice(at, bytes), owner);
        }
        servedMillis = ports.env().clock().monotonicMillis();
        server.served(piece.limit());
    }

    private void notServed(Wanted want, ContentException e) {
        if (e.reason() == ContentException.Reason.NOT_FOUND) {
            wants.removeFirst();
            offset = 0;
            decline(want.stream, want.block, 0);
            return;
        }
        boolean isChanged = e.reason() == ContentException.Reason.CHANGED;
        log.info("not served device={} why=\"{}\"", device().shortText(), e.getMessage());
        end(want.stream);
        // The sentence names a place of this machine, which is nobody else's business.
        String sentence = "It " + (isChanged ? "was changed or removed" : "cannot be read") + " where it is shared.";
        problem(want.stream, isChanged ? ErrorCode.CONFLICT : ErrorCode.INTERNAL, sentence);
    }

    private void tellHave() {
        long now = ports.env().clock().monotonicMillis();
        if (now - haveToldMillis >= HAVE_MILLIS) {
            haveToldMillis = now;
            fetches.forEach((stream, served) -> served.gained().forEach(have -> send(FrameType.HAVE, stream, have)));
        }
    }

    private void decline(int stream, int block, int retryAfterMillis) {
        Declined.Builder declined = Declined.newBuilder().setBlock(block);
        send(
                FrameType.DECLINED,
                stream,
                declined.setRetryAfterMillis(retryAfterMillis).build());
    }

    private void problem(int stream, ErrorCode code, String sentence) {
        Problem.Builder problem = Problem.newBuilder().setCode(code);
        send(FrameType.ERROR, stream, problem.setMessage(sentence).build());
    }

    private void send(FrameType type, int stream, MessageLite message) {
        connection.send(Frame.of(type, stream, message));
    }

    private static WireException refused(String sentence) {
        return new WireException(ErrorCode.BAD_REQUEST, sentence);
    }
}
