package covey.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import covey.wire.proto.ErrorCode;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The chat without a terminal: each line of standard input is as typed. */
final class ChatCommandTest {
    @TempDir
    Path folder;

    private CommandRun command = new CommandRun(Path.of("unused"));
    private FakeNode node;

    @BeforeEach
    void home() {
        command = new CommandRun(folder.resolve("home"));
        start();
    }

    private void start() {
        node = new FakeNode(command.home())
                .answers("status", "{\"hub\":{\"state\":\"connected\"}}")
                .answers("whoami", "{\"account\":\"anna\"}")
                .answers("ls", "{\"accounts\":[{\"account\":\"anna\"},{\"account\":\"bob\"},{\"account\":\"carl\"}]}")
                .answers("room.ls", "{\"rooms\":[{\"name\":\"#lab\"}]}")
                .answers("conversations", "{\"conversations\":[{\"name\":\"@carl\",\"unread\":2}]}")
                .answers("send", "{\"message\":{\"id\":\"m\",\"state\":\"QUEUED\"}}")
                .answers("history", """
                        {"messages":[{"conversation":"@bob","from":"bob","text":"before","direction":"in"}]}""")
                .tells("chat.events", "{\"type\":\"hub\",\"state\":\"connected\"}")
                .staysOpen("chat.events");
    }

    @AfterEach
    void stop() {
        node.close();
    }

    @Test
    void eachLineIsSentAndThePartnerIsToldAtTheEnd() {
        CommandRun.Result result = command.input("hello\nhow are you?\n").run("chat", "@bob");

        assertThat(result.code()).isZero();
        assertThat(result.out()).contains("@bob: before");
        assertThat(node.asked("send").text("text")).isEqualTo("how are you?");
        assertThat(node.asked("read").text("conversation")).isEqualTo("@bob");
        assertThat(node.asked("chat.leave").text("conversation")).isEqualTo("@bob");
    }

    @Test
    void withoutANameOthersAreOfferedUnreadFirst() {
        CommandRun.Result result = command.input("1\nhi\n/quit\n").run("chat");

        assertThat(result.err()).containsSubsequence("1  @carl  (2 unread)", "#lab", "@bob");
        assertThat(result.err()).doesNotContain("@anna");
        assertThat(node.asked("send").text("to")).isEqualTo("@carl");
    }

    @Test
    void afterLeavingAnotherPartnerIsOffered() {
        CommandRun.Result result = command.input("/leave\n@carl\nhi carl\n").run("chat", "@bob");

        assertThat(result.err()).contains("You left. Talk to whom?");
        assertThat(node.requests.stream()
                        .filter(request -> request.text("method").equals("chat.leave")))
                .extracting(request -> request.at("params").text("conversation"))
                .containsExactly("@bob", "@carl");
        assertThat(node.asked("send").text("to")).isEqualTo("@carl");
    }

    @Test
    void anUnknownPartnerEndsWithNotFoundAndLaterOnesAreOnlyTold() {
        assertThat(command.input("hi\n").run("chat", "@nobody").code()).isEqualTo(3);
        CommandRun.Result result = command.input("/to @nobody\nstill there\n").run("chat", "@bob");
        assertThat(result.code()).isZero();
        assertThat(result.err()).contains("There is no @nobody").contains("You still talk to @bob");
        assertThat(node.asked("send").text("to")).isEqualTo("@bob");
    }

    @Test
    void anUnknownNameBringsUpNearOnes() {
        CommandRun.Result result = command.input("/to @crl\n/to #lap\n").run("chat", "@bob");
        assertThat(result.err()).contains("Did you mean @carl?").contains("Did you mean #lab?");
        assertThat(node.requests.stream()
                        .filter(request -> request.text("method").equals("chat.leave")))
                .as("only at the end")
                .hasSize(1);
    }

    @Test
    void aRefusedMessageDoesNotEndTheChat() {
        node.refuses("send", ErrorCode.OVER_LIMIT, "the text is too long");
        CommandRun.Result result = command.input("x\n/who\n").run("chat", "@bob");
        assertThat(result.code()).isZero();
        assertThat(result.err()).contains("the text is too long");
    }

    @Test
    void allThatIsUnreadIsShownBeforeItIsMarkedAsRead() {
        node.answers("conversations", "{\"conversations\":[{\"name\":\"@carl\",\"unread\":40}]}");
        command.input("/quit\n").run("chat", "@carl");
        assertThat(node.asked("history").number("limit")).isEqualTo(40);
    }

    @Test
    void whatIsRefusedWhileMessagesComeMakesNoChatDeaf() {
        CommandRun.Result result = command.inputAfter(this::twoMessagesThatCannotBeMarked, "/quit\n")
                .run("chat", "@bob");
        assertThat(result.code()).isZero();
        assertThat(result.out()).contains("@bob: first").contains("@bob: second");
        assertThat(result.err()).contains("too many commands at once");
    }

    private void twoMessagesThatCannotBeMarked() {
        awaitRead();
        node.refuses("read", ErrorCode.BUSY, "too many commands at once");
        for (String text : new String[] {"first", "second"}) {
            tellMessage(text, text);
        }
        await().until(() -> node.requests.stream()
                        .filter(request -> request.text("method").equals("read"))
                        .count()
                > 2);
    }

    @Test
    void aPartnerWhoLeavesWhileTheChatOpensIsSeenLeaving() {
        node.tells("chat.events", "{\"type\":\"left\",\"account\":\"bob\"}");
        CommandRun.Result result = command.inputThatStaysOpen(this::endTheProcessOnceOthersAreOffered)
                .run("chat", "@bob");
        assertThat(result.err()).contains("@bob left the conversation. What you write waits there.");
    }

    private void endTheProcessOnceOthersAreOffered() {
        await().until(() -> isAsked("whoami"));
        node.close();
    }

    private void endTheProcessOnceTheChatIsOpen() {
        awaitRead();
        node.close();
    }

    private void awaitRead() {
        await().until(() -> isAsked("read"));
    }

    private void restartTheProcessOnceTheChatIsOpen() {
        endTheProcessOnceTheChatIsOpen();
        start();
        node.answers("history", """
                {"messages":[{"conversation":"@bob","from":"bob","text":"meanwhile","direction":"in"}]}""");
        awaitRead();
    }

    @Test
    void withAPersonTheChatWaitsForItsProcess() {
        CommandRun.Result result = command.with("TERM", "dumb")
                .person()
                .inputAfter(this::restartTheProcessOnceTheChatIsOpen, "/quit\n")
                .run("--home", command.home().toString(), "chat", "@bob");
        assertThat(result.code()).isZero();
        assertThat(result.err()).contains("`covey --home " + command.home() + " up`");
        assertThat(result.err()).containsSubsequence("The process of this home ended; waiting", "The process is back.");
        assertThat(result.out()).contains("@bob: meanwhile");
        assertThat(node.asked("chat.leave").text("conversation")).isEqualTo("@bob");
    }

    @Test
    void whatTheHistoryAndAnEventBothBringIsShownOnce() {
        node.answers("history", said("m1", "opening"));
        CommandRun.Result result = command.with("TERM", "dumb")
                .person()
                .inputAfter(this::comeBackWithBoth, "/quit\n")
                .run("chat", "@bob");
        for (String text : new String[] {"opening", "meanwhile", "afterwards"}) {
            assertThat(result.out()).containsOnlyOnce("@bob: " + text);
        }
    }

    private void comeBackWithBoth() {
        awaitRead();
        tellMessage("m1", "opening");
        node.close();
        start();
        node.refuses("history", ErrorCode.BUSY, "too many commands at once");
        await().until(() -> isAsked("history"));
        node.answers("history", said("m2", "meanwhile"));
        tellMessage("m2", "meanwhile");
        awaitRead();
        tellMessage("m3", "afterwards");
        await().until(() -> node.requests.stream()
                        .filter(request -> request.text("method").equals("read"))
                        .count()
                > 1);
    }

    private static String said(String id, String text) {
        return "{\"messages\":[" + message(id, text) + "]}";
    }

    private void tellMessage(String id, String text) {
        node.tellsNow("chat.events", "{\"type\":\"message\",\"message\":" + message(id, text) + "}");
    }

    private static String message(String id, String text) {
        return """
                {"id":"%s","conversation":"@bob","from":"bob","text":"%s","direction":"in"}""".formatted(id, text);
    }

    private boolean isAsked(String method) {
        return node.requests.stream().anyMatch(request -> request.text("method").equals(method));
    }

    @Test
    void aProcessThatEndsEndsTheChat() {
        CommandRun.Result result =
                command.inputThatStaysOpen(this::endTheProcessOnceTheChatIsOpen).run("chat", "@bob");
        assertThat(result.code()).isEqualTo(5);
        assertThat(result.err()).contains("The process of this home ended");
    }
}
