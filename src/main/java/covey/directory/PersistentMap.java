package covey.directory;

import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * An immutable sorted map; a changed one shares all but O(log n) nodes with the one it was made from. So a view of the
 * directory costs little per entry, may be read by any thread, and is rolled back by keeping the old reference.
 */
final class PersistentMap<K extends Comparable<K>, V> {
    private static final PersistentMap<String, String> EMPTY = new PersistentMap<>(null);

    private final @Nullable Node<K, V> root;

    private PersistentMap(@Nullable Node<K, V> root) {
        this.root = root;
    }

    @SuppressWarnings("unchecked") // holds nothing of either type
    static <K extends Comparable<K>, V> PersistentMap<K, V> empty() {
        return (PersistentMap<K, V>) (PersistentMap<?, ?>) EMPTY;
    }

    Optional<V> get(K key) {
        Node<K, V> node = root;
        while (node != null) {
            int order = key.compareTo(node.key);
            if (order == 0) {
                return Optional.of(node.value);
            }
            node = order < 0 ? node.left : node.right;
        }
        return Optional.empty();
    }

    PersistentMap<K, V> put(K key, V value) {
        return new PersistentMap<>(put(root, key, value));
    }

    PersistentMap<K, V> remove(K key) {
        return get(key).isEmpty() ? this : new PersistentMap<>(remove(root, key));
    }

    int size() {
        return root == null ? 0 : root.size;
    }

    /** In the order of keys. */
    void forEach(BiConsumer<K, V> action) {
        forEach(root, action);
    }

    private static <K extends Comparable<K>, V> void forEach(@Nullable Node<K, V> node, BiConsumer<K, V> action) {
        if (node != null) {
            forEach(node.left, action);
            action.accept(node.key, node.value);
            forEach(node.right, action);
        }
    }

    private static <K extends Comparable<K>, V> Node<K, V> put(@Nullable Node<K, V> node, K key, V value) {
        if (node == null) {
            return new Node<>(null, key, value, null);
        }
        int order = key.compareTo(node.key);
        if (order == 0) {
            return new Node<>(node.left, key, value, node.right);
        }
        return order < 0
                ? balanced(put(node.left, key, value), node, node.right)
                : balanced(node.left, node, put(node.right, key, value));
    }

    private static <K extends Comparable<K>, V> @Nullable Node<K, V> remove(@Nullable Node<K, V> node, K key) {
        if (node == null) {
            return null;
        }
        int order = key.compareTo(node.key);
        if (order < 0) {
            return balanced(remove(node.left, key), node, node.right);
        }
        if (order > 0) {
            return balanced(node.left, node, remove(node.right, key));
        }
        if (node.left == null) {
            return node.right;
        }
        if (node.right == null) {
            return node.left;
        }
        Node<K, V> next = node.right;
        while (next.left != null) {
            next = next.left;
        }
        return balanced(node.left, next, remove(node.right, next.key));
    }

    /** AVL: heights of the two sides differ by at most one; they differed by at most two before. */
    private static <K extends Comparable<K>, V> Node<K, V> balanced(
            @Nullable Node<K, V> left, Node<K, V> middle, @Nullable Node<K, V> right) {
        if (left != null && height(left) > height(right) + 1) {
            Node<K, V> inner = left.right;
            if (inner != null && height(inner) > height(left.left)) {
                return join(join(left.left, left, inner.left), inner, join(inner.right, middle, right));
            }
            return join(left.left, left, join(inner, middle, right));
        }
        if (right != null && height(right) > height(left) + 1) {
            Node<K, V> inner = right.left;
            if (inner != null && height(inner) > height(right.right)) {
                return join(join(left, middle, inner.left), inner, join(inner.right, right, right.right));
            }
            return join(join(left, middle, inner), right, right.right);
        }
        return join(left, middle, right);
    }

    private static <K extends Comparable<K>, V> Node<K, V> join(
            @Nullable Node<K, V> left, Node<K, V> middle, @Nullable Node<K, V> right) {
        return new Node<>(left, middle.key, middle.value, right);
    }

    private static int height(@Nullable Node<?, ?> node) {
        return node == null ? 0 : node.height;
    }

    private static final class Node<K extends Comparable<K>, V> {
        final @Nullable Node<K, V> left;
        final K key;
        final V value;
        final @Nullable Node<K, V> right;
        final int height;
        final int size;

        Node(@Nullable Node<K, V> left, K key, V value, @Nullable Node<K, V> right) {
            this.left = left;
            this.key = key;
            this.value = value;
            this.right = right;
            this.height = 1 + Math.max(height(left), height(right));
            this.size = 1 + (left == null ? 0 : left.size) + (right == null ? 0 : right.size);
        }
    }
}
