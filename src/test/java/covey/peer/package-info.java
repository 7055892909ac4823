/** A peer against a scripted hub, in virtual time. Start at {@code FakeHub}. */
@org.jspecify.annotations.NullMarked
package covey.peer;
