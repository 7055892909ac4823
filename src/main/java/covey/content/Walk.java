package covey.content;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Finds what is in a folder, without following links and without reading files. One thread. */
final class Walk {
    /** A file to hash. */
    record Found(TreePath path, Path file, Fingerprint fingerprint, boolean executable) {}

    private final Path origin;
    private final boolean isSkipping;
    private final ScanProgress progress;
    final List<Path> folders = new ArrayList<>();
    final List<Found> files = new ArrayList<>();
    final List<Entry> others = new ArrayList<>();
    final List<String> skipped = new ArrayList<>();

    private Walk(Path origin, boolean isSkipping, ScanProgress progress) {
        this.origin = origin;
        this.isSkipping = isSkipping;
        this.progress = progress;
    }

    /** @param isSkipping what is refused is left out and told, instead of ending the walk */
    static Walk of(Path origin, boolean isSkipping, ScanProgress progress) {
        Walk walk = new Walk(origin, isSkipping, progress);
        walk.visit(origin, TreePath.TOP);
        if (walk.folders.isEmpty() && origin.getParent() != null) {
            walk.folders.add(origin.getParent());
        }
        return walk;
    }

    /** Leaves out what is refused, or ends with it. */
    synchronized void refuse(ContentException why) {
        if (!mayLeaveOut(why)) {
            throw why;
        }
        skipped.add(why.getMessage());
    }

    /** Trouble of this process or of whoever waits is none of the file's: all would look as if they were gone. */
    boolean mayLeaveOut(ContentException why) {
        boolean isOfTheFile = switch (why.reason()) {
            case NO_SPACE, STOPPED -> false;
            case DAMAGED, DENIED, CHANGED, REFUSED, EXISTS, NOT_FOUND, LIMIT -> true;
            case FAILED -> !String.valueOf(why.getMessage()).contains("Too many open files");
        };
        return isSkipping && isOfTheFile;
    }

    private void visit(Path file, TreePath path) {
        if (files.size() + others.size() >= ContentLimits.ENTRIES_MAX) {
            throw ContentException.limit(origin + " has more than " + ContentLimits.ENTRIES_MAX
                    + " entries; share the folders in it one by one.");
        }
        try {
            BasicFileAttributes attributes = attributesOf(file);
            if (attributes.isSymbolicLink()) {
                others.add(new Entry.Link(path, targetOf(file, path)));
            } else if (attributes.isDirectory()) {
                visitFolder(file, path);
            } else if (attributes.isRegularFile()) {
                files.add(new Found(path, file, Fingerprint.of(attributes), isExecutable(attributes)));
            } else {
                throw ContentException.refused(
                        file + " is a pipe, a socket or a device: only files, folders and links can be shared.");
            }
        } catch (IOException e) {
            refuse(ContentException.of(file + " cannot be read", e));
        } catch (ContentException e) {
            refuse(e);
        }
    }

    private void visitFolder(Path folder, TreePath path) throws IOException {
        progress.check();
        folders.add(folder);
        boolean isEmpty = true;
        try (DirectoryStream<Path> children = Files.newDirectoryStream(folder)) {
            for (Path child : children) {
                String name = String.valueOf(child.getFileName());
                if (name.startsWith(Exporter.STAGING)) {
                    continue;
                }
                isEmpty = false;
                if (!folder.resolve(name).equals(child)) {
                    refuse(ContentException.refused(
                            "A name in " + folder + " is not Unicode, or this process' locale cannot express it: "
                                    + name + "; rename it, or set LC_ALL=C.UTF-8."));
                    continue;
                }
                visitChild(child, path, name);
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        if (isEmpty) {
            others.add(new Entry.Folder(path));
        }
    }

    private void visitChild(Path child, TreePath path, String name) {
        TreePath childPath;
        try {
            childPath = path.child(name);
        } catch (ContentException e) {
            refuse(new ContentException(e.reason(), "In " + child.getParent() + ": " + e.getMessage(), e));
            return;
        }
        visit(child, childPath);
    }

    /** Told from the tree's top; throws when the link leads out of the tree, or might. */
    private TreePath targetOf(Path link, TreePath path) throws IOException {
        Path target = Files.readSymbolicLink(link);
        Deque<String> names = new ArrayDeque<>(path.parent().names());
        if (target.isAbsolute()) {
            if (!target.startsWith(origin)) {
                throw leadsOut(link, target);
            }
            names.clear();
            target = origin.relativize(target);
        }
        boolean hasDescended = false;
        for (Path part : target) {
            String name = part.toString();
            if (name.equals("..")) {
                // After a name it may go through another link, and then leads elsewhere than it says.
                if (hasDescended || names.pollLast() == null) {
                    throw leadsOut(link, target);
                }
            } else if (!name.equals(".") && !name.isEmpty()) {
                names.addLast(name);
                hasDescended = true;
            }
        }
        return new TreePath(List.copyOf(names));
    }

    private static ContentException leadsOut(Path link, Path target) {
        return ContentException.refused("The link " + link + " leads out of what is shared, to " + target
                + ". Only links within it can be shared.");
    }

    private static BasicFileAttributes attributesOf(Path file) throws IOException {
        try {
            return Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (UnsupportedOperationException e) {
            return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        }
    }

    private static boolean isExecutable(BasicFileAttributes attributes) {
        return attributes instanceof PosixFileAttributes posix
                && posix.permissions().contains(PosixFilePermission.OWNER_EXECUTE);
    }
}
