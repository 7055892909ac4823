package covey.store;

import covey.store.StoreException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * Looks at RocksDB's write-ahead log before RocksDB does. A record whose length was damaged looks to RocksDB like one
 * a crash cut short: it would drop this record and all behind it without a word. What a crash cut short is the last
 * thing in the file; a whole record behind it shows that it is damage.
 *
 * <p>Format: blocks of 32 KiB with records of masked CRC32C (4), length (2), type (1), payload; little-endian. What is
 * left of a block when a header does not fit is zero.
 */
final class RocksLogInspection {
    private static final int BLOCK_BYTES = 32 << 10;
    private static final int HEADER_BYTES = 7;
    private static final int MASK = 0xa282ead8;
    private static final int WHOLE_TYPE_MAX = 4;

    private final byte[] bytes;
    private final ByteBuffer fields;
    private final CRC32C crc = new CRC32C();

    private RocksLogInspection(byte[] bytes) {
        this.bytes = bytes;
        fields = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Throws when a log in the folder is damaged before its end. */
    static void inspect(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> logs = files.filter(file -> file.getFileName().toString().matches("\\d+\\.log"))
                    .toList();
            for (Path log : logs) {
                new RocksLogInspection(Files.readAllBytes(log)).check(log);
            }
        } catch (IOException e) {
            throw new StoreException("The store in " + folder + " could not be read: " + e, e, Reason.FAILED);
        }
    }

    private void check(Path log) {
        int position = 0;
        while (position < bytes.length) {
            int next = next(position);
            if (next > 0) {
                position = next;
            } else if (hasRecordBehind(position)) {
                throw new StoreException(
                        "The store's log " + log + " is damaged at byte " + position + ". Nothing damaged is used;"
                                + " restore the folder from a backup or remove it and start anew.",
                        Reason.DAMAGED);
            } else {
                return;
            }
        }
    }

    /** Where the record at the position ends; 0 when there is none. */
    private int next(int position) {
        int blockEnd = blockEnd(position);
        if (blockEnd - position < HEADER_BYTES) {
            return blockEnd;
        }
        if (position + HEADER_BYTES > bytes.length) {
            return 0;
        }
        int length = fields.getShort(position + 4) & 0xFFFF;
        int type = bytes[position + 6];
        if (type == 0 && length == 0) {
            return blockEnd;
        }
        int end = position + HEADER_BYTES + length;
        return end <= Math.min(blockEnd, bytes.length) && fields.getInt(position) == masked(position + 6, end)
                ? end
                : 0;
    }

    private int masked(int from, int to) {
        crc.reset();
        crc.update(bytes, from, to - from);
        return Integer.rotateRight((int) crc.getValue(), 15) + MASK;
    }

    private boolean hasRecordBehind(int bad) {
        for (int position = bad + 1; position + HEADER_BYTES <= bytes.length; position++) {
            int type = bytes[position + 6];
            if (type >= 1 && type <= WHOLE_TYPE_MAX && next(position) > 0) {
                return true;
            }
        }
        return false;
    }

    private static int blockEnd(int position) {
        return (position / BLOCK_BYTES + 1) * BLOCK_BYTES;
    }
}
