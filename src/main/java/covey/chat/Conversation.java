package covey.chat;

/**
 * One line of the list of conversations.
 *
 * @param name {@code @bob}, {@code #lab} or {@code !announce}
 * @param lastMillis when its last message was stored here
 */
public record Conversation(String name, int unread, long lastMillis) {}
