package covey.content;

import java.nio.file.Path;
import java.util.List;

/**
 * What {@link Importer#scan} found.
 *
 * @param origin the file or folder itself, absolute, free of links
 * @param folders it and those within it; of a file, the one that holds it
 * @param skipped a sentence for each thing that was left out
 * @param filesHashed how many were read; the others were unchanged
 */
public record Imported(
        Path origin,
        Manifest manifest,
        ContentId id,
        List<String> skipped,
        int filesHashed,
        long bytesHashed,
        List<Path> folders) {
    public Imported {
        skipped = List.copyOf(skipped);
        folders = List.copyOf(folders);
    }

    /** One of its files as content of its own, where it lies; nothing is read again. */
    public Imported only(Entry.File file) {
        Path place = origin;
        for (String name : file.path().names()) {
            place = place.resolve(name);
        }
        Manifest alone = Manifest.of(BlockMap.blockBytesFor(file.size()), List.of(file.withoutName()));
        return new Imported(place, alone, alone.id(), List.of(), 0, 0, List.of());
    }
}
