package covey.content;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.text.Normalizer;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Builds a manifest's tree in an empty folder of our own. One thread. */
final class Tree {
    /** Brings one file's bytes into a new file. */
    interface Bringer {
        void bring(int entry, Path file) throws IOException;
    }

    private final Path staging;
    private final Manifest manifest;

    Tree(Path staging, Manifest manifest) {
        this.staging = staging;
        this.manifest = manifest;
    }

    /** Returns the file or folder that was built. */
    Path build(Bringer bringer) throws IOException {
        Path probe = Files.createFile(staging.resolve("Probe"));
        refuseClashes(probe);
        Path top = staging.resolve("top");
        List<Entry> entries = manifest.entries();
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            Path path = at(top, entry.path());
            switch (entry) {
                case Entry.Folder folder -> Files.createDirectories(path);
                case Entry.File file -> {
                    makeFolderOf(path);
                    bringer.bring(i, path);
                    setMode(path, file.executable(), probe);
                }
                case Entry.Link link -> makeFolderOf(path);
            }
        }
        // Last, so that nothing above can be written through one.
        for (Entry entry : entries) {
            if (entry instanceof Entry.Link link) {
                Files.createSymbolicLink(at(top, link.path()), targetOf(link));
            }
        }
        return top;
    }

    private static Path at(Path top, TreePath path) {
        Path at = top;
        for (String name : path.names()) {
            at = at.resolve(name);
        }
        return at;
    }

    private static void makeFolderOf(Path path) throws IOException {
        Files.createDirectories(path.toAbsolutePath().getParent());
    }

    /** From the folder that holds the link: up to where the ways part, then down. */
    private Path targetOf(Entry.Link link) {
        Path target = at(staging, link.path().parent()).relativize(at(staging, link.target()));
        return target.toString().isEmpty() ? target.resolve(".") : target;
    }

    /** As a new file of this user has it (the probe's), and executable where it may be read. */
    private static void setMode(Path file, boolean isExecutable, Path probe) throws IOException {
        try {
            Set<PosixFilePermission> mode = EnumSet.noneOf(PosixFilePermission.class);
            mode.addAll(Files.getPosixFilePermissions(probe, LinkOption.NOFOLLOW_LINKS));
            if (isExecutable) {
                mode.add(PosixFilePermission.OWNER_EXECUTE);
                if (mode.contains(PosixFilePermission.GROUP_READ)) {
                    mode.add(PosixFilePermission.GROUP_EXECUTE);
                }
                if (mode.contains(PosixFilePermission.OTHERS_READ)) {
                    mode.add(PosixFilePermission.OTHERS_EXECUTE);
                }
            }
            if (!Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS).equals(mode)) {
                Files.setPosixFilePermissions(file, mode);
            }
        } catch (UnsupportedOperationException e) {
            // Not a POSIX file system: there is no such mode.
            return;
        }
    }

    private void refuseClashes(Path probe) throws IOException {
        Optional<String> clash = clash(manifest, foldOf(probe));
        if (clash.isPresent()) {
            throw ContentException.refused("The file system at " + staging.getParent()
                    + " cannot tell these names apart: " + clash.get() + ". Choose a place on another one.");
        }
    }

    /** What the file system takes for the same name, tried out. */
    private static UnaryOperator<String> foldOf(Path probe) throws IOException {
        if (Files.exists(probe.resolveSibling("pROBE"))) {
            return Tree::caseless;
        }
        try {
            Path composed = Files.createFile(probe.resolveSibling("\u00e9"));
            boolean isSame = Files.exists(probe.resolveSibling("e\u0301"));
            Files.delete(composed);
            return isSame ? name -> Normalizer.normalize(name, Normalizer.Form.NFC) : UnaryOperator.identity();
        } catch (InvalidPathException | FileSystemException e) {
            return UnaryOperator.identity();
        }
    }

    static String caseless(String name) {
        String upper = Normalizer.normalize(name, Normalizer.Form.NFC).toUpperCase(Locale.ROOT);
        return Normalizer.normalize(upper.toLowerCase(Locale.ROOT), Normalizer.Form.NFC);
    }

    /** Two of the tree's names that {@code fold} makes one: files, links or folders. */
    static Optional<String> clash(Manifest manifest, UnaryOperator<String> fold) {
        Map<String, TreePath> seen = new HashMap<>();
        TreePath before = TreePath.TOP;
        for (Entry entry : manifest.entries()) {
            List<String> names = entry.path().names();
            StringBuilder folded = new StringBuilder();
            for (int i = 0; i < names.size(); i++) {
                folded.append('/').append(fold.apply(names.get(i)));
                // What this path shares with the one before was looked at then.
                if (before.names().size() > i
                        && before.names().subList(0, i + 1).equals(names.subList(0, i + 1))) {
                    continue;
                }
                TreePath path = new TreePath(names.subList(0, i + 1));
                TreePath other = seen.putIfAbsent(folded.toString(), path);
                if (other != null) {
                    return Optional.of("'" + other + "' and '" + path + "'");
                }
            }
            before = entry.path();
        }
        return Optional.empty();
    }
}
