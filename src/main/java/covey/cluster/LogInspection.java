package covey.cluster;

import covey.store.StoreException;
import covey.store.StoreException.Reason;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads every record of the log before Ratis does. Ratis drops a record at the end whose length points beyond the file,
 * taking it for what a crash left, and refuses to start over one whose checksum is wrong, even when a crash did leave
 * it. Which of the two it is, the {@link AppliedMark} tells: an acknowledged record is damage and must be told, the
 * rest of an unfinished write is cut off.
 *
 * <p>Format of a segment (Ratis 3): "RaftLog1", then records of varint length, a protobuf LogEntryProto (term 1, index
 * 2, ...), CRC32C over both as four bytes; zeros after the last record are space allocated beforehand.
 */
final class LogInspection {
    private static final Logger log = LoggerFactory.getLogger(LogInspection.class);

    private static final Pattern SEGMENT = Pattern.compile("log_(?:inprogress_(\\d+)|(\\d+)-(\\d+))");
    private static final byte[] HEADER = "RaftLog1".getBytes(StandardCharsets.US_ASCII);
    private static final int RECORD_BYTES_MAX = 8 << 20;
    private static final int TERM_TAG = 1 << 3;
    private static final int INDEX_TAG = 2 << 3;

    private final Path folder;
    private final long acknowledged;
    private byte[] buffer = new byte[64 << 10];

    private LogInspection(Path folder, long acknowledged) {
        this.folder = folder;
        this.acknowledged = acknowledged;
    }

    /** What the log holds. Empty: last < first. */
    record Content(long firstIndex, long lastIndex, int segments) {
        boolean isEmpty() {
            return lastIndex < firstIndex;
        }
    }

    /**
     * @param folder with Ratis' segments; need not exist
     * @param acknowledged index up to which everything must be readable
     * @param checkpoint index up to which the log is not needed
     */
    static Content inspect(Path folder, long acknowledged, long checkpoint) {
        try {
            return new LogInspection(folder, Math.max(acknowledged, checkpoint)).inspect(checkpoint);
        } catch (IOException e) {
            throw new StoreException("The log in " + folder + " could not be read: " + e, e, Reason.FAILED);
        }
    }

    private Content inspect(long checkpoint) throws IOException {
        List<Segment> segments = neededSegments(checkpoint);
        long first = segments.isEmpty() ? checkpoint + 1 : segments.getFirst().first();
        long last = first - 1;
        for (Segment segment : segments) {
            if (segment.first() > Math.max(last, checkpoint) + 1) {
                throw damaged(
                        segment.file(),
                        "entries " + (last + 1) + " to " + (segment.first() - 1)
                                + ", which should come before it, are missing");
            }
            // Those were read by neededSegments.
            last = segment.last() <= checkpoint ? segment.last() : read(segment);
        }
        if (first > checkpoint + 1) {
            throw damaged(
                    segments.getFirst().file(),
                    "entries " + (checkpoint + 1) + " to " + (first - 1)
                            + ", which should come before it, are missing");
        }
        if (Math.max(last, checkpoint) < acknowledged) {
            throw damaged(
                    folder,
                    "it ends with entry " + last + ", but entry " + acknowledged
                            + " was acknowledged; its end was lost or replaced by an older copy");
        }
        return new Content(first, last, segments.size());
    }

    /** Segments that the checkpoint has made superfluous go when one of them is damaged: Ratis would read them. */
    private List<Segment> neededSegments(long checkpoint) throws IOException {
        List<Segment> segments = segments();
        for (int i = segments.size() - 1; i >= 0; i--) {
            Segment segment = segments.get(i);
            if (segment.last() <= checkpoint && !isWhole(segment)) {
                log.warn("log: damaged but no longer needed, deleted file={} and older ones", segment.file());
                for (Segment old : segments.subList(0, i + 1)) {
                    Files.delete(old.file());
                }
                return segments.subList(i + 1, segments.size());
            }
        }
        return segments;
    }

    private boolean isWhole(Segment segment) throws IOException {
        try {
            return read(segment) == segment.last();
        } catch (StoreException e) {
            log.debug("segment is damaged", e);
            return false;
        }
    }

    private List<Segment> segments() throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        List<Segment> segments = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Matcher name = SEGMENT.matcher(file.getFileName().toString());
                if (name.matches()) {
                    boolean isOpen = name.group(1) != null;
                    segments.add(new Segment(
                            file,
                            Long.parseLong(isOpen ? name.group(1) : name.group(2)),
                            isOpen ? Long.MAX_VALUE : Long.parseLong(name.group(3))));
                }
            }
        }
        segments.sort(Comparator.comparingLong(Segment::first));
        return segments;
    }

    /** Returns the index of the last record. */
    private long read(Segment segment) throws IOException {
        Reader reader = new Reader(segment.first());
        String trouble;
        try (DataInputStream in =
                new DataInputStream(new BufferedInputStream(Files.newInputStream(segment.file()), 1 << 16))) {
            trouble = reader.readAll(in);
        }
        long last = reader.next - 1;
        if (!segment.isOpen() && (!trouble.isEmpty() || last != segment.last())) {
            throw damaged(
                    segment.file(),
                    (trouble.isEmpty() ? "it ends too early" : trouble) + " at byte " + reader.position + " (entry "
                            + reader.next + " of " + segment.last() + ")");
        }
        if (!trouble.isEmpty()) {
            cutOff(segment, reader, trouble);
        }
        return last;
    }

    private void cutOff(Segment segment, Reader reader, String trouble) throws IOException {
        long rest = Files.size(segment.file()) - reader.position;
        if (reader.next <= acknowledged || hasRecordBehind(segment.file(), reader)) {
            throw damaged(segment.file(), trouble + " at byte " + reader.position + " (entry " + reader.next + ")");
        }
        log.info("log: unfinished write cut off file={} entry={} bytes={}", segment.file(), reader.next, rest);
        try (FileChannel channel = FileChannel.open(segment.file(), StandardOpenOption.WRITE)) {
            channel.truncate(reader.position);
            channel.force(true);
        }
    }

    /** An unfinished write is the last thing in the file. A whole record behind it shows that it was not one. */
    private boolean hasRecordBehind(Path file, Reader reader) throws IOException {
        byte[] rest;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            rest = new byte[Math.toIntExact(Math.max(0, channel.size() - reader.position))];
            channel.read(ByteBuffer.wrap(rest), reader.position);
        }
        for (int start = 1; start < rest.length; start++) {
            if (isRecord(rest, start, reader.next)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isRecord(byte[] bytes, int start, long afterIndex) {
        Varint length = Varint.read(bytes, start, bytes.length);
        long end = length.end() + length.value() + 4;
        if (!length.isWhole() || length.value() < 4 || end > bytes.length || bytes[length.end()] != TERM_TAG) {
            return false;
        }
        int bodyEnd = (int) end - 4;
        return indexIn(bytes, length.end(), bodyEnd) > afterIndex && hasChecksum(bytes, start, bodyEnd);
    }

    private static boolean hasChecksum(byte[] bytes, int start, int end) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, start, end - start);
        return (int) crc.getValue() == ByteBuffer.wrap(bytes).getInt(end);
    }

    /** The index of the entry in a record's body; -1 when it is none. */
    private static long indexIn(byte[] bytes, int start, int end) {
        if (start >= end || bytes[start] != TERM_TAG) {
            return start < end && bytes[start] == INDEX_TAG
                    ? Varint.read(bytes, start + 1, end).value()
                    : -1;
        }
        Varint term = Varint.read(bytes, start + 1, end);
        if (!term.isWhole() || term.end() >= end || bytes[term.end()] != INDEX_TAG) {
            // Index 0 is not written at all.
            return term.isWhole() ? 0 : -1;
        }
        Varint index = Varint.read(bytes, term.end() + 1, end);
        return index.isWhole() ? index.value() : -1;
    }

    private static StoreException damaged(Path file, String what) {
        return new StoreException(
                "The log is damaged: " + file + ": " + what + ". The hub does not start with it, because acknowledged"
                        + " entries would be lost; restore the hub's folder from a backup.",
                Reason.DAMAGED);
    }

    private record Segment(Path file, long first, long last) {
        boolean isOpen() {
            return last == Long.MAX_VALUE;
        }
    }

    /** A protobuf varint in an array. */
    private record Varint(long value, int end, boolean isWhole) {
        static Varint read(byte[] bytes, int start, int limit) {
            long value = 0;
            for (int i = start, shift = 0; i < limit && shift < 63; i++, shift += 7) {
                value |= (long) (bytes[i] & 0x7F) << shift;
                if (bytes[i] >= 0) {
                    return new Varint(value, i + 1, true);
                }
            }
            return new Varint(0, start, false);
        }
    }

    /** Walks through one segment and stops at the first record that is not right. */
    private final class Reader {
        private long next;
        private long position;

        Reader(long first) {
            next = first;
        }

        /** What is wrong with the record at {@link #position}; empty when the segment ends well. */
        String readAll(DataInputStream in) throws IOException {
            byte[] header = in.readNBytes(HEADER.length);
            if (!Arrays.equals(header, HEADER)) {
                return "its header is wrong";
            }
            position = HEADER.length;
            try {
                while (true) {
                    int first = in.read();
                    if (first <= 0) {
                        return first < 0 || isZero(in) ? "" : "there are bytes behind the end mark";
                    }
                    String trouble = readRecord(first, in);
                    if (!trouble.isEmpty()) {
                        return trouble;
                    }
                }
            } catch (EOFException e) {
                return "a record is cut short";
            }
        }

        private String readRecord(int first, DataInputStream in) throws IOException {
            int size = 0;
            buffer[size++] = (byte) first;
            while (buffer[size - 1] < 0 && size < 5) {
                buffer[size++] = in.readByte();
            }
            Varint length = Varint.read(buffer, 0, size);
            if (!length.isWhole() || length.value() > RECORD_BYTES_MAX) {
                return "a record's length is wrong";
            }
            int end = size + (int) length.value();
            if (buffer.length < end + 4) {
                buffer = Arrays.copyOf(buffer, Math.max(end + 4, 2 * buffer.length));
            }
            in.readFully(buffer, size, end + 4 - size);
            if (!hasChecksum(buffer, 0, end)) {
                return "a record's checksum is wrong";
            }
            if (indexIn(buffer, size, end) != next) {
                return "entry " + indexIn(buffer, size, end) + " stands in the place of another";
            }
            next++;
            position += end + 4;
            return "";
        }

        private static boolean isZero(DataInputStream in) throws IOException {
            byte[] chunk = new byte[1 << 16];
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                for (int i = 0; i < count; i++) {
                    if (chunk[i] != 0) {
                        return false;
                    }
                }
            }
            return true;
        }
    }
}
