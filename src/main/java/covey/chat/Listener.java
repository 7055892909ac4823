package covey.chat;

/** Hears what is to be shown. Called on the loop, after the turn's changes are durable. Must not block. */
public interface Listener {
    /** A new message, incoming or said by the own account, here or on another device; once per message. */
    void message(ChatMessage message);

    /** A message of one's own got further. */
    void state(ChatMessage message);

    /** The partner closed the conversation. */
    void left(String account);

    /** Something that a person should know, as a sentence. */
    void warning(String sentence);
}
