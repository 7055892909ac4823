@NullMarked
package covey.hub;

import org.jspecify.annotations.NullMarked;
