package covey.content;

import covey.store.Sha256;

/** One thing of a manifest. */
public sealed interface Entry {
    TreePath path();

    /**
     * A file's bytes and whether they may be run.
     *
     * @param root all zeros when {@code size} is 0, else the Merkle root
     * @param plain what {@code sha256sum} says
     */
    record File(TreePath path, long size, Digest root, Digest plain, boolean executable) implements Entry {
        static final Digest NO_ROOT = Digest.tree(new byte[ContentLimits.HASH_BYTES]);
        static final Digest EMPTY_PLAIN = Digest.plain(Sha256.of());

        public File {
            if (size < 0 || size > ContentLimits.CONTENT_BYTES_MAX) {
                throw ContentException.limit("The file '" + path + "' has " + Long.toUnsignedString(size)
                        + " bytes (at most " + ContentLimits.CONTENT_BYTES_MAX + ").");
            }
        }

        File withoutName() {
            return new File(TreePath.TOP, size, root, plain, executable);
        }

        static File empty(TreePath path, boolean executable) {
            return new File(path, 0, NO_ROOT, EMPTY_PLAIN, executable);
        }
    }

    /** A folder with nothing in it; others are told by what is in them. */
    record Folder(TreePath path) implements Entry {}

    /** A symbolic link to a place within the tree, told from the tree's top; nothing need be there. */
    record Link(TreePath path, TreePath target) implements Entry {
        public Link {
            if (path.names().isEmpty()) {
                throw ContentException.refused("A link alone is no content: share what it points to.");
            }
        }
    }
}
