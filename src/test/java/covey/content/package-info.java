@NullMarked
package covey.content;

import org.jspecify.annotations.NullMarked;
