package covey.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import covey.env.Env;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

final class ErrandsTest {
    @Test
    void aFetchIsDoneWhenItEndedAndItsLastWriteIsDone() {
        AtomicBoolean isDone = new AtomicBoolean();
        Errands errands = new Errands(Env.system(), () -> isDone.set(true));
        CountDownLatch writing = new CountDownLatch(1);
        errands.background("write", () -> {
            try {
                writing.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        errands.ended();
        assertThat(isDone).isFalse();
        writing.countDown();
        await().untilTrue(isDone);
    }
}
