package covey.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** One of the things {@code ./build bench} can be asked for. */
interface Verb {
    String name();

    /** Measures, prints and writes its results; bounded in time. */
    void run(Run run) throws Exception;

    /**
     * How to run.
     *
     * @param isShort shows only that everything still works, within seconds
     * @param scratch an empty folder, removed afterwards
     * @param results where NDJSON goes
     * @param options {@code name=value} for those who look into one thing, as {@code only=covey users=500 rounds=1}
     */
    record Run(boolean isShort, Path scratch, Path results, Map<String, String> options) {
        int number(String option, int otherwise) {
            return Integer.parseInt(options.getOrDefault(option, Integer.toString(otherwise)));
        }

        /** Whether this contender or scenario is asked for. */
        boolean wants(String option, String name) {
            String only = options.get(option);
            return only == null || List.of(only.split(",")).contains(name);
        }

        int pick(int whole, int brief) {
            return isShort ? brief : whole;
        }

        Results resultsOf(String verb) {
            return new Results(verb, results, Machine.describe() + (isShort ? " (short: figures mean nothing)" : ""));
        }
    }
}
