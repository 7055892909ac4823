package covey.cli;

import covey.web.Json;
import java.util.Optional;
import picocli.CommandLine.Option;

/** A command that reads something: for people by default, for programs with {@code --json}. */
abstract class Reading extends Verb {
    @Option(names = "--json")
    boolean json;

    final Optional<Json> asked(String method, Object... namesAndValues) {
        return ask(json, method, namesAndValues);
    }
}
