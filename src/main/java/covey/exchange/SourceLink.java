package covey.exchange;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import covey.content.ContentLimits;
import covey.env.Loop;
import covey.swarm.DownloadEvent;
import covey.transport.BlockArrivals;
import covey.transport.BlockBuffers;
import covey.transport.Connection;
import covey.transport.Handover;
import covey.transport.Transport;
import covey.wire.DeviceId;
import covey.wire.Frame;
import covey.wire.Limits;
import covey.wire.Messages;
import covey.wire.Versions;
import covey.wire.WireException;
import covey.wire.proto.BulkHello;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FetchReply;
import covey.wire.proto.FetchRequest;
import covey.wire.proto.FrameHeader;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import covey.wire.proto.HashesReply;
import covey.wire.proto.HashesRequest;
import covey.wire.proto.Unwant;
import covey.wire.proto.Want;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * One source of a {@link Fetch}: dialled, greeted, asked. What the fetch calls runs on its loop; blocks are filled on
 * the connection's I/O thread, straight from TLS, and everything else is handed to the loop.
 */
final class SourceLink implements Connection.BlockReceiver, Transport.Dialled {
    /** One fetch on a connection of its own. */
    private static final int STREAM = 1;

    /** Of manifest and layers: so small that over the thinnest link one comes before the patience for silence ends. */
    private static final int HASH_PIECE_BYTES = 32 * 1024;

    /** Pieces on their way, of all parts: a long way is used well, and the source's bound of what waits is kept. */
    private static final int HASH_PIECES_MAX = 20;

    /** What may wait for the loop: a few bulk frames. */
    private static final long WAITING_BYTES_MAX = 4L * 1024 * 1024;

    final DeviceId device;
    private final Loop loop;
    private final BlockArrivals arrivals;
    private final Fetch owner;
    private final Handover handover;
    private final BulkHello hello;
    private final FetchRequest request;

    private final Map<Integer, Hashes> hashes = new LinkedHashMap<>();
    private int hashPieces;
    private volatile @Nullable Connection connection;
    private volatile boolean isEnded;

    private boolean isReplied;

    /** As the source says; of the loop. */
    int manifestBytes;

    // Of the owner: whether the downloader knows it, and until then which blocks it has, when not all.
    boolean isReady;
    Optional<BitSet> partial = Optional.empty();

    /** A part that is fetched. */
    private static final class Hashes {
        final int bytes;
        final ByteArrayOutputStream soFar = new ByteArrayOutputStream();
        int asked;

        Hashes(int bytes) {
            this.bytes = bytes;
        }
    }

    SourceLink(
            DeviceId device, Loop loop, BlockBuffers buffers, ByteString networkId, FetchRequest request, Fetch owner) {
        this.device = device;
        this.loop = loop;
        this.arrivals = new BlockArrivals(buffers);
        this.request = request;
        this.owner = owner;
        this.handover = new Handover(loop, WAITING_BYTES_MAX, new Handover.Sink() {
            @Override
            public void frame(Connection from, Frame frame) {
                heard(frame);
            }

            @Override
            public void closed(Connection from, Goodbye reason) {
                end(reason.getMessage());
            }
        });
        this.hello = Versions.hello(networkId);
    }

    @Override
    public void connected(Connection made) {
        made.receiver(this);
        connection = made;
        made.send(Frame.of(FrameType.BULK_HELLO, hello));
        made.send(Frame.of(FrameType.FETCH, STREAM, request));
        if (isEnded) {
            made.close(Goodbye.getDefaultInstance());
        }
    }

    @Override
    public void failed(List<Transport.Attempt> attempts) {
        String why = attempts.isEmpty()
                ? "no address of it is known"
                : attempts.getFirst().address() + ": " + attempts.getFirst().result();
        try {
            loop.execute(() -> end(why));
        } catch (RejectedExecutionException e) {
            isEnded = true; // the fetch was over before
        }
    }

    /** Leaves it without a word to the owner. */
    void close() {
        isEnded = true;
        arrivals.forgetAll();
        Connection made = connection;
        if (made != null) {
            made.close(Goodbye.getDefaultInstance());
        }
    }

    private void end(String why) {
        if (!isEnded) {
            isEnded = true;
            arrivals.forgetAll();
            owner.ended(this, why);
        }
    }

    /** The block is not awaited from here any more. */
    void forget(int block) {
        arrivals.forget(block);
    }

    /** False when no buffer is free, so that the block cannot be asked for now. */
    boolean reserve(int block, int bytes) {
        return !isEnded && arrivals.await(block, bytes);
    }

    void want(List<Integer> blocks) {
        for (int at = 0; at < blocks.size(); at += Limits.WANTED_BLOCKS_MAX) {
            List<Integer> some = blocks.subList(at, Math.min(blocks.size(), at + Limits.WANTED_BLOCKS_MAX));
            send(FrameType.WANT, Want.newBuilder().addAllBlocks(some).build());
        }
    }

    void unwant(int block) {
        forget(block);
        send(FrameType.UNWANT, Unwant.newBuilder().addBlocks(block).build());
    }

    /** That was shown. */
    ByteString ticket() {
        return request.getTicket();
    }

    /** Asks for all of a manifest or layer, piece by piece; goes on where it was when it was asked for before. */
    void askHashes(int part, int bytes) {
        hashes.computeIfAbsent(part, _ -> new Hashes(bytes));
        askPieces();
    }

    private void askPieces() {
        for (Map.Entry<Integer, Hashes> each : hashes.entrySet()) {
            Hashes wanted = each.getValue();
            while (wanted.asked < wanted.bytes && hashPieces < HASH_PIECES_MAX) {
                int count = Math.min(wanted.bytes - wanted.asked, HASH_PIECE_BYTES);
                send(
                        FrameType.HASHES,
                        HashesRequest.newBuilder()
                                .setPart(each.getKey())
                                .setOffset(wanted.asked)
                                .setBytes(count)
                                .build());
                wanted.asked += count;
                hashPieces++;
            }
        }
    }

    private void send(FrameType type, MessageLite message) {
        Connection made = connection;
        if (made != null) {
            made.send(Frame.of(type, STREAM, message));
        }
    }

    // On the I/O thread.

    @Override
    public Optional<ByteBuffer> blockBegins(Connection from, FrameHeader header, int payloadBytes) {
        return arrivals.begins(header, payloadBytes);
    }

    @Override
    public void blockArrived(Connection from, FrameHeader header, int payloadBytes) {
        owner.bytesArrived(this, header.getBlock(), payloadBytes);
        arrivals.arrived(header, payloadBytes).ifPresent(whole -> owner.blockFilled(this, header.getBlock(), whole));
    }

    @Override
    public void received(Connection from, Frame frame) {
        handover.received(from, frame);
    }

    @Override
    public void closed(Connection from, Goodbye reason) {
        arrivals.ended();
        handover.closed(from, reason);
    }

    // On the loop.

    private void heard(Frame frame) {
        if (isEnded || !Messages.isKnown(frame)) {
            return;
        }
        switch (Messages.decode(frame)) {
            case BulkHello theirs -> Versions.negotiate(theirs.getProtocolMin(), theirs.getProtocolMax());
            case FetchReply reply -> {
                if (isReplied) {
                    throw new WireException(ErrorCode.BAD_REQUEST, "FETCH_REPLY: a second one to one FETCH");
                }
                isReplied = true;
                manifestBytes = reply.getManifestBytes();
                if (manifestBytes < 0 || manifestBytes > ContentLimits.MANIFEST_BYTES_MAX) {
                    throw new WireException(ErrorCode.BAD_REQUEST, "FETCH_REPLY: a manifest that is too large");
                }
                owner.replied(this, reply);
            }
            case HashesReply reply -> hashes(reply);
            default -> owner.frame(this, frame);
        }
    }

    private void hashes(HashesReply reply) {
        hashPieces--;
        Hashes asked = hashes.get(reply.getPart());
        if (asked == null || reply.getOffset() != asked.soFar.size()) {
            askPieces();
            return; // of a part that was given up
        }
        asked.soFar.writeBytes(reply.getData().toByteArray());
        owner.bytesArrived(this, DownloadEvent.NO_BLOCK, reply.getData().size());
        if (reply.getData().isEmpty() || asked.soFar.size() > asked.bytes) {
            hashes.remove(reply.getPart());
            owner.hashesRefused(this, reply.getPart(), !reply.getData().isEmpty());
        } else if (asked.soFar.size() == asked.bytes) {
            hashes.remove(reply.getPart());
            owner.hashesArrived(this, reply.getPart(), asked.soFar.toByteArray());
        }
        askPieces();
    }
}
