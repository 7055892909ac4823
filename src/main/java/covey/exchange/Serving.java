package covey.exchange;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import covey.content.ContentException;
import covey.content.ContentId;
import covey.content.Holding;
import covey.env.Loop;
import covey.swarm.Uploads;
import covey.swarm.Uploads.Request;
import covey.transport.BlockBuffer;
import covey.transport.BlockBuffers;
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
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
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

    private static final int QUEUE_FULL_MILLIS = 250;

    /** Between two looks at what a partial holding has gained. */
    private static final long HAVE_MILLIS = 250;

    private final Server.Ports ports;
    private final Server server;
    private final Connection connection;
    /** Shared by all connections of the device. */
    final BlockBuffers.Share buffers;
    /** The directory did not show the device when it called. */
    final boolean isStranger;

    private final ArrayDeque<Runnable> arrived = new ArrayDeque<>();
    /** What it is this connection's turn to send, one of each fetch at most. */
    private final ArrayDeque<Piece> turns = new ArrayDeque<>();

    private boolean isEnded;
    /** No buffer is to be had, for this device or at all. */
    private boolean isShort;

    // Of the thread.
    private final Map<Integer, ServedContent> fetches = new HashMap<>();
    /** Those who had their turn and were not told ready again. */
    private final List<Integer> sent = new ArrayList<>();

    private Loop.Cancellable idleTimer = () -> {};
    private boolean isIdle;
    private boolean isGreeted;
    private long haveToldMillis;

    private record Piece(int stream, int fetch, int block, int offset, int bytes) {}

    Serving(Server.Ports ports, Server server, Connection connection, BlockBuffers.Share buffers, boolean isStranger) {
        this.ports = ports;
        this.server = server;
        this.connection = connection;
        this.buffers = buffers;
        this.isStranger = isStranger;
    }

    /** It is the fetch's turn; never blocks. */
    synchronized void turn(int stream, Uploads.Turn.Send send) {
        Uploads.Request request = send.request();
        turns.add(new Piece(stream, request.fetch(), request.block(), send.offset(), send.bytes()));
        notifyAll();
    }

    /** Another one needs its slot, and what waits here for somebody who does not read. */
    synchronized void evict(int stream) {
        arrived.add(() -> {
            end(stream);
            String sentence = "Nothing was taken for a while, and another device was waiting.";
            if (connection.unsentBytes() > 0) {
                cut(Handover.goodbye(GoodbyeReason.TOO_SLOW, sentence));
            } else {
                problem(stream, ErrorCode.BUSY, sentence);
            }
        });
        notifyAll();
    }

    /** There may be a buffer again. */
    synchronized void wake() {
        isShort = false;
        notifyAll();
    }

    synchronized void review() {
        arrived.add(() -> List.copyOf(fetches.keySet()).forEach(this::review));
        notifyAll();
    }

    private void review(int stream) {
        ServedContent served = Objects.requireNonNull(fetches.get(stream));
        ports.permission()
                .refusal(device(), served.holding.id(), served.ticket, true)
                .ifPresent(refusal -> {
                    end(stream);
                    problem(stream, refusal.code(), refusal.sentence());
                });
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
        arrived.add(() -> frame(frame));
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
        List<Runnable> work = new ArrayList<>();
        try {
            closeWhenIdle();
            while (take(work)) {
                work.forEach(Runnable::run);
                work.clear();
                closeWhenIdle();
                if (connection.isWritable()) {
                    sent.forEach(fetch -> server.ready(device(), fetch));
                    sent.clear();
                    serveNext();
                }
                tellHave();
            }
        } catch (WireException e) {
            log.info("closed device={} why=\"{}\"", device().shortText(), e.getMessage());
            cut(Handover.goodbye(GoodbyeReason.PROTOCOL_ERROR, e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            List.copyOf(fetches.keySet()).forEach(this::end);
            idleTimer.cancel();
            server.servings.remove(this);
            cut(Goodbye.getDefaultInstance());
        }
    }

    /** Waits for something to do; false at the end. */
    @SuppressWarnings("WaitNotInLoop") // run is the loop
    private synchronized boolean take(List<Runnable> into) throws InterruptedException {
        boolean isPartial = fetches.values().stream().anyMatch(fetch -> !fetch.isComplete);
        boolean hasTurn = connection.isWritable() && !(sent.isEmpty() && (turns.isEmpty() || isShort));
        if (!isEnded && arrived.isEmpty() && !hasTurn) {
            wait(isPartial ? HAVE_MILLIS : 0);
        }
        into.addAll(arrived);
        arrived.clear();
        return !isEnded;
    }

    /** From when on nothing is fetched here: who only holds a place makes room for others. */
    private void closeWhenIdle() {
        if (fetches.isEmpty() != isIdle) {
            isIdle = fetches.isEmpty();
            idleTimer.cancel();
            idleTimer = isIdle ? server.timers.schedule(Server.IDLE_MILLIS_MAX, this::closeIfIdle) : () -> {};
        }
    }

    private synchronized void closeIfIdle() {
        arrived.add(() -> {
            if (fetches.isEmpty()) {
                cut(Handover.goodbye(GoodbyeReason.CLOSING, "nothing was fetched over this connection for a while"));
            }
        });
        notifyAll();
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
            case Unwant unwant -> unwant(stream, unwant);
            case covey.wire.proto.FetchClosed closed -> end(stream);
            default -> {
                if (frame.header().getMustUnderstand()) {
                    problem(stream, ErrorCode.UNSUPPORTED, "a holder does not take frames of type " + frame.type());
                }
            }
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
        if (stream == 0 || fetches.containsKey(stream)) {
            throw refused("FETCH: stream " + stream + " (expected: a free one)");
        }
        try {
            begin(stream, request);
        } catch (ContentException e) {
            notServed(stream, e);
        }
    }

    private void begin(int stream, FetchRequest request) {
        ContentId id = ContentId.of(request.getContent());
        Optional<Server.Refusal> refusal = ports.permission().refusal(device(), id, request.getTicket(), false);
        if (refusal.isPresent() && refusal.get().againMillis() > 0) {
            log.debug(
                    "later device={} why=\"{}\"",
                    device().shortText(),
                    refusal.get().sentence());
            comeAgain(stream, refusal.get().againMillis());
            return;
        }
        if (refusal.isPresent()) {
            problem(stream, refusal.get().code(), refusal.get().sentence());
            return;
        }
        Optional<Holding> found = ports.store().open(id);
        if (found.isEmpty()) {
            problem(stream, ErrorCode.NOT_FOUND, "This device does not have " + id.shortText() + "... any more.");
            return;
        }
        ServedContent served = new ServedContent(ports.store(), found.get());
        if (!served.isComplete && found.get().have().isEmpty()) {
            served.holding.close();
            problem(stream, ErrorCode.NOT_FOUND, "This device has nothing of " + id.shortText() + "... now.");
            return;
        }
        OptionalLong busy = server.join(this, stream, id, served);
        if (busy.isPresent()) {
            served.holding.close();
            comeAgain(stream, (int) busy.getAsLong());
            return;
        }
        served.ticket = request.getTicket();
        fetches.put(stream, served);
        send(FrameType.FETCH_REPLY, stream, served.reply(request.getManifestWanted()));
        served.gained().forEach(have -> send(FrameType.HAVE, stream, have));
    }

    private void comeAgain(int stream, int millis) {
        send(
                FrameType.FETCH_REPLY,
                stream,
                FetchReply.newBuilder().setRetryAfterMillis(millis).build());
    }

    private void hashes(int stream, HashesRequest request) {
        ServedContent served = fetches.get(stream);
        if (served != null) {
            ByteString piece = served.hashes(request.getPart(), request.getOffset(), request.getBytes());
            HashesReply.Builder reply =
                    HashesReply.newBuilder().setPart(request.getPart()).setData(piece);
            reply.setOffset(request.getOffset());
            send(FrameType.HASHES_REPLY, stream, reply.build());
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
            } else if (!server.want(new Request(
                    device(), served.fetch, block, served.holding.map().lengthOf(block)))) {
                decline(stream, block, QUEUE_FULL_MILLIS);
            }
        }
        server.takeTurns();
    }

    private void unwant(int stream, Unwant unwant) {
        ServedContent served = fetches.get(stream);
        if (served != null) {
            unwant.getBlocksList().forEach(block -> server.unwant(device(), served.fetch, block));
        }
    }

    private void end(int stream) {
        ServedContent ended = fetches.remove(stream);
        if (ended != null) {
            ended.holding.close();
            server.leave(device(), ended.fetch);
        }
    }

    /** What it is the turn of, if there is a buffer for it; {@link #wake} tells when to try again. */
    private void serveNext() {
        Piece piece;
        Optional<BlockBuffer> buffer = Optional.empty();
        synchronized (this) {
            piece = turns.peek();
            isShort = piece != null;
        }
        if (piece == null) {
            return;
        }
        ServedContent served = fetches.get(piece.stream);
        boolean isWanted = served != null && served.fetch == piece.fetch;
        if (isWanted) {
            buffer = ports.buffers().tryTake(piece.bytes, buffers);
        }
        synchronized (this) {
            if (buffer.isPresent() || !isWanted) {
                isShort = false;
                turns.remove();
            }
        }
        if (served != null && buffer.isPresent()) {
            serve(served, piece, buffer.get());
        }
    }

    private void serve(ServedContent served, Piece piece, BlockBuffer buffer) {
        sent.add(piece.fetch);
        try {
            ByteBuffer into = buffer.bytes().clear().limit(piece.bytes);
            served.holding.read(piece.block, piece.offset, into);
            send(piece, into.flip(), buffer);
        } catch (ContentException e) {
            notServed(piece, e);
        } finally {
            buffer.release();
        }
    }

    private void send(Piece piece, ByteBuffer bytes, BlockBuffer owner) {
        for (int at = 0; at < piece.bytes; at += Limits.BULK_PAYLOAD_BYTES_MAX) {
            FrameHeader header = FrameHeader.newBuilder()
                    .setType(FrameType.BLOCK)
                    .setStream(piece.stream)
                    .setBlock(piece.block)
                    .setOffset(piece.offset + at)
                    .build();
            int count = Math.min(Limits.BULK_PAYLOAD_BYTES_MAX, piece.bytes - at);
            connection.send(header, bytes.slice(at, count), owner);
        }
        server.servedBytes.add(piece.bytes);
    }

    private void notServed(Piece piece, ContentException e) {
        if (e.reason() == ContentException.Reason.NOT_FOUND) {
            server.unwant(device(), piece.fetch, piece.block);
            decline(piece.stream, piece.block, 0);
            return;
        }
        end(piece.stream);
        notServed(piece.stream, e);
    }

    /** The exception names a place of this machine, which is nobody else's business. */
    private void notServed(int stream, ContentException e) {
        log.info("not served device={} why=\"{}\"", device().shortText(), e.getMessage());
        boolean isChanged = e.reason() == ContentException.Reason.CHANGED;
        String sentence = "It " + (isChanged ? "was changed or removed" : "cannot be read") + " where it is kept.";
        problem(stream, isChanged ? ErrorCode.CONFLICT : ErrorCode.INTERNAL, sentence);
    }

    private void tellHave() {
        long now = ports.env().clock().monotonicMillis();
        if (now - haveToldMillis >= HAVE_MILLIS) {
            haveToldMillis = now;
            fetches.forEach((stream, served) -> served.gained().forEach(have -> send(FrameType.HAVE, stream, have)));
        }
    }

    private void decline(int stream, int block, int retryAfterMillis) {
        Declined.Builder declined = Declined.newBuilder().setBlock(block).setRetryAfterMillis(retryAfterMillis);
        send(FrameType.DECLINED, stream, declined.build());
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
