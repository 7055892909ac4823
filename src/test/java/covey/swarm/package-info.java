@NullMarked
package covey.swarm;

import org.jspecify.annotations.NullMarked;
