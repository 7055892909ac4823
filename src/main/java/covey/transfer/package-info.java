/**
 * What a person fetches and offers: a durable list of transfers that go on after a restart, and of offers that this
 * device serves.
 *
 * <p>Start at {@code Transfers}, then {@code Transfer}. Who fetches the bytes is behind {@code Fetcher}.
 *
 * <p><b>Thread</b>: Any; each class guards itself. Listeners are called on the thread that changed something.
 *
 * <p><b>Must not know</b>: Connections, the hub, how messages travel, and who asks.
 */
@NullMarked
package covey.transfer;

import org.jspecify.annotations.NullMarked;
