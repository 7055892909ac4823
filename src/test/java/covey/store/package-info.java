@NullMarked
package covey.store;

import org.jspecify.annotations.NullMarked;
