/** Tests of loops. */
@NullMarked
package covey.env;

import org.jspecify.annotations.NullMarked;
