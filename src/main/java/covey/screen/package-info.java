/**
 * What a person sees and types at a terminal: the chat, text of others made harmless, times, failures as sentences.
 *
 * <p>Start at {@code Chat}; it does what {@code Talk} decides.
 *
 * <p><b>Thread</b>: Lines are read on the main thread of a short process, events come on one of their own.
 *
 * <p><b>Must not know</b>: Which commands there are, and how a node does what is asked.
 */
@NullMarked
package covey.screen;

import org.jspecify.annotations.NullMarked;
