package covey.content;

import covey.wire.proto.KeptFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;

/**
 * What tells whether a file was changed since, without reading it.
 *
 * @param modifiedNanos since 1970
 * @param key the file system's name for it (the inode)
 */
public record Fingerprint(long size, long modifiedNanos, String key) {
    /** FAT counts in 2 s; a file changed within the tick in which it was hashed would look unchanged. */
    static final long TICK_MILLIS = 2_000;

    /** Of the file itself, never of what a link points to. */
    static Fingerprint of(Path file) throws IOException {
        return of(Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS));
    }

    static Fingerprint of(BasicFileAttributes attributes) {
        String key = String.valueOf(attributes.fileKey());
        return new Fingerprint(
                attributes.size(),
                attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS),
                // The device's number may be another after the next start of the machine.
                key.substring(key.indexOf("ino=") + 1));
    }

    static Fingerprint of(KeptFile kept) {
        return new Fingerprint(kept.getSize(), kept.getModifiedNanos(), kept.getKey());
    }

    /** True when the file was at rest for long enough before this moment. */
    boolean isSettledAt(long wallMillis) {
        return modifiedNanos / 1_000_000 + TICK_MILLIS < wallMillis;
    }
}
