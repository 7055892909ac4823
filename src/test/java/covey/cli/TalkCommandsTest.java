package covey.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that talk: what they ask of the process, and what they show of its answers. */
final class TalkCommandsTest {
    private static final String SENT = """
            {"message":{"id":"a","conversation":"@bob","text":"hi","direction":"out","state":"%s","reason":"%s"}}""";

    @TempDir
    Path folder;

    private CommandRun command = new CommandRun(Path.of("unused"));
    private FakeNode node;

    @BeforeEach
    void start() {
        command = new CommandRun(folder.resolve("home"));
        node = new FakeNode(command.home());
    }

    @AfterEach
    void stop() {
        node.close();
    }

    @Test
    void sendPrintsTheFateOfTheMessage() {
        node.answers("send", SENT.formatted("DELIVERED", ""));
        CommandRun.Result result = command.run("send", "@bob", "Grüße \"quoted\"\n");

        assertThat(result.code()).isZero();
        assertThat(result.out()).isEqualTo("delivered\n");
        assertThat(node.asked("send").text("to")).isEqualTo("@bob");
        assertThat(node.asked("send").text("text")).isEqualTo("Grüße \"quoted\"\n");
        assertThat(node.asked("send").number("waitMillis")).isEqualTo(2_000);
    }

    @Test
    void aFailedMessageFailsTheCommandWithItsReason() {
        node.answers("send", SENT.formatted("FAILED", "the mailbox of @bob is full"));
        CommandRun.Result result = command.run("send", "bob", "hi");

        assertThat(result.code()).isEqualTo(1);
        assertThat(result.out()).contains("failed: the mailbox of @bob is full");
        assertThat(node.asked("send").text("to")).isEqualTo("@bob");
    }

    @Test
    void aDashSendsStandardInput() {
        node.answers("send", SENT.formatted("STORED", ""));
        command.input("first line\nsecond line\n").run("send", "#lab", "-");

        assertThat(node.asked("send").text("text")).isEqualTo("first line\nsecond line");
        assertThat(node.asked("send").text("to")).isEqualTo("#lab");
    }

    @Test
    void aMessageThatIsTooLongIsRefusedBeforeItIsSent() {
        CommandRun.Result result = command.input("x".repeat(9_000)).run("send", "@bob", "-");

        assertThat(result.code()).isEqualTo(8);
        assertThat(node.requests).isEmpty();
    }

    @Test
    void anEmptyMessageIsWrongUsage() {
        assertThat(command.run("send", "@bob", " ").code()).isEqualTo(2);
    }

    @Test
    void inboxShowsMessagesAndNeutralisesEscapes() {
        node.answers("inbox", """
                {"messages":[
                  {"conversation":"@bob","from":"bob","text":"hi\\u001b[2J\\nsecond",
                   "direction":"in","receivedMillis":1},
                  {"conversation":"#lab","from":"carl","text":"x\\u202ey","direction":"in","receivedMillis":1}]}""");
        CommandRun.Result result = command.run("inbox");

        assertThat(result.out()).contains("@bob: hi␛[2J\n    second").contains("#lab @carl: x<U+202E>y");
        assertThat(node.asked("inbox").flag("markRead")).isTrue();
    }

    @Test
    void jsonCannotSpeakToTheTerminalEither() {
        node.answers("inbox", "{\"messages\":[{\"text\":\"a\u009bb\u007f\"}]}");
        assertThat(command.run("inbox", "--json", "--keep").out())
                .isEqualTo("{\"messages\":[{\"text\":\"a\\u009bb\\u007f\"}]}\n");
        assertThat(node.asked("inbox").flag("markRead")).isFalse();
    }

    @Test
    void anInboxThatIsFollowedShowsNoReadOnes() {
        CommandRun.Result result = command.run("inbox", "--all", "--follow");
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err()).contains("--follow shows what is unread");
        assertThat(node.requests).isEmpty();
    }

    @Test
    void aLogoutThatTheHubDidNotHearOfSaysWhatIsLeft() {
        node.answers("logout", "{\"note\":\"It stays enrolled.\"}");
        assertThat(command.run("logout", "--yes").err())
                .contains("This device's key is deleted. It stays enrolled.")
                .doesNotContain("no longer belongs");
        node.answers("logout", "{}");
        assertThat(command.run("logout", "--yes").err()).contains("no longer belongs to the account");
    }

    @Test
    void theDoctorsAdviceNamesTheHomeThatWasNamed() {
        node.answers("status", "{\"hub\":{\"state\":\"refused\",\"why\":\"revoked: lost\"}}");
        String home = command.home().toString();
        assertThat(command.run("--home", home, "doctor").out()).contains("`covey --home " + home + " logout`");
    }

    @Test
    void followPrintsOneEventALine() {
        node.tells("inbox.follow", "{\"message\":{\"text\":\"1\"}}", "{\"message\":{\"text\":\"2\"}}");
        assertThat(command.run("inbox", "--follow", "--json").out())
                .isEqualTo("{\"message\":{\"text\":\"1\"}}\n{\"message\":{\"text\":\"2\"}}\n");
    }

    @Test
    void aHistoryIsTakenUpToTheLimitThatTheHelpNames() {
        node.answers("history", "{\"messages\":[]}");
        assertThat(command.run("history", "bob", "-n", "10000").code()).isZero();
        assertThat(node.asked("history").number("limit")).isEqualTo(1_000);
        assertThat(command.run("history", "bob", "-n", "10001").code()).isEqualTo(2);
        assertThat(command.run("history", "bob", "--search", "zzz").err()).contains("Nothing with 'zzz' was found.");
        assertThat(command.run("history", "bob", "--json").out()).contains("{\"messages\":[]}");
    }

    @Test
    void historyTakesSpansAndDays() {
        node.answers("history", "{\"messages\":[]}");
        command.run("history", "bob", "--since", "2h", "--search", "printer");
        long two = System.currentTimeMillis() - node.asked("history").number("sinceMillis");

        assertThat(two).isBetween(7_200_000L, 7_260_000L);
        assertThat(node.asked("history").text("with")).isEqualTo("@bob");
        assertThat(node.asked("history").text("search")).isEqualTo("printer");
        assertThat(command.run("history", "bob", "--since", "soon").code()).isEqualTo(2);
    }

    @Test
    void lsShowsEveryDeviceWithItsLinkAndReason() {
        node.answers("ls", """
                {"accounts":[{"account":"anna","role":"administrator","devices":[
                   {"device":"d1","name":"laptop","state":"self","sinceMillis":0,"link":"self"},
                   {"device":"d2","name":"phone","state":"online","sinceMillis":0,"link":"relayed","why":"no route"}]},
                 {"account":"bob","role":"member","blocked":true,"devices":[]}],"hub":{"state":"away"}}""");
        assertThat(command.run("ls").out())
                .contains("ACCOUNT")
                .containsPattern("@anna \\(administrator\\) +laptop +online +- +this device")
                .contains("relayed: no route")
                .contains("@bob (blocked)")
                .contains("The hub is away");
    }

    @Test
    void statusWaitingWithoutAHubIsNotReachable() {
        node.answers("status", "{\"pid\":7,\"hub\":{\"state\":\"away\",\"why\":\"no answer\"}}");
        CommandRun.Result result = command.run("status", "--wait", "--timeout", "1s");

        assertThat(result.code()).isEqualTo(5);
        assertThat(result.err()).contains("no hub").contains("no answer");
        assertThat(node.asked("status").flag("wait")).isTrue();
    }

    @Test
    void tokensAreDataAndTheRestIsForThePerson() {
        node.answers("token.create", "{\"token\":\"covey-abc\",\"tokenId\":\"abc\",\"expiresMillis\":1}");
        CommandRun.Result result =
                command.run("hub", "token", "create", "--uses", "3", "--expires", "2h", "--label", "site=b");

        assertThat(result.out()).isEqualTo("covey-abc\n");
        assertThat(result.err()).contains("covey join");
        assertThat(node.asked("token.create").number("lifetimeMillis")).isEqualTo(7_200_000);
        assertThat(node.asked("token.create").at("labels").text("site")).isEqualTo("b");
    }

    @Test
    void aDeviceIsFoundByNameOrRefusedWhenItMeansSeveral() {
        node.answers("device.ls", """
                {"devices":[{"device":"abcd-1","name":"laptop","account":"anna"},
                            {"device":"abce-2","name":"laptop","account":"bob"},
                            {"device":"zzzz-3","name":"old","account":"bob","revoked":true}]}""");
        assertThat(command.run("device", "revoke", "laptop", "--yes").code()).isEqualTo(2);
        assertThat(command.run("device", "revoke", "old", "--yes").code()).isEqualTo(3);
        assertThat(command.run("device", "revoke", "@bob/laptop", "--yes").code())
                .isZero();
        assertThat(node.asked("device.revoke").text("device")).isEqualTo("abce-2");
    }

    @Test
    void aPersonIsAskedBeforeSomethingFinal() {
        assertThat(command.person("n").run("account", "remove", "bob").code()).isEqualTo(1);
        assertThat(node.requests).isEmpty();
        assertThat(command.person("y").run("account", "remove", "bob").code()).isZero();
        assertThat(node.asked("account.remove").text("account")).isEqualTo("bob");
    }

    @Test
    void passwordsComeFromFilesOrFingers() {
        command.with("COVEY_PASSWORD", "old one").person("new one!", "typo", "new one!", "new one!");
        assertThat(command.run("passwd").code()).isZero();
        assertThat(node.asked("passwd").text("oldPassword")).isEqualTo("old one");
        assertThat(node.asked("passwd").text("newPassword")).isEqualTo("new one!");
    }

    @Test
    void stopReturnsWhenTheHomeIsFree() {
        CommandRun.Result result = command.run("stop");
        assertThat(result.code()).isZero();
        assertThat(result.err())
                .contains("Stopped (pid " + ProcessHandle.current().pid() + ")");
    }
}
