@NullMarked
package covey.search;

import org.jspecify.annotations.NullMarked;
