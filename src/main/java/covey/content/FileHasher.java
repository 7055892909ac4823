package covey.content;

import covey.env.HashWorkers;
import covey.store.Sha256;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.security.MessageDigest;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;

/**
 * Reads a file once and hashes it twice: as it is and in leaves. The plain hash is a chain and takes one core; the
 * leaves of a larger file are hashed on a second thread meanwhile, in pieces that stay in the cache.
 */
final class FileHasher {
    /** Small enough for a core's cache, large enough that handing over costs nothing (0.6 ms of hashing). */
    static final int PIECE_BYTES = 1024 * 1024;

    /** So that neither thread waits for the other's pauses. */
    private static final int PIECES = 6;

    /**
     * What a file's bytes hash to.
     *
     * @param layer hashes of its blocks; one when it has one block, then the same as the root
     */
    @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
    record Hashed(Digest root, Digest plain, byte[] layer, int blockBytes) {}

    /** @param length 0 ends the file */
    @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
    private record Piece(byte[] bytes, int length) {}

    private final HashWorkers workers;

    FileHasher(HashWorkers workers) {
        this.workers = workers;
    }

    /**
     * Hashes {@code size} bytes, at least one; waits for a worker. Throws {@link EOFException} when there are
     * fewer.
     */
    Hashed hash(ReadableByteChannel channel, long size, int blockBytes, ScanProgress progress) throws IOException {
        try {
            return size <= PIECE_BYTES
                    ? workers.call(() -> hashSmall(channel, size, blockBytes, progress))
                    : workers.callPair(() -> hashLarge(channel, size, blockBytes, progress));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static Hashed hashSmall(ReadableByteChannel channel, long size, int blockBytes, ScanProgress progress) {
        LayerBuilder builder = new LayerBuilder(size, blockBytes);
        byte[] bytes = new byte[(int) size];
        read(channel, bytes, bytes.length);
        builder.add(bytes, bytes.length);
        progress.read(size);
        return hashed(Sha256.of(bytes), builder, blockBytes);
    }

    private Hashed hashLarge(ReadableByteChannel channel, long size, int blockBytes, ScanProgress progress) {
        BlockingQueue<Piece> empty = new ArrayBlockingQueue<>(PIECES);
        BlockingQueue<Piece> full = new ArrayBlockingQueue<>(PIECES + 1);
        for (int i = 0; i < PIECES; i++) {
            empty.add(new Piece(new byte[PIECE_BYTES], PIECE_BYTES));
        }
        LayerBuilder builder = new LayerBuilder(size, blockBytes);
        CompletableFuture<Void> leaves = workers.beside(() -> hashLeaves(full, empty, builder));
        MessageDigest plain = Sha256.newDigest();
        try {
            for (long left = size; left > 0; ) {
                Piece piece = take(empty);
                int length = (int) Math.min(PIECE_BYTES, left);
                read(channel, piece.bytes, length);
                full.add(new Piece(piece.bytes, length));
                plain.update(piece.bytes, 0, length);
                left -= length;
                progress.read(length);
            }
        } finally {
            full.add(new Piece(new byte[0], 0));
            HashWorkers.await(leaves);
        }
        return hashed(plain.digest(), builder, blockBytes);
    }

    private static void hashLeaves(BlockingQueue<Piece> full, BlockingQueue<Piece> empty, LayerBuilder builder) {
        for (Piece piece = take(full); piece.length > 0; piece = take(full)) {
            try {
                builder.add(piece.bytes, piece.length);
            } catch (RuntimeException e) {
                for (Piece left = piece; left.length > 0; left = take(full)) {
                    empty.add(left); // the reader must not wait for ever
                }
                throw e;
            }
            empty.add(piece);
        }
    }

    private static Hashed hashed(byte[] plain, LayerBuilder builder, int blockBytes) {
        byte[] layer = builder.layer();
        byte[] root = layer.length == ContentLimits.HASH_BYTES
                ? layer.clone()
                : MerkleTree.rootOf(layer, MerkleTree.levelOf(blockBytes));
        return new Hashed(Digest.tree(root), Digest.plain(plain), layer, blockBytes);
    }

    private static void read(ReadableByteChannel channel, byte[] into, int length) {
        ByteBuffer buffer = ByteBuffer.wrap(into, 0, length);
        try {
            while (buffer.hasRemaining()) {
                if (channel.read(buffer) < 0) {
                    throw new EOFException("it ended " + buffer.remaining() + " bytes early");
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Piece take(BlockingQueue<Piece> queue) {
        try {
            return queue.take();
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts hash workers", e);
        }
    }
}
