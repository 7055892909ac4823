package covey.content;

import covey.store.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Content with its bytes, as somebody else has it. */
record Sample(Manifest manifest, Map<TreePath, byte[]> files) {
    static Sample of(int blockBytes, Map<TreePath, byte[]> files) {
        List<Entry> entries = new ArrayList<>();
        files.forEach((path, bytes) -> entries.add(
                bytes.length == 0
                        ? Entry.File.empty(path, false)
                        : new Entry.File(
                                path,
                                bytes.length,
                                Digest.tree(NaiveTree.root(bytes)),
                                Digest.plain(Sha256.of(bytes)),
                                false)));
        return new Sample(Manifest.of(blockBytes, entries), new TreeMap<>(files));
    }

    static Sample oneFile(int blockBytes, int bytes, long seed) {
        return of(blockBytes, Map.of(TreePath.TOP, random(bytes, seed)));
    }

    static Sample tree(long seed) {
        Random random = new Random(seed);
        Map<TreePath, byte[]> files = new TreeMap<>();
        for (int i = 0; i < 8; i++) {
            files.put(TreePath.of("d" + i % 3, "f" + i), random(random.nextInt(400_000), seed + i));
        }
        files.put(TreePath.of("empty"), new byte[0]);
        return of(16384, files);
    }

    static byte[] random(int bytes, long seed) {
        byte[] random = new byte[bytes];
        new Random(seed).nextBytes(random);
        return random;
    }

    byte[] bytes(int entry) {
        byte[] bytes = files.get(manifest.entries().get(entry).path());
        return bytes == null ? new byte[0] : bytes;
    }

    byte[] block(int block) {
        BlockMap map = new BlockMap(manifest);
        int from = (int) map.offsetOf(block);
        return Arrays.copyOfRange(bytes(map.entryOf(block)), from, from + map.lengthOf(block));
    }

    byte[] layer(int entry) {
        return NaiveTree.layer(bytes(entry), manifest.blockBytes());
    }

    void putLayers(Holding holding) {
        holding.missingLayers().stream().forEach(entry -> holding.putLayer(entry, layer(entry)));
    }

    void putAll(Holding holding) {
        putLayers(holding);
        for (int block = 0; block < holding.map().count(); block++) {
            holding.write(block, ByteBuffer.wrap(block(block)));
        }
    }

    /** Writes the files as a user has them. */
    void writeTo(Path top) {
        files.forEach((path, bytes) -> {
            try {
                Path file = top;
                for (String name : path.names()) {
                    file = file.resolve(name);
                }
                Files.createDirectories(file.toAbsolutePath().getParent());
                Files.write(file, bytes);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    static byte[] read(Holding holding, int block) {
        ByteBuffer buffer = ByteBuffer.allocate(holding.map().lengthOf(block));
        holding.read(block, 0, buffer);
        return buffer.array();
    }
}
