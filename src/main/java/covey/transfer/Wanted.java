package covey.transfer;

import com.google.protobuf.ByteString;
import covey.content.ContentId;
import covey.content.TreePath;
import covey.wire.DeviceId;
import java.nio.file.Path;
import java.util.Set;

/**
 * Something to fetch and where to put it.
 *
 * @param name one name, for people
 * @param bytes 0 when nobody said
 * @param files 1 = one file; 0 when nobody said
 * @param sha256 plain, that the file must have before it gets its name; empty = the content id is enough
 * @param target absolute
 * @param renames takes another name when the target's is taken; else that is refused
 * @param only devices that may be asked; none = all
 */
public record Wanted(
        ContentId content,
        String name,
        long bytes,
        int files,
        ByteString sha256,
        Path target,
        boolean renames,
        Set<DeviceId> only) {
    public Wanted {
        only = Set.copyOf(only);
        TreePath.of(name);
        if (!target.isAbsolute()) {
            throw new IllegalArgumentException("target: " + target + " (expected: an absolute path)");
        }
    }
}
