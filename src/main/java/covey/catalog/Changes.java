package covey.catalog;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * The log of changes: what each command did to which paths of one device, in a record per command. The search index
 * follows it; what is older than the log keeps is found by reading all shares.
 */
public final class Changes {
    private Changes() {}

    /** Its number stands in the log. */
    public enum Kind {
        /** The path was not shared before. */
        NEW(0),
        CHANGED(1),
        GONE(2);

        private final int number;

        Kind(int number) {
            this.number = number;
        }

        private static Kind of(int number) {
            return switch (number) {
                case 0 -> NEW;
                case 1 -> CHANGED;
                case 2 -> GONE;
                default -> throw new IllegalArgumentException("change: " + number + " (expected: 0 to 2)");
            };
        }
    }

    public interface Reader {
        void changed(int device, Kind kind, byte[] path);
    }

    public static void read(byte[] line, Reader reader) {
        Tables.decoded(line, in -> {
            int device = in.getInt();
            while (in.hasRemaining()) {
                Kind kind = Kind.of(in.get());
                byte[] path = new byte[Objects.checkIndex(Short.toUnsignedInt(in.getShort()), in.remaining() + 1)];
                in.get(path);
                reader.changed(device, kind, path);
            }
            return line;
        });
    }

    /** Gathers one command's changes. */
    static final class Writer {
        private final ByteArrayOutputStream line = new ByteArrayOutputStream(1 << 12);
        private final int device;

        Writer(int device) {
            this.device = device;
        }

        void add(Kind kind, byte[] path) {
            addMark();
            line.write(kind.number);
            line.write(path.length >>> 8);
            line.write(path.length);
            line.writeBytes(path);
        }

        /** There was a change, though of no single path. */
        void addMark() {
            if (line.size() == 0) {
                line.writeBytes(
                        ByteBuffer.allocate(Integer.BYTES).putInt(device).array());
            }
        }

        ByteArrayOutputStream line() {
            return line;
        }
    }
}
