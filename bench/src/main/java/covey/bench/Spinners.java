package covey.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps every core awake with processes of the lowest class (SCHED_IDLE), for latency only: in a virtual machine each
 * halt and wake-up costs 20 to 35 us, which would hide the difference between the contenders. They give way to
 * everything else at once.
 */
final class Spinners implements AutoCloseable {
    private final List<Process> processes = new ArrayList<>();

    static Spinners start() {
        Spinners spinners = new Spinners();
        if (Machine.isInstalled("chrt") && Machine.isInstalled("taskset")) {
            for (int core : Machine.coreNumbers()) {
                spinners.spin(core);
            }
        }
        return spinners;
    }

    private void spin(int core) {
        // Ends by itself after ten minutes, should this process be killed.
        ProcessBuilder builder =
                new ProcessBuilder(("timeout 600 nice -n 19 taskset -c " + core + " chrt -i 0 sh -c").split(" "));
        builder.command().add("while :; do :; done");
        try {
            processes.add(builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        processes.forEach(process -> {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        });
        processes.clear();
    }
}
