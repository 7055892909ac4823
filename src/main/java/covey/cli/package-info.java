/**
 * The command line: one class per command.
 *
 * <p>Start at {@code Main}.
 *
 * <p><b>Thread</b>: Each command runs on the main thread of a short process and talks to the local node.
 *
 * <p><b>Must not know</b>: How a node does what is asked, and where it keeps it.
 */
@NullMarked
package covey.cli;

import org.jspecify.annotations.NullMarked;
