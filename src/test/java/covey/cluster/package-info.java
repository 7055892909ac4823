@NullMarked
package covey.cluster;

import org.jspecify.annotations.NullMarked;
