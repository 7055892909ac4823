package covey.bench;

import java.nio.file.Path;

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
     */
    record Run(boolean isShort, Path scratch, Path results) {
        int pick(int whole, int brief) {
            return isShort ? brief : whole;
        }

        Results resultsOf(String verb) {
            return new Results(verb, results, Machine.describe() + (isShort ? " (short: figures mean nothing)" : ""));
        }
    }
}
