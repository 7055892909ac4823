package covey.chat;

import java.util.function.Consumer;

/** Hears of the outcome of something that the hub decides; one of the two is called once, on the loop. */
public interface Answer<T> {
    void done(T value);

    void refused(ChatException why);

    /** False once nobody waits for it any more: then what was not begun yet is not done. */
    default boolean isAwaited() {
        return true;
    }

    static <T> Answer<T> of(Consumer<T> done, Consumer<ChatException> refused) {
        return new Answer<>() {
            @Override
            public void done(T value) {
                done.accept(value);
            }

            @Override
            public void refused(ChatException why) {
                refused.accept(why);
            }
        };
    }
}
