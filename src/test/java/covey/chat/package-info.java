/** Tests of chat: engines in a small network of fakes, and its decisions one by one. */
@org.jspecify.annotations.NullMarked
package covey.chat;
