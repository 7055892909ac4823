/**
 * All that is not deterministic: clock, timers, randomness and the file system, so that tests and the simulator
 * can replace it.
 *
 * <p>Start at {@code Env}.
 *
 * <p><b>Thread</b>: Called from any thread; what each port promises about threads stands on its interface.
 *
 * <p><b>Must not know</b>: Anything else of Covey. It is the only package, besides {@code transport}, that may ask
 * the machine for time, chance or bytes.
 */
@NullMarked
package covey.env;

import org.jspecify.annotations.NullMarked;
