/** Tests of the whole: its architecture and its tidiness. */
@NullMarked
package covey;

import org.jspecify.annotations.NullMarked;
