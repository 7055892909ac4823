package covey.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import covey.wire.proto.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What becomes of one message, whatever way there is. */
final class DeliveryTest {
    private final Village village = new Village(1);
    private final Device anna = village.device("anna", "desk");
    private final Device bob = village.device("bob", "phone");

    DeliveryTest() {
        village.tellDirectory();
        village.run(100);
    }

    private MessageState state() {
        return anna.last("@bob").state();
    }

    @Test
    void aMessageIsDeliveredAndReadOverTheRelay() {
        anna.say("@bob", "hello");
        village.run(100);
        assertThat(bob.texts("@anna")).containsExactly("hello");
        assertThat(state()).isEqualTo(MessageState.DELIVERED);
        assertThat(bob.last("@anna").unread()).isTrue();
        assertThat(bob.last("@anna").sealed()).isTrue();
        bob.run(chat -> chat.markRead("@anna"));
        village.run(100);
        assertThat(state()).isEqualTo(MessageState.READ);
        assertThat(bob.engine().unread()).isZero();
    }

    @Test
    void onlyWhatWasShownIsReadAndToldToItsSender() {
        for (int i = 0; i < 150; i++) {
            anna.say("@bob", "line " + i);
        }
        village.run(1_000);
        List<ChatMessage> shown = bob.engine().inbox(true, 100);
        assertThat(shown).extracting(ChatMessage::text).startsWith("line 0").endsWith("line 99");
        anna.say("@bob", "meanwhile");
        village.run(100);
        bob.run(chat -> chat.markRead(shown));
        village.run(1_000);
        assertThat(bob.engine().unread()).isEqualTo(51);
        assertThat(anna.engine().history(HistoryQuery.of("@bob", 0, "", 1_000)))
                .filteredOn(message -> message.state() == MessageState.READ)
                .extracting(ChatMessage::text)
                .hasSize(100)
                .endsWith("line 99");
        assertThat(bob.engine().inbox(true, 1_000))
                .extracting(ChatMessage::text)
                .hasSize(51)
                .startsWith("line 100")
                .endsWith("line 149", "meanwhile");
    }

    @Test
    void markingWhatWasShownReadsThatAndNothingBehindIt() {
        for (int i = 0; i < 1_000; i++) {
            anna.say("@bob", "line " + i);
        }
        village.run(5_000);
        List<ChatMessage> shown = bob.engine().inbox(true, 100);
        long before = bob.store().reads();
        bob.run(chat -> chat.markRead(shown));
        village.run(1);
        assertThat(bob.store().reads() - before).isBetween(100L, 200L);
        assertThat(bob.engine().unread()).isEqualTo(900);
    }

    @Test
    void theNewestShownDoNotMakeOlderUnreadOnesRead() {
        for (int i = 0; i < 5; i++) {
            anna.say("@bob", "line " + i);
        }
        village.run(1_000);
        List<ChatMessage> newest = bob.engine().inbox(false, 2);
        assertThat(newest).extracting(ChatMessage::text).containsExactly("line 3", "line 4");
        bob.run(chat -> chat.markRead(newest));
        village.run(100);
        assertThat(bob.engine().unread()).isEqualTo(5);
        assertThat(state()).isEqualTo(MessageState.DELIVERED);
    }

    @Test
    void statesAreToldAsTheyRise() {
        village.plug(bob, false);
        anna.say("@bob", "hello");
        village.run(100);
        village.plug(bob, true);
        village.run(100);
        bob.run(chat -> chat.markRead("@anna"));
        village.run(100);
        assertThat(anna.states).hasSize(1);
        List<MessageState> told =
                new ArrayList<>(anna.states.values().iterator().next());
        told.removeIf(state -> state == MessageState.QUEUED); // only the reason was news
        assertThat(told).containsExactly(MessageState.STORED, MessageState.DELIVERED, MessageState.READ);
    }

    @Test
    void orderIsKeptWhenThePathChangesUnderAConversation() {
        for (int i = 0; i < 200; i++) {
            anna.say("@bob", "line " + i);
            if (i == 60) {
                village.link(anna, bob);
            } else if (i == 120) {
                village.cut(anna, bob);
            } else if (i == 160) {
                village.plug(bob, false);
            }
        }
        village.run(3_000);
        village.plug(bob, true);
        village.run(20_000);
        assertThat(bob.texts("@anna")).hasSize(200).isSortedAccordingTo((a, b) -> number(a) - number(b));
        assertThat(bob.shown.values()).allMatch(times -> times == 1);
    }

    private static int number(String text) {
        return Integer.parseInt(text.substring(5));
    }

    @Test
    void theMailboxHoldsItWhileTheReceiverIsAway() {
        bob.crash();
        anna.say("@bob", "one");
        anna.say("@bob", "two");
        village.run(2_000);
        assertThat(state()).isEqualTo(MessageState.STORED);
        anna.crash();
        bob.restart();
        village.run(2_000);
        assertThat(bob.texts("@anna")).containsExactly("one", "two");
        assertThat(village.hub.mail(bob.id())).isEmpty();
        anna.restart();
        village.run(5_000);
        assertThat(state()).isEqualTo(MessageState.DELIVERED);
        assertThat(village.hub.mail(anna.id())).as("notices").isEmpty();
    }

    @Test
    void whatTheMailboxLostIsSentAgainWhenTheReceiverIsThere() {
        bob.crash();
        anna.say("@bob", "hello");
        village.run(2_000);
        village.hub.loseMail();
        bob.restart();
        village.run(10_000);
        assertThat(bob.texts("@anna")).containsExactly("hello");
        assertThat(state()).isEqualTo(MessageState.DELIVERED);
    }

    @Test
    void aDirectLinkCarriesOnWhenTheHubIsAway() {
        anna.say("@bob", "before");
        village.run(100);
        village.link(anna, bob);
        village.hub(false);
        anna.say("@bob", "hello");
        village.run(100);
        assertThat(bob.texts("@anna")).containsExactly("before", "hello");
        assertThat(state()).isEqualTo(MessageState.DELIVERED);
    }

    @Test
    void aDepositThatIsUnderWayDoesNotHoldBackADirectLink() {
        anna.say("@bob", "before");
        village.run(100);
        bob.crash();
        village.hub(false);
        anna.say("@bob", "hello");
        village.hub(true);
        village.run(1);
        village.hub(false); // the deposit may be applied, its answer does not arrive
        bob.restart();
        village.link(anna, bob);
        village.run(2_000);
        assertThat(bob.texts("@anna")).containsExactly("before", "hello");
    }

    @Test
    void withoutAnyWayItSaysWhatItWaitsFor() {
        anna.say("@bob", "before");
        village.run(100);
        village.hub(false);
        anna.say("@bob", "hello");
        village.run(2_000);
        assertThat(state()).isEqualTo(MessageState.QUEUED);
        assertThat(anna.last("@bob").reason()).contains("hub").contains("@bob");
        assertThat(anna.engine().queued()).isEqualTo(1);
        village.hub(true);
        village.run(5_000);
        assertThat(state()).isEqualTo(MessageState.DELIVERED);
        assertThat(anna.last("@bob").reason()).isEmpty();
    }

    @Test
    void anAccountWithoutDevicesGetsItWithItsFirst() {
        village.account("eve");
        anna.say("@eve", "hello");
        village.run(2_000);
        assertThat(anna.last("@eve").state()).isEqualTo(MessageState.QUEUED);
        assertThat(anna.last("@eve").reason()).contains("@eve has no device");
        Device eve = village.device("eve", "phone");
        village.tellDirectory();
        village.run(6_000);
        assertThat(eve.texts("@anna")).containsExactly("hello");
        assertThat(anna.last("@eve").state()).isEqualTo(MessageState.DELIVERED);
    }

    @Test
    void aReceiverWithoutPrekeyIsWaitedFor() {
        Device eve = village.enrol("eve", "phone");
        village.tellDirectory();
        anna.say("@eve", "hello");
        village.run(5_000);
        assertThat(anna.last("@eve").state()).isEqualTo(MessageState.QUEUED);
        assertThat(anna.last("@eve").reason()).contains("keys").contains("@eve");
        eve.start();
        village.run(10_000);
        assertThat(eve.texts("@anna")).containsExactly("hello");
    }

    @Test
    void anUnknownReceiverIsRefusedWithASuggestion() {
        anna.run(chat -> assertThatThrownBy(() -> chat.send("@bbo", "hello"))
                .isInstanceOfSatisfying(
                        ChatException.class, why -> assertThat(why.code()).isEqualTo(ErrorCode.NOT_FOUND))
                .hasMessageContaining("Did you mean @bob?"));
        anna.run(chat ->
                assertThatThrownBy(() -> chat.send("@somebodyelse", "hello")).hasMessageContaining("covey ls"));
        anna.run(chat -> assertThatThrownBy(() -> chat.send("bob", "hello"))
                .isInstanceOfSatisfying(
                        ChatException.class, why -> assertThat(why.code()).isEqualTo(ErrorCode.BAD_REQUEST)));
        village.run(10);
    }

    @Test
    void textsThatCannotBeSentAreRefused() {
        anna.run(chat -> {
            assertThatThrownBy(() -> chat.send("@bob", "  ")).hasMessageContaining("empty");
            assertThatThrownBy(() -> chat.send("@bob", "x".repeat(8_193))).hasMessageContaining("8193 bytes");
            assertThatThrownBy(() -> chat.send("@bob", "half \uD83D")).hasMessageContaining("surrogate");
        });
        village.run(10);
        anna.say("@bob", "ä".repeat(4_096));
        village.run(100);
        assertThat(state()).isEqualTo(MessageState.DELIVERED);
    }

    @Test
    void aBlockedSenderIsToldSoAndNothingIsShown() {
        bob.blocked.add("anna");
        anna.say("@bob", "hello");
        village.run(100);
        assertThat(bob.texts("@anna")).isEmpty();
        assertThat(state()).isEqualTo(MessageState.FAILED);
        assertThat(anna.last("@bob").reason()).contains("does not accept");
        bob.run(chat -> assertThatThrownBy(() -> chat.send("@anna", "hello")).hasMessageContaining("blocked"));
        village.run(10);
    }

    @Test
    void aNoteToOneselfIsOnAllOwnDevices() {
        Device laptop = village.device("anna", "laptop");
        village.tellDirectory();
        anna.say("@anna", "milk");
        village.run(5_000);
        assertThat(anna.last("@anna").state()).isEqualTo(MessageState.DELIVERED);
        assertThat(laptop.texts("@anna")).containsExactly("milk");
        assertThat(laptop.last("@anna").unread()).isFalse();
    }

    @Test
    void ownDevicesShowWhatWasSaidAndReadElsewhere() {
        Device laptop = village.device("anna", "laptop");
        village.tellDirectory();
        anna.say("@bob", "hello");
        bob.say("@anna", "hi");
        village.run(5_000);
        assertThat(laptop.texts("@bob")).containsExactlyInAnyOrder("hello", "hi");
        assertThat(laptop.engine().unread()).isEqualTo(1);
        assertThat(laptop.history("@bob").stream()
                        .filter(ChatMessage::outgoing)
                        .findFirst()
                        .orElseThrow()
                        .state())
                .isEqualTo(MessageState.STORED);
        anna.run(chat -> chat.markRead("@bob"));
        bob.run(chat -> chat.markRead("@anna"));
        village.run(5_000);
        assertThat(laptop.engine().unread()).isZero();
        assertThat(laptop.history("@bob").stream().filter(ChatMessage::outgoing).map(ChatMessage::state))
                .containsExactly(MessageState.READ);
    }

    @Test
    void aRevokedDeviceFailsTheMessageOnlyWhenNoOtherHasIt() {
        Device tablet = village.device("bob", "tablet");
        village.tellDirectory();
        village.run(100);
        bob.crash();
        anna.say("@bob", "first");
        village.run(3_000);
        village.revoke(bob);
        village.run(3_000);
        assertThat(state()).isEqualTo(MessageState.DELIVERED);
        tablet.crash();
        anna.say("@bob", "second");
        village.run(3_000);
        village.revoke(tablet);
        village.run(3_000);
        assertThat(state()).isEqualTo(MessageState.FAILED);
        assertThat(anna.last("@bob").reason()).contains("revoked");
    }

    @Test
    void aRemovedAccountFailsWhatWaitedForIt() {
        bob.crash();
        anna.say("@bob", "hello");
        village.run(2_000);
        village.removeAccount("bob");
        village.run(1_000);
        assertThat(state()).isEqualTo(MessageState.FAILED);
        assertThat(anna.engine().queued()).isZero();
    }

    @Test
    void aFullMailboxAndAnExpiredMessageAreTold() {
        bob.crash();
        village.hub.quota = 1;
        anna.say("@bob", "one");
        anna.say("@bob", "two");
        village.run(2_000);
        assertThat(state()).isEqualTo(MessageState.FAILED);
        assertThat(anna.last("@bob").reason()).contains("full");
        village.hub.expire(bob.id());
        village.run(2_000);
        assertThat(anna.history("@bob")).allMatch(message -> message.state() == MessageState.FAILED);
        assertThat(anna.history("@bob").getFirst().reason()).contains("30 days");
        bob.restart();
        anna.say("@bob", "three");
        village.run(5_000);
        assertThat(bob.texts("@anna")).containsExactly("three");
    }

    @Test
    void aDeviceTheSenderDidNotKnowGetsItAndTheSenderIsWarnedFirst() {
        anna.say("@bob", "before");
        village.run(100);
        bob.crash();
        Device tablet = village.device("bob", "tablet");
        anna.say("@bob", "hello"); // Anna's directory does not name the tablet: the deposit is refused
        village.run(3_000);
        assertThat(state()).isEqualTo(MessageState.QUEUED);
        assertThat(tablet.texts("@anna")).isEmpty();
        village.tellDirectory();
        village.run(6_000);
        assertThat(tablet.texts("@anna")).containsExactly("hello");
        assertThat(anna.warnings).hasSize(1).first().asString().contains("@bob has a new device, 'tablet'");
        bob.restart();
        village.run(5_000);
        assertThat(bob.texts("@anna")).containsExactly("before", "hello");
    }

    @Test
    void leavingIsToldToWhoIsThere() {
        anna.say("@bob", "hello");
        anna.run(chat -> chat.leave("@bob"));
        village.run(100);
        assertThat(bob.left).containsExactly("anna");
        bob.crash();
        anna.run(chat -> chat.leave("@bob"));
        village.run(2_000);
        assertThat(village.hub.mail(bob.id())).isEmpty();
        bob.restart();
        village.run(5_000);
        assertThat(bob.left).containsExactly("anna");
        assertThat(bob.texts("@anna")).containsExactly("hello");
    }

    @Test
    void aPartnersWrongClockChangesNothing() {
        bob.host().skew(-3_600_000);
        bob.say("@anna", "from the past");
        anna.say("@bob", "hello");
        bob.say("@anna", "again");
        village.run(1_000);
        assertThat(anna.texts("@bob"))
                .containsSubsequence("from the past", "again")
                .hasSize(3);
        bob.crash();
        bob.restart();
        bob.say("@anna", "once more");
        village.run(1_000);
        assertThat(anna.texts("@bob").getLast()).isEqualTo("once more");
    }

    /** Bob is back, and his directory does not yet name the last device. */
    private void bobReturnsBeforeHisDirectory() {
        bob.restart();
        bob.run(chat -> bob.known--);
        village.run(2_000);
    }

    private Device newcomerWrites(int messages) {
        Device newcomer = village.device("carl", "carls");
        bob.crash();
        for (int i = 0; i < messages; i++) {
            newcomer.say("@bob", "n" + i);
        }
        village.run(5_000);
        assertThat(village.hub.mail(bob.id())).hasSize(messages);
        return newcomer;
    }

    @Test
    void mailOfADeviceNotYetKnownWaitsInTheMailboxHoweverMuchAndLong() {
        newcomerWrites(150);
        bobReturnsBeforeHisDirectory();
        village.run(200_000);
        assertThat(village.hub.mail(bob.id())).hasSize(150);
        bob.known++;
        bob.run(ChatEngine::directoryChanged);
        village.run(5_000);
        village.mailFor(bob.id());
        village.run(25_000);
        assertThat(bob.texts("@carl")).hasSize(150).startsWith("n0", "n1").endsWith("n149");
        assertThat(village.hub.mail(bob.id())).isEmpty();
        assertThat(bob.warnings).noneMatch(text -> text.contains("does not name"));
    }

    @Test
    void mailOfADeviceThatACheckedDirectoryDoesNotNameIsRefusedAndTold() {
        newcomerWrites(3);
        bobReturnsBeforeHisDirectory();
        bob.checkedMillis = Long.MAX_VALUE;
        village.run(100_000);
        assertThat(village.hub.mail(bob.id())).isEmpty();
        assertThat(bob.warnings).anyMatch(text -> text.contains("does not name"));
    }
}
