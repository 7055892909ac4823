@NullMarked
package covey.catalog;

import org.jspecify.annotations.NullMarked;
