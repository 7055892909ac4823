/** Tests of what a person sees and types. */
@NullMarked
package covey.screen;

import org.jspecify.annotations.NullMarked;
