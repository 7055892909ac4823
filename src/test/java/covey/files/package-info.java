@NullMarked
package covey.files;

import org.jspecify.annotations.NullMarked;
