package covey.cli;

import covey.web.Json;
import picocli.CommandLine.Option;

/** A command that reads something: for people by default, for programs with {@code --json}. */
abstract class Reading extends Verb {
    @Option(names = "--json")
    boolean json;

    /** Asks the process; with {@code --json} prints the answer as it is and returns false. */
    final boolean show(String method, java.util.function.Consumer<Json> forPeople, Object... namesAndValues) {
        String answer = node().askText(method, namesAndValues);
        if (json) {
            print(SafeText.json(answer));
            return false;
        }
        forPeople.accept(Json.parse(answer));
        return true;
    }
}
