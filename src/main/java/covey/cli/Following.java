package covey.cli;

import covey.screen.Exit;
import covey.screen.SafeText;
import covey.web.Json;
import java.util.function.Function;

/** A stream of events on standard output, one line each, until it ends or nobody reads it any more. */
final class Following {
    private final Reading verb;

    Following(Reading verb) {
        this.verb = verb;
    }

    void follow(String method, Function<Json, String> forPeople, Object... namesAndValues) {
        verb.node()
                .follow(
                        method,
                        event -> {
                            verb.print(verb.json ? SafeText.json(event) : forPeople.apply(Json.parse(event)));
                            if (verb.shell().out().checkError()) {
                                throw Exit.OK.because("Nobody reads the output any more.");
                            }
                        },
                        namesAndValues);
    }
}
