/**
 * What a peer does with files: holds and serves content, fetches it for its transfers, keeps what it shares in step
 * with the hub, and knows what people mean by what they type.
 *
 * <p>Start at {@code Contents}, then {@code Traffic} (the exchange at work) and {@code Guests} (who may have what).
 *
 * <p><b>Thread</b>: Any but the loop; calls block on the disk, the hub and the peer's loop.
 *
 * <p><b>Must not know</b>: Who asks: the local API and its JSON are {@code web}'s.
 */
@NullMarked
package covey.files;

import org.jspecify.annotations.NullMarked;
