/** Tests of homes and settings. */
@NullMarked
package covey.node;

import org.jspecify.annotations.NullMarked;
