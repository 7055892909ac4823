@NullMarked
package covey.transfer;

import org.jspecify.annotations.NullMarked;
