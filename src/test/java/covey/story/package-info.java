/** The walks of ARCHITECTURE.md, told with real TLS, real disks and the production wiring of hub and peer. */
@NullMarked
package covey.story;

import org.jspecify.annotations.NullMarked;
