/** Tests of what a process offers to commands. */
@NullMarked
package covey.web;

import org.jspecify.annotations.NullMarked;
