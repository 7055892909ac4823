package covey.cli;

import static org.assertj.core.api.Assertions.assertThat;

import covey.wire.proto.ErrorCode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What holds for every command. */
final class CommandsTest {
    @TempDir
    Path folder;

    private CommandRun command = new CommandRun(Path.of("unused"));

    @BeforeEach
    void home() {
        command = new CommandRun(folder.resolve("home"));
    }

    static Stream<List<String>> everyCommand() {
        List<List<String>> all = new ArrayList<>();
        collect(Commands.lineFor(new Covey(new CommandRun(Path.of("x")).shell())), List.of(), all);
        return all.stream();
    }

    private static void collect(CommandLine line, List<String> path, List<List<String>> all) {
        all.add(path);
        line.getSubcommands().forEach((name, sub) -> {
            List<String> deeper = new ArrayList<>(path);
            deeper.add(name);
            collect(sub, deeper, all);
        });
    }

    @ParameterizedTest
    @MethodSource("everyCommand")
    void helpIsAWholePage(List<String> path) {
        List<String> arguments = new ArrayList<>(path);
        arguments.add("--help");
        CommandRun.Result result = command.run(arguments.toArray(String[]::new));

        assertThat(result.code()).isZero();
        assertThat(result.err()).isEmpty();
        assertThat(result.out()).contains("Usage: covey", "Options:", "Examples:", "Exit codes:", "COVEY_HOME");
        assertThat(result.out().lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
    }

    @ParameterizedTest
    @MethodSource("everyCommand")
    void anUnknownOptionIsWrongUsage(List<String> path) {
        List<String> arguments = new ArrayList<>(path);
        arguments.add("--no-such-option");
        CommandRun.Result result = command.run(arguments.toArray(String[]::new));

        assertThat(result.code()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).startsWith("covey: ").contains("--help");
    }

    @Test
    void anUnknownCommandIsWrongUsageWithASuggestion() {
        CommandRun.Result result = command.run("statsu");
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err()).contains("statsu").contains("status");
    }

    @Test
    void aCommandWithoutItsGroupIsSuggestedWithIt() {
        assertThat(command.run("token").err()).contains("Did you mean: covey hub token\n");
    }

    @Test
    void anEmptyHomeIsWrongUsage() {
        CommandRun.Result result = command.run("--home", "", "status");
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err()).isEqualTo("covey: --home is empty (expected: a folder).\n");
        assertThat(command.run("status", "--home=").code()).isEqualTo(2);
        assertThat(command.with("COVEY_HOME", "").run("status").code()).isEqualTo(2);
    }

    @Test
    void aPortAloneIsWrongUsage() {
        CommandRun.Result result = command.run("peer", "run", "--listen", "7555");
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err()).contains("'7555' (expected: HOST:PORT, [IPV6]:PORT or *:PORT)", "flag --listen");
    }

    @Test
    void aTokenThatCannotLastIsRefusedInWords() {
        CommandRun.Result result = command.run("hub", "token", "create", "--expires", "0s");
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err()).contains("The span '0s' will not do (expected: 1s to 365d).");
    }

    @Test
    void aPeerTakesNoOptionsOfHubs() {
        String help = command.run("peer", "run", "--help").out();
        assertThat(help).contains("--listen", "[IPV6]:PORT", "COVEY_PEER_LISTEN");
        assertThat(help).doesNotContain("--recovery-code-file", "--registration", "--network-name", "COVEY_HUB_LISTEN");
        assertThat(command.run("peer", "run", "--registration", "open").code()).isEqualTo(2);
        assertThat(command.run("hub", "run", "--help").out()).contains("--recovery-code-file", "--registration");
    }

    @Test
    void theAuditSpeaksToPeople() {
        String device = "p6bc-cjje-j2nt-fvbc-jdxj-zvsz-umw2-zxtq-eldz-h5f3-6wya-x3o7-vmmq";
        try (FakeNode node = new FakeNode(command.home())) {
            node.answers(
                    "audit",
                    "{\"records\":[{\"timeMillis\":1,\"actor\":\"anna\",\"action\":\"token.create\",\"subject\":\""
                            + device + "\",\"detail\":\"TOKEN_MEMBER uses=1 expires=1\"}]}");
            assertThat(command.run("audit").out())
                    .contains("token.create  p6bc-cjje-j2nt  member uses 1 until 1970-01-01");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "send @bob hello",
                "announce hello",
                "inbox",
                "inbox --follow",
                "history @bob",
                "ls",
                "ls --watch",
                "whoami",
                "status",
                "hub status",
                "hub token create",
                "hub token ls",
                "hub token revoke abc",
                "room ls",
                "room create lab",
                "room invite lab bob",
                "room kick lab bob",
                "room join lab",
                "room leave lab",
                "room members lab",
                "account ls",
                "account role bob member",
                "account disable bob",
                "account remove bob --yes",
                "account reset bob",
                "device ls",
                "device revoke abc --yes",
                "verify bob",
                "block bob",
                "why bob",
                "audit",
                "logout --yes",
                "stop"
            })
    void withoutAProcessACommandSaysSoAndNamesTheCommand(String typed) {
        CommandRun.Result result = command.run(typed.split(" "));

        assertThat(result.code()).isEqualTo(5);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).contains("No covey process runs").contains("covey up");
    }

    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void aRefusalBecomesItsSentenceAndExitCode(ErrorCode code) {
        if (code == ErrorCode.UNRECOGNIZED) {
            return;
        }
        try (FakeNode node = new FakeNode(command.home())) {
            node.refuses("whoami", code, "It is Tuesday.");
            CommandRun.Result result = command.run("whoami");

            assertThat(result.err()).contains("It is Tuesday.");
            assertThat(result.out()).isEmpty();
            assertThat(result.code()).isEqualTo(expected(code));
        }
    }

    private static int expected(ErrorCode code) {
        return switch (code) {
            case BAD_REQUEST -> 2;
            case NOT_FOUND -> 3;
            case DENIED, NOT_LOGGED_IN -> 4;
            case UNREACHABLE, BUSY -> 5;
            case PARTIAL -> 6;
            case DAMAGED -> 7;
            case OVER_LIMIT -> 8;
            case INTERNAL, UNSUPPORTED, CONFLICT, STALE_DEVICES, BELOW_WINDOW, UNRECOGNIZED -> 1;
        };
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "inbox:inbox",
                "history:history @bob",
                "ls:ls",
                "whoami:whoami",
                "status:status",
                "hub.status:hub status",
                "token.ls:hub token ls",
                "token.create:hub token create",
                "room.ls:room ls",
                "room.members:room members lab",
                "account.ls:account ls",
                "account.reset:account reset bob",
                "device.ls:device ls --all",
                "verify:verify bob",
                "why:why bob",
                "audit:audit"
            })
    void jsonIsTheAnswerAsItCame(String methodAndCommand) {
        int colon = methodAndCommand.indexOf(':');
        String answer = "{\"some\":[1,2,{\"deep\":\"ü\"}],\"hub\":{\"state\":\"connected\"}}";
        try (FakeNode node = new FakeNode(command.home())) {
            node.answers(methodAndCommand.substring(0, colon), answer);
            CommandRun.Result result = command.run((methodAndCommand.substring(colon + 1) + " --json").split(" "));

            assertThat(result.code()).isZero();
            assertThat(result.out()).isEqualTo(answer + "\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"account remove bob", "logout", "passwd"})
    void withoutATerminalNothingIsAskedAndTheOptionIsNamed(String typed) {
        try (FakeNode node = new FakeNode(command.home())) {
            CommandRun.Result result = command.run(typed.split(" "));

            assertThat(result.code()).isEqualTo(2);
            assertThat(result.err()).contains("no terminal").containsPattern("--(yes|password-file)");
            assertThat(node.requests).isEmpty();
        }
    }

    @Test
    void everyOptionAndOperandIsDescribed() {
        CommandLine all = Commands.lineFor(new Covey(command.shell()));
        ManPage.install(all);
        described(all);
    }

    private static void described(CommandLine line) {
        String name = line.getCommandSpec().qualifiedName();
        line.getCommandSpec()
                .args()
                .forEach(arg -> assertThat(arg.description())
                        .as("%s %s", name, arg.paramLabel())
                        .isNotEmpty()
                        .doesNotContain(""));
        line.getSubcommands().values().forEach(CommandsTest::described);
    }
}
