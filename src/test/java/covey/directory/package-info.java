@NullMarked
package covey.directory;

import org.jspecify.annotations.NullMarked;
