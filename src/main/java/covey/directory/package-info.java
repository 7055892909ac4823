/**
 * Who is who: accounts, devices, blocks, tokens and the signed directory log that peers check.
 *
 * <p>Start at {@code DirectoryView}, what the log says, and {@code DirectoryFold}, its rules; then {@code Step}, the
 * command being applied, and {@code Enrolments}, {@code Accounts} and {@code Tokens}, which change it. A peer judges a
 * hub's heads with {@code HeadVerifier}.
 *
 * <p><b>Thread</b>: Views are immutable: any thread. A {@code Step} belongs to the log's thread. No clock, network or
 * randomness.
 *
 * <p><b>Must not know</b>: How its commands are replicated and how its answers travel.
 */
@NullMarked
package covey.directory;

import org.jspecify.annotations.NullMarked;
