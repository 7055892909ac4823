package covey.store;

import org.jspecify.annotations.Nullable;

/**
 * An immutable ordered map: a change returns a new tree that shares all but the path to the change. So a reader needs
 * no lock and a snapshot costs nothing. A treap whose priorities come from the key's hash: its shape depends on its
 * content only, never on history or chance.
 */
final class SortedTree {
    static final SortedTree EMPTY = new SortedTree(null, 0, 0);

    private final @Nullable Node root;
    private final long count;
    private final long bytes;

    private SortedTree(@Nullable Node root, long count, long bytes) {
        this.root = root;
        this.count = count;
        this.bytes = bytes;
    }

    @SuppressWarnings("ArrayRecordComponent") // nodes are never compared
    private record Node(
            byte[] key,
            byte[] value,
            int priority,
            @Nullable Node left,
            @Nullable Node right) {
        Node withChildren(@Nullable Node newLeft, @Nullable Node newRight) {
            return new Node(key, value, priority, newLeft, newRight);
        }
    }

    long count() {
        return count;
    }

    long bytes() {
        return bytes;
    }

    byte @Nullable [] get(byte[] key) {
        Node node = root;
        while (node != null) {
            int order = Transaction.ORDER.compare(key, node.key);
            if (order == 0) {
                return node.value;
            }
            node = order < 0 ? node.left : node.right;
        }
        return null;
    }

    SortedTree put(byte[] key, byte[] value) {
        byte[] old = get(key);
        Node newRoot = put(root, key, value, priority(key));
        return old != null
                ? new SortedTree(newRoot, count, bytes + value.length - old.length)
                : new SortedTree(newRoot, count + 1, bytes + key.length + value.length);
    }

    SortedTree delete(byte[] key) {
        byte[] old = get(key);
        return old == null ? this : new SortedTree(delete(root, key), count - 1, bytes - key.length - old.length);
    }

    /** Visits {@code from <= key < to}. The arrays are the tree's own. */
    void scan(byte[] from, byte[] to, boolean reverse, OrderedStore.Visitor visitor) {
        scan(root, from, to, reverse, visitor);
    }

    private static boolean scan(
            @Nullable Node node, byte[] from, byte[] to, boolean reverse, OrderedStore.Visitor visitor) {
        if (node == null) {
            return true;
        }
        boolean isFromOrLater = Transaction.ORDER.compare(node.key, from) >= 0;
        boolean isBeforeTo = Transaction.ORDER.compare(node.key, to) < 0;
        Node first = reverse ? node.right : node.left;
        Node second = reverse ? node.left : node.right;
        boolean wantsFirst = reverse ? isBeforeTo : isFromOrLater;
        boolean wantsSecond = reverse ? isFromOrLater : isBeforeTo;
        return (!wantsFirst || scan(first, from, to, reverse, visitor))
                && (!isFromOrLater || !isBeforeTo || visitor.visit(node.key, node.value))
                && (!wantsSecond || scan(second, from, to, reverse, visitor));
    }

    private static Node put(@Nullable Node node, byte[] key, byte[] value, int priority) {
        if (node == null) {
            return new Node(key, value, priority, null, null);
        }
        int order = Transaction.ORDER.compare(key, node.key);
        if (order == 0) {
            return new Node(node.key, value, node.priority, node.left, node.right);
        }
        if (order < 0) {
            Node left = put(node.left, key, value, priority);
            return left.priority > node.priority
                    ? left.withChildren(left.left, node.withChildren(left.right, node.right))
                    : node.withChildren(left, node.right);
        }
        Node right = put(node.right, key, value, priority);
        return right.priority > node.priority
                ? right.withChildren(node.withChildren(node.left, right.left), right.right)
                : node.withChildren(node.left, right);
    }

    private static @Nullable Node delete(@Nullable Node node, byte[] key) {
        if (node == null) {
            return null;
        }
        int order = Transaction.ORDER.compare(key, node.key);
        if (order == 0) {
            return merge(node.left, node.right);
        }
        return order < 0
                ? node.withChildren(delete(node.left, key), node.right)
                : node.withChildren(node.left, delete(node.right, key));
    }

    private static @Nullable Node merge(@Nullable Node left, @Nullable Node right) {
        if (left == null) {
            return right;
        }
        if (right == null) {
            return left;
        }
        return left.priority > right.priority
                ? left.withChildren(left.left, merge(left.right, right))
                : right.withChildren(merge(left, right.left), right.right);
    }

    private static int priority(byte[] key) {
        int hash = java.util.Arrays.hashCode(key);
        hash = (hash ^ hash >>> 16) * 0x7feb352d;
        hash = (hash ^ hash >>> 15) * 0x846ca68b;
        return hash ^ hash >>> 16;
    }
}
