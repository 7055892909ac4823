package covey.peer;

import static org.assertj.core.api.Assertions.assertThat;

import covey.identity.Token;
import covey.peer.Network.Peer;
import covey.transport.LocalApi;
import covey.web.PeerApi;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.GoodbyeReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the local API answers, with two peers and a scripted hub. */
final class PeerApiTest {
    private static final JsonMapper JSON = new JsonMapper();

    private final Network network = new Network();
    private final Peer anna = network.connected("anna", "10.0.0.1");
    private final Peer bob = network.connected("bob", "10.0.0.2");
    private final List<String> ends = new ArrayList<>();

    PeerApiTest() {
        network.settled(anna);
        network.world.run(100);
    }

    /** One request and what came back. */
    private final class Asked implements LocalApi.Reply {
        final List<JsonNode> events = new ArrayList<>();
        Optional<JsonNode> result = Optional.empty();
        Optional<ErrorCode> error = Optional.empty();
        String message = "";
        Runnable cancel = () -> {};

        Asked(Peer peer, String request) {
            new PeerApi(peer.node, () -> ends.add("stop"), () -> ends.add("logged out")).handle(request, this);
            network.world.run(1);
        }

        Asked within(long millis) {
            network.world.runUntil(() -> result.isPresent() || error.isPresent(), millis);
            return this;
        }

        JsonNode ok() {
            assertThat(error).as(message).isEmpty();
            return result.orElseThrow(() -> new AssertionError("no result yet"));
        }

        @Override
        public void event(String json) {
            events.add(JSON.readTree(json));
        }

        @Override
        public void result(String json) {
            result = Optional.of(JSON.readTree(json));
        }

        @Override
        public void error(ErrorCode code, String sentence) {
            error = Optional.of(code);
            message = sentence;
        }

        @Override
        public boolean isCancelled() {
            return false;
        }

        @Override
        public void onCancel(Runnable action) {
            cancel = action;
        }
    }

    private Asked ask(Peer peer, String method, String params) {
        return new Asked(peer, "{\"method\":\"" + method + "\",\"params\":{" + params.replace('\'', '"') + "}}");
    }

    private static List<String> fields(JsonNode node) {
        return List.copyOf(node.propertyNames());
    }

    private JsonNode send(String text) {
        return ask(anna, "send", "'to':'@bob','text':'" + text + "','waitMillis':5000")
                .within(6_000)
                .ok()
                .path("message");
    }

    @Test
    void statusHasItsFields() {
        JsonNode status = ask(anna, "status", "").ok();
        assertThat(fields(status))
                .containsExactly(
                        "pid",
                        "role",
                        "account",
                        "device",
                        "deviceName",
                        "network",
                        "networkName",
                        "home",
                        "version",
                        "hub",
                        "links",
                        "queued",
                        "unread",
                        "directorySize",
                        "fork",
                        "forkWhy",
                        "warnings");
        assertThat(fields(status.path("hub"))).containsExactly("state", "address", "sinceMillis", "why");
        assertThat(status.path("hub").path("state").asString()).isEqualTo("connected");
        assertThat(status.path("role").asString()).isEqualTo("member");
        assertThat(status.path("networkName").asString()).isEqualTo("lab");
        assertThat(status.path("directorySize").asInt()).isEqualTo(4);
        assertThat(status.path("fork").asBoolean()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    room.create | "name":"#lab","private":true
                    room.join   | "room":"#lab"
                    room.leave  | "room":"#lab"
                    room.invite | "room":"#lab","account":"bob"
                    room.kick   | "room":"#lab","account":"bob"
                    """)
    void aRoomIsNotChangedWhileTheHubIsAway(String method, String params) {
        network.hub.crash();
        network.world.run(10);
        Asked change = ask(anna, method, params);
        assertThat(change.error).contains(ErrorCode.UNREACHABLE);
        assertThat(change.message).startsWith("the hub is not connected: ");
        network.hub.start();
        network.world.run(60_000);
        assertThat(network.hub.applied).noneMatch(kind -> kind.startsWith("ROOM"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"send", "token.create", "audit"})
    void aRefusedDeviceIsToldWhy(String method) {
        network.hub.goodbye(GoodbyeReason.REVOKED, "this device was revoked: lost");
        network.world.run(10);
        Asked refused = ask(anna, method, method.equals("send") ? "'to':'@bob','text':'hi'" : "");
        assertThat(refused.error).contains(ErrorCode.NOT_LOGGED_IN);
        assertThat(refused.message).contains("this device was revoked: lost");
    }

    @ParameterizedTest
    @CsvSource({"history,with", "device.ls,account", "why,account"})
    void whoIsNotThereIsNotFound(String method, String parameter) {
        assertThat(ask(anna, method, "'" + parameter + "':'@nobody'").error).contains(ErrorCode.NOT_FOUND);
    }

    @Test
    void theOperatorWithoutADeviceThatReadsIsNotWrittenTo() {
        Asked send = ask(anna, "send", "'to':'@hub','text':'hi'").within(1_000);
        assertThat(send.error).contains(ErrorCode.NOT_FOUND);
        assertThat(send.message).startsWith("@hub reads no messages here");
    }

    @Test
    void statusWaitsForTheHub() {
        network.hub.crash();
        network.world.run(10);
        Asked waiting = ask(anna, "status", "'wait':true,'timeoutMillis':60000");
        network.world.run(3_000);
        assertThat(waiting.result).isEmpty();
        network.hub.start();
        assertThat(waiting.within(20_000).ok().path("hub").path("state").asString())
                .isEqualTo("connected");
        network.hub.crash();
        network.world.run(10);
        JsonNode after = ask(anna, "status", "'wait':true,'timeoutMillis':500")
                .within(1_000)
                .ok();
        assertThat(after.path("hub").path("state").asString()).isEqualTo("away");
        assertThat(after.path("hub").path("why").asString()).isNotEmpty();
    }

    @Test
    void whoAmIAndLsHaveTheirFields() {
        assertThat(fields(ask(anna, "whoami", "").ok()))
                .containsExactly("account", "role", "device", "deviceName", "network", "networkName");
        JsonNode ls = ask(anna, "ls", "").ok();
        assertThat(fields(ls)).containsExactly("accounts", "hub");
        JsonNode first = ls.path("accounts").path(0);
        assertThat(fields(first)).containsExactly("account", "role", "blocked", "disabled", "devices");
        assertThat(fields(first.path("devices").path(0)))
                .containsExactly("device", "name", "state", "sinceMillis", "link", "why");
        assertThat(first.path("devices").path(0).path("state").asString()).isEqualTo("self");
        JsonNode bobs = ls.path("accounts").path(1).path("devices").path(0);
        assertThat(bobs.path("state").asString()).isEqualTo("online");
        assertThat(bobs.path("link").asString()).isEqualTo("none");
    }

    @Test
    void aMessageIsDeliveredAndShownAndRead() {
        Asked following = ask(bob, "inbox.follow", "");
        Asked events = ask(anna, "chat.events", "'conversation':'@bob'");
        JsonNode sent = send("hello");
        assertThat(fields(sent))
                .containsExactly(
                        "id",
                        "conversation",
                        "from",
                        "text",
                        "attachment",
                        "sentMillis",
                        "receivedMillis",
                        "direction",
                        "state",
                        "reason",
                        "unread",
                        "sealed");
        assertThat(sent.path("state").asString()).isEqualTo("DELIVERED");
        assertThat(sent.path("direction").asString()).isEqualTo("out");
        network.world.run(10);
        assertThat(following.events).singleElement().satisfies(event -> {
            assertThat(event.path("message").path("text").asString()).isEqualTo("hello");
            assertThat(event.path("message").path("direction").asString()).isEqualTo("in");
        });
        assertThat(events.events)
                .extracting(event -> event.path("type").asString())
                .contains("link", "state");
        JsonNode inbox = ask(bob, "inbox", "'markRead':true").within(100).ok();
        assertThat(inbox.path("messages").path(0).path("unread").asBoolean()).isTrue();
        assertThat(ask(bob, "inbox", "").ok().path("messages")).isEmpty();
        assertThat(ask(bob, "inbox", "'all':true").ok().path("messages")).hasSize(1);
        JsonNode history = ask(bob, "history", "'with':'anna','search':'HELLO'").ok();
        assertThat(history.path("messages")).hasSize(1);
        JsonNode talks = ask(bob, "conversations", "").ok();
        assertThat(fields(talks.path("conversations").path(0))).containsExactly("name", "unread", "lastMillis");
    }

    @Test
    void whatIsSaidHereIsTheEventOfEveryScreenOnce() {
        Asked screen = ask(anna, "chat.events", "");
        send("hello");
        network.world.run(10);
        assertThat(screen.events)
                .filteredOn(event -> event.path("type").asString().equals("message"))
                .singleElement()
                .satisfies(event -> assertThat(
                                event.path("message").path("direction").asString())
                        .isEqualTo("out"));
    }

    @Test
    void whySaysWhatWasTried() {
        send("hello");
        JsonNode why = ask(anna, "why", "'account':'bob'").ok();
        JsonNode device = why.path("devices").path(0);
        assertThat(fields(device)).containsExactly("device", "name", "online", "now", "why", "attempts");
        assertThat(device.path("now").asString()).isEqualTo("direct");
        assertThat(fields(device.path("attempts").path(0))).containsExactly("address", "result", "millis", "atMillis");
        JsonNode link = ask(anna, "status", "").ok().path("links").path(0);
        assertThat(fields(link))
                .containsExactly("account", "device", "path", "why", "address", "rttMillis", "sinceMillis");
    }

    @Test
    void bothSidesReadTheSameWords() {
        JsonNode annas = ask(anna, "verify", "'account':'@bob'").ok();
        JsonNode bobs = ask(bob, "verify", "'account':'@anna'").ok();
        assertThat(annas.path("words")).isNotEmpty().isEqualTo(bobs.path("words"));
        assertThat(annas.path("devices").path(0).path("words"))
                .isEqualTo(bobs.path("devices").path(0).path("words"));
    }

    @Test
    void blockingIsKnownAtOnceAndAfterARestart() {
        ask(anna, "block", "'account':'bob','blocked':true").within(100).ok();
        assertThat(network.hub.applied).contains("bob");
        JsonNode ls = ask(anna, "ls", "").ok();
        assertThat(ls.path("accounts").path(1).path("blocked").asBoolean()).isTrue();
        assertThat(ask(anna, "block", "'account':'anna','blocked':true").error).contains(ErrorCode.BAD_REQUEST);
    }

    @Test
    void aTokensSecretStaysHere() {
        network.hub.answers.put(
                Command.KindCase.TOKEN_CREATE,
                CommandResult.newBuilder()
                        .setToken(covey.wire.proto.TokenInfo.newBuilder().setExpiresMillis(77))
                        .build());
        JsonNode made = ask(anna, "token.create", "'kind':'member','uses':3,'labels':{'site':'north'}")
                .within(100)
                .ok();
        assertThat(fields(made)).containsExactly("token", "tokenId", "expiresMillis");
        Token token = Token.parse(made.path("token").asString());
        assertThat(token.tokenId()).isEqualTo(made.path("tokenId").asString());
        assertThat(token.addresses()).contains("hub:7440");
        assertThat(network.hub.frames)
                .noneMatch(frame -> new String(frame.payload(), java.nio.charset.StandardCharsets.ISO_8859_1)
                        .contains(new String(token.secret(), java.nio.charset.StandardCharsets.ISO_8859_1)));
    }

    @Test
    void aDeviceIsRevokedByTheBeginningOfItsId() {
        String id = bob.keys.id().shortText();
        ask(anna, "device.revoke", "'device':'" + id + "','reason':'lost'")
                .within(100)
                .ok();
        network.world.run(50);
        assertThat(anna.node.directory().isActive(bob.keys.id())).isFalse();
        assertThat(ask(anna, "device.revoke", "'device':'" + id.substring(0, 3) + "'").error)
                .contains(ErrorCode.NOT_FOUND);
    }

    @Test
    void aRefusalOfTheHubIsPassedOn() {
        network.hub.answers.put(
                Command.KindCase.ACCOUNT_CHANGE,
                CommandResult.newBuilder()
                        .setProblem(FakeHub.problem(ErrorCode.DENIED, "only administrators may do this"))
                        .build());
        Asked asked = ask(anna, "account.role", "'account':'bob','role':'administrator'")
                .within(100);
        assertThat(asked.error).contains(ErrorCode.DENIED);
        assertThat(asked.message).isEqualTo("only administrators may do this");
    }

    @Test
    void aLookUpOfRoomsThatTheHubDoesNotAnswerEndsWithWhatIsKnownHere() {
        network.hub.isSilentAboutRooms = true;
        assertThat(ask(anna, "room.ls", "").within(6_000).ok().path("rooms")).isEmpty();
        for (String wanted : List.of("history 'with'", "room.members 'room'")) {
            String[] words = wanted.split(" ");
            Asked asked = ask(anna, words[0], words[1] + ":'#lab'").within(6_000);
            assertThat(asked.error).contains(ErrorCode.UNREACHABLE);
            assertThat(asked.message).contains("#lab", "not known here", "hub");
        }
    }

    @Test
    void whatIsSentToARoomThatTheHubDoesNotKnowIsRefusedAndNotKept() {
        network.hub.hasNoRooms = true;
        Asked send = ask(anna, "send", "'to':'#nope','text':'hi'").within(1_000);
        assertThat(send.error).contains(ErrorCode.NOT_FOUND);
        assertThat(send.message).contains("There is no room #nope");
        network.hub.isSilentAboutRooms = true;
        ask(anna, "send", "'to':'#perhaps','text':'hi'").within(6_000).ok();
        assertThat(ask(anna, "conversations", "").ok().path("conversations"))
                .extracting(one -> one.path("name").asString())
                .containsExactly("#perhaps");
    }

    @Test
    void whatNeedsTheHubSaysThatItIsAway() {
        network.hub.crash();
        network.world.run(10);
        assertThat(ask(anna, "account.disable", "'account':'bob','disabled':true").error)
                .contains(ErrorCode.UNREACHABLE);
        assertThat(ask(anna, "token.ls", "").error).contains(ErrorCode.UNREACHABLE);
        assertThat(ask(anna, "hub.status", "").message).startsWith("the hub is not connected");
    }

    @Test
    void watchersSeeChangesUntilTheyGo() {
        Asked watching = ask(anna, "ls.watch", "");
        assertThat(watching.events).hasSize(1);
        bob.node.close();
        network.world.run(1_000);
        assertThat(watching.events).hasSize(2);
        JsonNode bobs = watching.events
                .getLast()
                .path("accounts")
                .path(1)
                .path("devices")
                .path(0);
        assertThat(bobs.path("state").asString()).isEqualTo("offline");
        watching.cancel.run();
        network.hub.crash();
        network.world.run(1_000);
        assertThat(watching.events).hasSize(2);
    }

    @Test
    void stopAndLogoutEndTheProcessAfterTheAnswer() {
        ask(anna, "stop", "").ok();
        ask(bob, "logout", "").within(100).ok();
        network.world.run(10);
        assertThat(ends).containsExactly("stop", "logged out");
    }

    @Test
    void aRefusedLogoutLeavesTheProcessAndItsKeysAlone() {
        network.hub.answers.put(
                covey.wire.proto.Command.KindCase.REVOKE_DEVICE,
                covey.wire.proto.CommandResult.newBuilder()
                        .setProblem(FakeHub.problem(ErrorCode.DENIED, "the last administrator stays"))
                        .build());
        Asked refused = ask(anna, "logout", "").within(100);
        network.world.run(10);
        assertThat(refused.error).contains(ErrorCode.DENIED);
        assertThat(refused.message).contains("the last administrator stays");
        assertThat(ends).isEmpty();
    }

    @Test
    void aLogoutWhoseReplyIsLostIsConfirmedByTheHubsRefusal() {
        network.hub.losesReplies = true;
        network.hub.goodbyeAtHello = Optional.of(GoodbyeReason.REVOKED);
        ask(anna, "logout", "").within(20_000).ok();
        network.world.run(10);
        assertThat(ends).containsExactly("logged out");
    }

    @Test
    void aLogoutThatIsConfirmedTooLateToBeToldStillEndsTheProcess() {
        network.hub.losesReplies = true;
        Asked late = ask(anna, "logout", "").within(31_000);
        assertThat(late.error).contains(ErrorCode.UNREACHABLE);
        network.hub.losesReplies = false;
        network.world.run(30_000);
        assertThat(ends).containsExactly("logged out");
    }

    @Test
    void aRevokedDeviceLogsOutWithoutTheHub() {
        network.hub.goodbye(covey.wire.proto.GoodbyeReason.REVOKED, "lost");
        network.world.run(10);
        ask(anna, "logout", "").ok();
        network.world.run(10);
        assertThat(ends).containsExactly("logged out");
    }

    /** The directory says what is so; a hub's words and the reason it ends a session with may mean either. */
    @ParameterizedTest
    @CsvSource({"CLONED,another process uses this key", "REVOKED,the account @anna was disabled"})
    void aDeviceThatIsRefusedAndNotRevokedIsToldAtItsLogoutThatItStaysEnrolled(GoodbyeReason reason, String why) {
        network.hub.goodbye(reason, why);
        network.world.run(10);
        String note = ask(anna, "logout", "").ok().path("note").asString();
        assertThat(note).contains(why, "stays enrolled", "device revoke " + anna.keys.id());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "not json | BAD_REQUEST | the request is not",
                "[] | BAD_REQUEST | the request is not",
                "{'method':7} | BAD_REQUEST | the request is not",
                "{'method':'fly'} | UNSUPPORTED | knows no method 'fly'",
                "{'method':'whoami','params':{'x':1}} | BAD_REQUEST | whoami: unknown parameter 'x'",
                "{'method':'send','params':{'to':'@bob'}} | BAD_REQUEST | send: parameter 'text' is missing",
                "{'method':'send','params':{'to':7,'text':'x'}} | BAD_REQUEST | send: parameter 'to' is not a text",
                "{'method':'send','params':{'to':'@b!','text':'x'}} | BAD_REQUEST | account name",
                "{'method':'send','params':{'to':'@eve','text':'x'}} | NOT_FOUND | eve",
                "{'method':'inbox','params':{'limit':0}} | BAD_REQUEST | 'limit' is 0 (expected: 1 to",
                "{'method':'inbox','params':{'limit':1.5}} | BAD_REQUEST | not a whole number",
                "{'method':'block','params':{'account':'bob','blocked':'yes'}} | BAD_REQUEST | not true or false",
                "{'method':'verify','params':{'account':'eve'}} | NOT_FOUND | there is no account @eve",
                "{'method':'token.create','params':{'kind':'king'}} | BAD_REQUEST | 'king' is no kind",
                "{'method':'token.create','params':{'labels':[]}} | BAD_REQUEST | not an object",
                "{'method':'room.create','params':{'name':'lab'}} | BAD_REQUEST | a '#' and then the name",
                "{'method':'history','params':{'with':'bob','before':'9'}} | BAD_REQUEST | base32",
            })
    void aWrongRequestGetsASentence(String request, ErrorCode code, String part) {
        Asked asked = new Asked(anna, request.replace('\'', '"'));
        assertThat(asked.error).contains(code);
        assertThat(asked.message).contains(part);
    }

    @Test
    void aRequestThatIsTooLongIsRefused() {
        Asked asked = ask(anna, "send", "'to':'@bob','text':'" + "x".repeat(300_000) + "'");
        assertThat(asked.error).contains(ErrorCode.OVER_LIMIT);
    }
}
