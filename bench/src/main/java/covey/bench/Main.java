package covey.bench;

import java.util.Arrays;
import java.util.List;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Runs the named JMH benchmarks, or all; "short" only shows that each still runs. */
public final class Main {
    private Main() {}

    public static void main(String[] args) throws RunnerException {
        List<String> names =
                Arrays.stream(args).filter(arg -> !arg.equals("short")).toList();
        ChainedOptionsBuilder options = new OptionsBuilder().shouldFailOnError(true);
        names.forEach(options::include);
        if (names.size() < args.length) {
            options.forks(1).warmupIterations(0).measurementIterations(1).measurementTime(TimeValue.milliseconds(200));
        }
        new Runner(options.build()).run();
    }
}
