package covey.web;

import covey.transport.LocalApi;
import covey.transport.LocalChannel;
import covey.wire.proto.ErrorCode;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client of a {@link LocalServer}: a virtual thread reads, so that a client's end is seen at once, one writes, so
 * that answering never blocks, and one runs the request. {@code this} guards the queue and the request.
 */
final class LocalConversation {
    private static final Logger log = LoggerFactory.getLogger(LocalConversation.class);

    /** How long a client of a process that ends may take to read what was answered. */
    private static final long LINGER_MILLIS = 1_000;

    private final LocalChannel channel;
    private final LocalApi api;
    private final Consumer<LocalConversation> ended;
    private final ArrayDeque<byte[]> unsent = new ArrayDeque<>();
    private long unsentBytes;
    private boolean isEnding;
    private @Nullable Request request;
    private final Thread writer = Thread.ofVirtual().name("local-writer").unstarted(this::write);

    LocalConversation(LocalChannel channel, LocalApi api, Consumer<LocalConversation> ended) {
        this.channel = channel;
        this.api = api;
        this.ended = ended;
    }

    void start() {
        writer.start();
        Thread.ofVirtual().name("local-reader").start(this::read);
    }

    /** Says why and ends. */
    void refuse(String sentence) {
        writer.start();
        send(LocalText.error(ErrorCode.BUSY, sentence));
        end();
    }

    /** The process ends: whoever still waits is told. */
    void stop() {
        Request open;
        synchronized (this) {
            open = request;
        }
        if (open != null) {
            open.error(ErrorCode.UNREACHABLE, "the process stopped before it answered");
        }
        end();
    }

    void awaitEnd() {
        try {
            if (!writer.join(java.time.Duration.ofMillis(LINGER_MILLIS))) {
                cut();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void read() {
        try {
            for (Optional<String> text = channel.read(); text.isPresent(); text = channel.read()) {
                if (!begin(text.get())) {
                    send(LocalText.error(
                            ErrorCode.BAD_REQUEST, "one request at a time: the last is not answered" + " yet"));
                    break;
                }
            }
        } catch (IOException e) {
            log.debug("local client broke off", e);
        }
        cancel();
        end();
        ended.accept(this);
    }

    private boolean begin(String text) {
        Request next = new Request();
        synchronized (this) {
            if (request != null) {
                return false;
            }
            request = next;
        }
        Thread.ofVirtual().name("local-request").start(() -> {
            try {
                api.handle(text, next);
            } catch (RuntimeException e) {
                log.error("local request failed", e);
                next.error(ErrorCode.INTERNAL, "the process failed at this request: " + e + " (see its log)");
            } catch (Error e) {
                next.error(ErrorCode.INTERNAL, "the process ends: " + e + " (see its log); start it again");
                throw e; // to the handler of the process
            }
        });
        return true;
    }

    /** Queues; a client that leaves too much unread is cut. */
    private void send(String text) {
        Optional<byte[]> frame = LocalChannel.encode(text);
        if (frame.isEmpty()) {
            frame = LocalChannel.encode(LocalText.error(
                    ErrorCode.OVER_LIMIT,
                    "the answer has more than " + LocalChannel.TEXT_BYTES_MAX + " bytes; ask for less at a time"));
        }
        boolean isTooMuch;
        synchronized (this) {
            if (isEnding) {
                return;
            }
            byte[] bytes = frame.orElseThrow();
            isTooMuch = unsentBytes + bytes.length > LocalServer.UNSENT_BYTES_MAX;
            if (!isTooMuch) {
                unsent.add(bytes);
                unsentBytes += bytes.length;
                notifyAll();
            }
        }
        if (isTooMuch) {
            log.warn("local client cut: it does not read unsentBytes={}", LocalServer.UNSENT_BYTES_MAX);
            cut();
        }
    }

    private void write() {
        try {
            for (Optional<byte[]> frame = next(); frame.isPresent(); frame = next()) {
                channel.write(frame.get());
            }
        } catch (IOException e) {
            log.debug("local client gone", e);
        } catch (InterruptedException e) {
            log.debug("local writer interrupted", e);
        }
        cut();
    }

    private synchronized Optional<byte[]> next() throws InterruptedException {
        while (unsent.isEmpty() && !isEnding) {
            wait();
        }
        byte[] frame = unsent.poll();
        if (frame == null) {
            return Optional.empty();
        }
        unsentBytes -= frame.length;
        return Optional.of(frame);
    }

    /** No more answers; what is queued is still written. */
    private synchronized void end() {
        isEnding = true;
        notifyAll();
    }

    /** The reader sees the end and cancels. */
    private void cut() {
        end();
        try {
            channel.close();
        } catch (IOException e) {
            log.debug("local socket not closed", e);
        }
    }

    private void cancel() {
        Request open;
        synchronized (this) {
            open = request;
        }
        if (open != null) {
            open.cancel();
        }
    }

    private synchronized void finished(Request done) {
        if (request == done) {
            request = null;
        }
    }

    /** The answer to one request. {@code this} guards its state. */
    private final class Request implements LocalApi.Reply {
        private boolean isAnswered;
        private boolean isCancelled;
        private @Nullable Runnable onCancel;

        @Override
        public void event(String json) {
            synchronized (this) {
                if (!isAnswered && !isCancelled) {
                    send(LocalText.event(json));
                }
            }
        }

        @Override
        public void result(String json) {
            last(LocalText.result(json));
        }

        @Override
        public void error(ErrorCode code, String message) {
            last(LocalText.error(code, message));
        }

        private void last(String text) {
            synchronized (this) {
                if (isAnswered || isCancelled) {
                    return;
                }
                isAnswered = true;
                onCancel = null;
            }
            // First free the place, then answer: the client may ask again as soon as it reads this.
            finished(this);
            send(text);
        }

        @Override
        public synchronized boolean isCancelled() {
            return isCancelled;
        }

        @Override
        public void onCancel(Runnable action) {
            synchronized (this) {
                if (isAnswered) {
                    return;
                }
                if (!isCancelled) {
                    Runnable former = onCancel;
                    onCancel = former == null
                            ? action
                            : () -> {
                                former.run();
                                action.run();
                            };
                    return;
                }
            }
            action.run();
        }

        private void cancel() {
            Runnable action;
            synchronized (this) {
                if (isAnswered || isCancelled) {
                    return;
                }
                isCancelled = true;
                action = onCancel;
                onCancel = null;
            }
            if (action != null) {
                action.run();
            }
        }
    }
}
