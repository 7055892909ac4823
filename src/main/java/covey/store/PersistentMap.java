package covey.store;

import java.util.Comparator;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * An immutable sorted map; a changed one shares all but O(log n) nodes with the one it was made from. So readers need
 * no lock, a snapshot costs nothing, and a change is undone by keeping the old reference.
 */
public final class PersistentMap<K, V> {
    private final Comparator<? super K> order;
    private final @Nullable Node<K, V> root;

    private PersistentMap(Comparator<? super K> order, @Nullable Node<K, V> root) {
        this.order = order;
        this.root = root;
    }

    /** Empty, in the keys' own order. */
    public static <K extends Comparable<K>, V> PersistentMap<K, V> empty() {
        return new PersistentMap<>(Comparator.naturalOrder(), null);
    }

    public static <K, V> PersistentMap<K, V> empty(Comparator<? super K> order) {
        return new PersistentMap<>(order, null);
    }

    public Optional<V> get(K key) {
        Node<K, V> node = root;
        while (node != null) {
            int side = order.compare(key, node.key);
            if (side == 0) {
                return Optional.of(node.value);
            }
            node = side < 0 ? node.left : node.right;
        }
        return Optional.empty();
    }

    public PersistentMap<K, V> put(K key, V value) {
        return new PersistentMap<>(order, put(root, key, value));
    }

    public PersistentMap<K, V> remove(K key) {
        return get(key).isEmpty() ? this : new PersistentMap<>(order, remove(root, key));
    }

    public int size() {
        return root == null ? 0 : root.size;
    }

    /** In the order of keys. */
    public void forEach(BiConsumer<K, V> action) {
        forEach(root, action);
    }

    /** Visits {@code from <= key < to}, in order or in reverse, until the visitor returns false. */
    public void scan(K from, K to, boolean reverse, BiPredicate<K, V> visitor) {
        scan(root, from, to, reverse, visitor);
    }

    private boolean scan(@Nullable Node<K, V> node, K from, K to, boolean reverse, BiPredicate<K, V> visitor) {
        if (node == null) {
            return true;
        }
        boolean isFromOrLater = order.compare(node.key, from) >= 0;
        boolean isBeforeTo = order.compare(node.key, to) < 0;
        Node<K, V> first = reverse ? node.right : node.left;
        Node<K, V> second = reverse ? node.left : node.right;
        boolean wantsFirst = reverse ? isBeforeTo : isFromOrLater;
        boolean wantsSecond = reverse ? isFromOrLater : isBeforeTo;
        return (!wantsFirst || scan(first, from, to, reverse, visitor))
                && (!isFromOrLater || !isBeforeTo || visitor.test(node.key, node.value))
                && (!wantsSecond || scan(second, from, to, reverse, visitor));
    }

    private static <K, V> void forEach(@Nullable Node<K, V> node, BiConsumer<K, V> action) {
        if (node != null) {
            forEach(node.left, action);
            action.accept(node.key, node.value);
            forEach(node.right, action);
        }
    }

    private Node<K, V> put(@Nullable Node<K, V> node, K key, V value) {
        if (node == null) {
            return new Node<>(null, key, value, null);
        }
        int side = order.compare(key, node.key);
        if (side == 0) {
            return new Node<>(node.left, key, value, node.right);
        }
        return side < 0
                ? balanced(put(node.left, key, value), node, node.right)
                : balanced(node.left, node, put(node.right, key, value));
    }

    private @Nullable Node<K, V> remove(@Nullable Node<K, V> node, K key) {
        if (node == null) {
            return null;
        }
        int side = order.compare(key, node.key);
        if (side < 0) {
            return balanced(remove(node.left, key), node, node.right);
        }
        if (side > 0) {
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
    private static <K, V> Node<K, V> balanced(
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

    private static <K, V> Node<K, V> join(@Nullable Node<K, V> left, Node<K, V> middle, @Nullable Node<K, V> right) {
        return new Node<>(left, middle.key, middle.value, right);
    }

    private static int height(@Nullable Node<?, ?> node) {
        return node == null ? 0 : node.height;
    }

    private static final class Node<K, V> {
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
