/**
 * Who sends which block to whom: what a downloader asks of which source, what an uploader serves next, and what a hub
 * knows of holders that are not complete yet. {@code exchange} is the thin shell around them.
 *
 * <p>Start at {@code Downloader}, then {@code Uploads} and {@code Tracker}.
 *
 * <p><b>Thread</b>: The deciding classes have one owner each and no thread, clock or network of their own: time comes
 * with every call, chance from a port.
 *
 * <p><b>Must not know</b>: Accounts, names of shares, and who may see what: the hub's catalog answers that.
 */
@NullMarked
package covey.swarm;

import org.jspecify.annotations.NullMarked;
