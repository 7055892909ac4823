/** Tests of the command line, against a process that only pretends. */
@NullMarked
package covey.cli;

import org.jspecify.annotations.NullMarked;
