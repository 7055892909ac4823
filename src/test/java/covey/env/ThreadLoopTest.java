package covey.env;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ThreadLoopTest {
    private final Loop loop = Env.system().newLoop("tried");
    private final BlockingQueue<String> done = new LinkedBlockingQueue<>();

    @AfterEach
    void end() {
        loop.close();
        Thread.setDefaultUncaughtExceptionHandler(null);
    }

    @Test
    void aFailingTaskEndsNoLoop() throws InterruptedException {
        loop.execute(() -> {
            throw new IllegalStateException("fault");
        });
        loop.execute(() -> done.add("next"));
        assertThat(done.poll(10, TimeUnit.SECONDS)).isEqualTo("next");
    }

    @Test
    void anErrorEndsNoLoopAndIsToldToWhoeverMayEndTheProcess() throws InterruptedException {
        Thread.setDefaultUncaughtExceptionHandler((thread, why) -> done.add(why.toString()));
        loop.execute(() -> {
            throw new NoClassDefFoundError("covey/Gone");
        });
        loop.execute(() -> done.add("next"));
        assertThat(done.poll(10, TimeUnit.SECONDS)).contains("covey/Gone");
        assertThat(done.poll(10, TimeUnit.SECONDS)).isEqualTo("next");
    }
}
