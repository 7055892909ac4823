package covey.web;

import covey.chat.Answer;
import covey.chat.ChatException;
import covey.env.Loop;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** What the hub decides or knows, for somebody who waits only so long. Answers once. */
class Awaited<T> implements Answer<T> {
    /** What is only looked up is answered after this from what is known here: a chat's screen waits for it. */
    static final long LOOK_UP_MILLIS = 5_000;

    private final LocalAnswer answer;
    private final Consumer<T> then;
    private final AtomicBoolean isAwaited = new AtomicBoolean(true);

    /** @param late answers when the time is over, or throws why there is no answer */
    Awaited(Loop loop, LocalAnswer answer, long millis, Consumer<T> then, Runnable late) {
        this.answer = answer;
        this.then = then;
        answer.onCancel(() -> isAwaited.set(false));
        loop.schedule(millis, () -> {
            if (isAwaited.getAndSet(false)) {
                LocalMethods.answering(late, answer);
            }
        });
    }

    static <T> Awaited<T> lookedUp(Loop loop, LocalAnswer answer, Function<T, Object> shape, Supplier<T> known) {
        Consumer<T> shaped = value -> answer.result(shape.apply(value));
        return new Awaited<>(loop, answer, LOOK_UP_MILLIS, shaped, () -> shaped.accept(known.get()));
    }

    @Override
    public final void done(T value) {
        if (isAwaited.getAndSet(false)) {
            then.accept(value);
        }
    }

    @Override
    public final void refused(ChatException why) {
        if (isAwaited.getAndSet(false)) {
            refuse(why);
        }
    }

    void refuse(ChatException why) {
        answer.error(why);
    }

    @Override
    public final boolean isAwaited() {
        return isAwaited.get();
    }
}
