/** Tests of the courier's decisions; the whole of it is tested through {@code chat}. */
@org.jspecify.annotations.NullMarked
package covey.courier;
