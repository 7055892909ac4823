package covey.cli;

import covey.web.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tokens with which others join. */
@Command(
        name = "token",
        subcommands = {TokenCommand.Create.class, TokenCommand.Ls.class, TokenCommand.Revoke.class})
@Man(exits = {Exit.NOT_FOUND, Exit.DENIED, Exit.UNREACHABLE})
final class TokenCommand extends Group {
    @Command(name = "create")
    @Man(exits = {Exit.DENIED, Exit.UNREACHABLE, Exit.OVER_LIMIT})
    static final class Create extends Reading {
        /** What a token makes of its bearer, as typed. */
        enum Kind {
            member,
            administrator,
            machine,
            hub
        }

        @Option(names = "--for", paramLabel = "KIND")
        private Kind kind = Kind.member;

        @Option(names = "--uses", paramLabel = "N")
        private int uses = 1;

        @Option(names = "--expires", paramLabel = "SPAN")
        private String expires = "24h";

        @Option(names = "--label", paramLabel = "K=V")
        private Map<String, String> labels = new LinkedHashMap<>();

        @Override
        Exit run() {
            show(
                    "token.create",
                    answer -> {
                        print(SafeText.line(answer.text("token")));
                        say("Token " + answer.text("tokenId") + " for "
                                + (uses == 1 ? "one " + kind : uses + " uses as " + kind) + ", until "
                                + new Times(shell()).of(answer.number("expiresMillis"))
                                + ". They join with: covey join --token-file - --account NAME");
                    },
                    "kind",
                    kind.name(),
                    "uses",
                    uses,
                    "lifetimeMillis",
                    Times.span(expires),
                    "labels",
                    labels);
            return Exit.OK;
        }
    }

    @Command(name = "ls")
    @Man(exits = {Exit.DENIED, Exit.UNREACHABLE})
    static final class Ls extends Reading {
        @Override
        Exit run() {
            Times times = new Times(shell());
            show("token.ls", answer -> {
                Table table = new Table("TOKEN", "FOR", "USES LEFT", "EXPIRES", "MADE BY", "LABELS");
                for (Json token : answer.list("tokens")) {
                    table.row(
                            token.text("tokenId"),
                            token.text("kind"),
                            Long.toString(token.number("usesLeft")),
                            times.of(token.number("expiresMillis")),
                            token.text("createdBy"),
                            token.at("labels").pairs());
                }
                table.print(shell());
            });
            return Exit.OK;
        }
    }

    @Command(name = "revoke")
    @Man(exits = {Exit.NOT_FOUND, Exit.DENIED, Exit.UNREACHABLE})
    static final class Revoke extends Verb {
        @Parameters(paramLabel = "TOKEN")
        private String token = "";

        @Override
        Exit run() {
            node().ask("token.revoke", "tokenId", token);
            say("Token " + token + " is revoked.");
            return Exit.OK;
        }
    }
}
