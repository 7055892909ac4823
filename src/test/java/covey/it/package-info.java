/** Real processes, started by the launcher, on real networks. Run by {@code ./build it}. */
@NullMarked
package covey.it;

import org.jspecify.annotations.NullMarked;
