package covey.cli;

import covey.screen.SafeText;
import covey.screen.Times;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tokens with which others join. */
@Command(name = "token")
final class TokenCommand extends Group {
    /** What a token makes of its bearer, as typed. */
    enum Kind {
        member,
        administrator,
        machine,
        hub
    }

    @Command(name = "create")
    void create(
            @Option(names = "--json") boolean json,
            @Option(names = "--for", paramLabel = "KIND", defaultValue = "member") Kind kind,
            @Option(names = "--uses", paramLabel = "N", defaultValue = "1") int uses,
            @Option(names = "--expires", paramLabel = "SPAN", defaultValue = "24h") String expires,
            @Option(names = "--label", paramLabel = "K=V") @Nullable Map<String, String> labels) {
        Map<String, String> given = labels == null ? Map.of() : labels;
        long millis = Times.span(expires, "1s", "365d");
        ask(json, "token.create", "kind", kind.name(), "uses", uses, "lifetimeMillis", millis, "labels", given)
                .ifPresent(answer -> {
                    print(SafeText.line(answer.text("token")));
                    say("Token " + answer.text("tokenId") + " for "
                            + (uses == 1 ? "one " + kind : uses + " uses as " + kind) + ", until "
                            + new Times(shell()).of(answer.number("expiresMillis"))
                            + ". They join with:\n  covey join --token-file - --account NAME");
                });
    }

    @Command(name = "ls")
    void ls(@Option(names = "--json") boolean json) {
        ask(json, "token.ls")
                .ifPresent(answer -> show(
                        answer.list("tokens"),
                        "TOKEN | FOR | USES LEFT | EXPIRES | MADE BY | LABELS",
                        "{tokenId} | {kind} | {usesLeft} | {time:expiresMillis} | {createdBy} | {pairs:labels}"));
    }

    @Command(name = "revoke")
    void revoke(@Parameters(paramLabel = "TOKEN") String token) {
        node().ask("token.revoke", "tokenId", token);
        say("Token " + token + " is revoked.");
    }
}
