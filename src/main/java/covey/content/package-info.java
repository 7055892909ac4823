/**
 * Content: immutable bytes named by what they are. Identity (content id, manifest, Merkle trees), the block store that
 * keeps and serves verified blocks, and the ways in ({@code Importer}) and out ({@code Exporter}).
 *
 * <p>Start at {@code Manifest}, then {@code BlockStore} and {@code Holding}.
 *
 * <p><b>Thread</b>: Called from any thread; calls block on the disk. Hashing belongs on {@code HashWorkers}, never on a
 * loop, an I/O thread or a virtual thread that others wait for.
 *
 * <p><b>Must not know</b>: The network, who may see what, and under which names content is shared.
 */
@NullMarked
package covey.content;

import org.jspecify.annotations.NullMarked;
