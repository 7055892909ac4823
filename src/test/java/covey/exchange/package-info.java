@NullMarked
package covey.exchange;

import org.jspecify.annotations.NullMarked;
