package covey.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import covey.chat.ChatMessage;
import covey.chat.MessageState;
import covey.courier.PathKind;
import covey.peer.RouteState;
import org.junit.jupiter.api.Test;

/** Walk 1 of ARCHITECTURE.md, as a person would tell it. */
class TalkStoryTest extends Story {
    @Test
    void aLineOfChatGoesStraightFromAnnaToBob() {
        var anna = village.settle("anna");
        var bob = village.settle("bob");
        village.meet();

        anna.say("@bob", "lunch?");

        await().atMost(PATIENCE).until(() -> bob.texts("@anna").contains("lunch?"));
        await().atMost(PATIENCE).until(() -> state(anna, "@bob", "lunch?") == MessageState.DELIVERED);
        await().atMost(PATIENCE)
                .until(() -> anna.on(node ->
                        node.routes().stream().map(RouteState::path).toList().contains(PathKind.DIRECT)));

        bob.on(node -> {
            node.chat().markRead("@anna");
            return true;
        });
        await().atMost(PATIENCE).until(() -> state(anna, "@bob", "lunch?") == MessageState.READ);
    }

    @Test
    void whatIsSaidWhileBobSleepsWaitsAtTheHubAndComesInOrder() throws Exception {
        var anna = village.settle("anna");
        var bob = village.settle("bob");
        village.meet();
        // His device has published what is needed to seal to it.
        anna.say("@bob", "first");
        await().atMost(PATIENCE).until(() -> bob.texts("@anna").contains("first"));
        bob.sleep();

        for (int i = 1; i <= 5; i++) {
            anna.say("@bob", "note " + i);
        }
        await().atMost(PATIENCE).until(() -> state(anna, "@bob", "note 5") == MessageState.STORED);
        assertThat(village.status().getMailWaiting()).isGreaterThanOrEqualTo(5);
        village.stopHub();
        village.restartHub();
        bob.wake();

        await().atMost(PATIENCE).until(() -> bob.texts("@anna").size() == 6);
        assertThat(bob.texts("@anna")).containsExactly("first", "note 1", "note 2", "note 3", "note 4", "note 5");
        await().atMost(PATIENCE).until(() -> state(anna, "@bob", "note 5") == MessageState.DELIVERED);
    }

    @Test
    void whoIsLinkedGoesOnTalkingWhileTheHubIsAway() throws Exception {
        var anna = village.settle("anna");
        var bob = village.settle("bob");
        village.meet();
        anna.say("@bob", "before");
        await().atMost(PATIENCE).until(() -> bob.texts("@anna").contains("before"));
        await().atMost(PATIENCE)
                .until(() ->
                        anna.on(node -> node.routes().stream().anyMatch(route -> route.path() == PathKind.DIRECT)));
        village.stopHub();

        anna.say("@bob", "the hub is gone");

        await().atMost(PATIENCE).until(() -> bob.texts("@anna").contains("the hub is gone"));
        village.restartHub();
        await().atMost(PATIENCE).until(() -> anna.on(node -> node.hub().isConnected()));
    }

    @Test
    void aLogoutIsAnsweredBeforeTheProcessEnds() throws Exception {
        for (int i = 0; i < 20; i++) {
            var anna = village.settle("anna" + i);
            village.meet();

            assertThat(anna.logOut()).isEqualTo("{}");

            await().atMost(PATIENCE)
                    .until(() -> anna.on(node -> node.hub().why()).contains("logged out"));
            anna.sleep();
        }
    }

    private static MessageState state(Village.Villager who, String conversation, String text) {
        return who.history(conversation).stream()
                .filter(message -> message.text().equals(text))
                .map(ChatMessage::state)
                .findFirst()
                .orElseThrow();
    }
}
