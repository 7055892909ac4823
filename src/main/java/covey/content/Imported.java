package covey.content;

import java.nio.file.Path;
import java.util.List;

/**
 * What {@link Importer#scan} found.
 *
 * @param origin the file or folder itself, absolute, free of links
 * @param skipped a sentence for each thing that was left out
 * @param filesHashed how many were read; the others were unchanged
 */
public record Imported(
        Path origin, Manifest manifest, ContentId id, List<String> skipped, int filesHashed, long bytesHashed) {
    public Imported {
        skipped = List.copyOf(skipped);
    }
}
