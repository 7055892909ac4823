package covey.web;

import covey.chat.Answer;
import covey.chat.ChatException;
import covey.env.Loop;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;

/** What the hub decides or knows, for somebody who waits only so long. Answers once. */
final class Awaited<T> implements Answer<T> {
    private final LocalAnswer answer;
    private final Function<T, Object> shape;
    private final AtomicBoolean isAwaited = new AtomicBoolean(true);

    /** @param late gives the answer when the time is over, or throws why there is none */
    Awaited(Loop loop, LocalAnswer answer, long millis, Function<T, Object> shape, Supplier<T> late) {
        this.answer = answer;
        this.shape = shape;
        answer.onCancel(() -> isAwaited.set(false));
        loop.schedule(millis, () -> {
            if (isAwaited.get()) {
                LocalMethods.answering(() -> done(late.get()), answer);
                isAwaited.set(false);
            }
        });
    }

    @Override
    public void done(T value) {
        if (isAwaited.getAndSet(false)) {
            answer.result(shape.apply(value));
        }
    }

    @Override
    public void refused(ChatException why) {
        if (isAwaited.getAndSet(false)) {
            answer.error(why);
        }
    }

    @Override
    public boolean isAwaited() {
        return isAwaited.get();
    }
}
