package covey.sim;

import static org.assertj.core.api.Assertions.assertThat;

import covey.env.Loop;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SimWorldTest {
    @Test
    void theSameSeedGivesTheSameRun() {
        assertThat(run(7)).isEqualTo(run(7)).isNotEqualTo(run(8));
    }

    private static List<String> run(long seed) {
        SimWorld world = new SimWorld(seed);
        List<String> events = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            SimHost host = world.host("h" + i);
            Loop loop = host.newLoop("loop");
            for (int j = 0; j < 5; j++) {
                loop.execute(() -> events.add(host.address() + " " + world.nowNanos()));
            }
        }
        world.run(10);
        return events;
    }

    @Test
    void aCrashEndsTimersAndTasks() {
        SimWorld world = new SimWorld(1);
        SimHost host = world.host("h");
        List<String> events = new ArrayList<>();
        Loop loop = host.newLoop("loop");
        loop.schedule(100, () -> events.add("timer"));
        loop.execute(() -> events.add("task"));
        host.crash();
        world.run(1_000);
        assertThat(events).isEmpty();
    }

    @Test
    void turnEndComesAfterTheTasksOfTheTurn() {
        SimWorld world = new SimWorld(1);
        Loop loop = world.host("h").newLoop("loop");
        List<String> events = new ArrayList<>();
        loop.execute(() -> {
            loop.atTurnEnd(() -> events.add("end"));
            events.add("first");
        });
        loop.execute(() -> events.add("second"));
        world.run(10);
        assertThat(events).containsExactly("first", "second", "end");
    }
}
