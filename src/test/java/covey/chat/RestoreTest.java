package covey.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import covey.store.Keys;
import covey.store.MemoryStore;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.RoomChangeKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Home folders from a backup, disks that are full or rot, keys that grow old. */
final class RestoreTest {
    private final Village village = new Village(2);
    private final Device anna = village.device("anna", "desk");
    private final Device bob = village.device("bob", "phone");

    RestoreTest() {
        village.tellDirectory();
        anna.say("@bob", "first");
        bob.say("@anna", "hi");
        village.run(1_000);
    }

    @Test
    void aRestoredSenderRepeatsNothingAndIsHeardAgain() {
        anna.say("@bob", "unacknowledged at the time of the backup");
        MemoryStore backup = anna.backup();
        village.run(100);
        for (int i = 0; i < 20; i++) {
            anna.say("@bob", "lost " + i);
        }
        village.run(1_000);
        anna.restoreFrom(backup);
        anna.say("@bob", "after");
        village.run(10_000);
        assertThat(bob.texts("@anna")).hasSize(24).doesNotHaveDuplicates().endsWith("after");
        assertThat(anna.last("@bob").state()).isEqualTo(MessageState.DELIVERED);
    }

    @Test
    void aRestoredSenderWithAWrongClockIsHeardAgain() {
        MemoryStore backup = anna.backup();
        village.run(10_000);
        anna.crash();
        anna.restart();
        anna.say("@bob", "lost");
        village.run(1_000);
        anna.host().skew(-3_600_000);
        anna.restoreFrom(backup);
        for (int i = 0; i < 5; i++) {
            anna.say("@bob", "after " + i);
        }
        village.run(10_000);
        assertThat(bob.texts("@anna"))
                .hasSize(8)
                .containsSubsequence("first", "lost", "after 0", "after 1", "after 2", "after 3", "after 4");
    }

    @Test
    void aRestoredReceiverThatLostItsSessionsIsSentEverythingOfIt() {
        MemoryStore backup = bob.backup();
        anna.crash();
        anna.restart();
        anna.say("@bob", "in a session that the backup does not have");
        village.run(1_000);
        bob.restoreFrom(backup);
        anna.say("@bob", "after");
        village.run(10_000);
        assertThat(bob.texts("@anna")).endsWith("after");
        assertThat(anna.last("@bob").state()).isEqualTo(MessageState.DELIVERED);
    }

    @Test
    void mailThatARestoredReceiverCannotOpenIsSentAgain() {
        MemoryStore backup = bob.backup();
        anna.crash();
        anna.restart();
        anna.say("@bob", "opens a session");
        village.run(1_000);
        bob.crash();
        anna.say("@bob", "mail of that session");
        village.run(3_000);
        anna.crash(); // only the mailbox can bring it, and nobody can be told at once
        bob.restoreFrom(backup);
        village.run(5_000);
        assertThat(village.hub.mail(bob.id())).isEmpty();
        assertThat(bob.warnings).hasSize(1).first().asString().contains("could not be opened");
        anna.restart();
        village.run(30_000);
        assertThat(bob.texts("@anna")).endsWith("mail of that session");
        assertThat(bob.shown.values()).allMatch(times -> times == 1);
    }

    @Test
    void aFullDiskRefusesWithASentenceAndLosesNothing() {
        List<String> refused = new ArrayList<>();
        anna.store().limitBytes(1);
        bob.say("@anna", "while the disk is full");
        anna.run(chat -> {
            chat.send("@bob", "not stored");
            chat.whenDurable(() -> refused.add("stored"), why -> {
                assertThat(why.code()).isEqualTo(ErrorCode.OVER_LIMIT);
                refused.add(why.getMessage());
            });
        });
        village.run(3_000);
        assertThat(refused)
                .hasSize(1)
                .first()
                .asString()
                .contains("Nothing was stored")
                .contains("full");
        assertThat(anna.texts("@bob")).containsExactly("first", "hi");
        assertThat(bob.last("@anna").state()).isEqualTo(MessageState.QUEUED);
        anna.store().limitBytes(Long.MAX_VALUE);
        anna.say("@bob", "afterwards");
        village.run(20_000);
        assertThat(anna.texts("@bob")).containsExactlyInAnyOrder("first", "hi", "while the disk is full", "afterwards");
        assertThat(bob.texts("@anna")).doesNotContain("not stored").contains("afterwards");
        assertThat(bob.last("@anna").state()).isEqualTo(MessageState.DELIVERED);
    }

    /** While it is full, nothing else of the device waits for that. */
    @Test
    void mailAndPostsWaitForADiskThatIsFull() {
        anna.run(chat -> chat.createRoom("#lab", false, Answer.of(room -> {}, why -> {})));
        village.run(1_000);
        bob.run(chat -> chat.changeRoom("#lab", RoomChangeKind.JOIN_ROOM, "", Answer.of(room -> {}, why -> {})));
        village.run(1_000);
        bob.crash();
        anna.say("@bob", "mail");
        anna.say("#lab", "post");
        village.run(3_000);
        bob.store().limitBytes(1);
        bob.restart();
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> village.run(120_000));
        assertThat(bob.texts("#lab")).isEmpty();
        assertThat(bob.warnings)
                .singleElement()
                .asString()
                .contains("tried again")
                .contains("full");
        bob.store().limitBytes(Long.MAX_VALUE);
        village.run(60_000);
        assertThat(bob.texts("@anna")).containsExactlyInAnyOrder("first", "hi", "mail");
        assertThat(bob.texts("#lab")).containsExactly("post");
        assertThat(village.hub.mail(bob.id())).isEmpty();
        assertThat(village.hub.rooms.byName("#lab").cursors).containsEntry(bob.id(), 1L);
        assertThat(anna.last("@bob").state()).isEqualTo(MessageState.DELIVERED);
    }

    @Test
    void whatThisDeviceFailsAtDoesNotKeepItFromTheRest() {
        Device eve = village.device("eve", "desk");
        village.tellDirectory();
        bob.crash();
        eve.say("@bob", "one");
        anna.say("@bob", "two");
        eve.say("@bob", "three");
        village.run(3_000);
        bob.failsAt.add("eve");
        bob.restart();
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> village.run(10_000));
        assertThat(bob.texts("@anna")).endsWith("two");
        assertThat(bob.texts("@eve")).isEmpty();
        assertThat(village.hub.mail(bob.id())).isEmpty();
        assertThat(bob.warnings).hasSize(2).allMatch(text -> text.contains("is left out"));
    }

    @Test
    void aDamagedMessageKeepsNothingElseFromBeingRead() {
        anna.say("@bob", "will rot");
        village.run(1_000);
        anna.crash();
        bob.run(chat -> chat.markRead("@anna"));
        bob.say("@anna", "after the receipt");
        village.run(3_000);
        anna.store().scan(Tables.messages("@bob"), Keys.end(Tables.messages("@bob")), true, (key, value) -> {
            anna.store().damage(key);
            return false;
        });
        anna.restart();
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> village.run(10_000));
        assertThat(village.hub.mail(anna.id())).isEmpty();
        assertThat(bob.last("@anna").state()).isEqualTo(MessageState.DELIVERED);
    }

    @Test
    void aFailedWriteIsRetriedFromTheStoreWithoutARestart() {
        anna.store().failNextWrite("a test");
        bob.say("@anna", "one");
        bob.say("@anna", "two");
        village.run(20_000);
        assertThat(anna.texts("@bob")).containsExactly("first", "hi", "one", "two");
        bob.crash();
        anna.say("@bob", "three");
        village.run(3_000);
        bob.restart();
        bob.store().failNextWrite("a test");
        village.run(30_000);
        assertThat(bob.texts("@anna")).endsWith("three");
        assertThat(anna.shown.values()).allMatch(times -> times == 1);
    }

    @Test
    void prekeysAreRenewedWeeklyAndOldMailIsStillOpened() {
        village.run(TimeUnit.DAYS.toMillis(1));
        bob.crash();
        anna.crash();
        anna.restart();
        anna.say("@bob", "sealed to an old prekey");
        village.run(5_000);
        anna.crash();
        village.run(TimeUnit.DAYS.toMillis(29));
        long before = village.hub.prekeyId(bob.id());
        bob.restart();
        village.run(10_000);
        assertThat(village.hub.prekeyId(bob.id())).isGreaterThan(before);
        assertThat(bob.texts("@anna")).endsWith("sealed to an old prekey");
        anna.restart();
        anna.say("@bob", "sealed to the new one");
        village.run(10_000);
        assertThat(bob.texts("@anna")).endsWith("sealed to the new one");
    }

    @Test
    void aHubThatLostThePrekeyGetsItAgain() {
        village.hub.forgetPrekeys();
        village.hub(false);
        village.hub(true);
        village.run(5_000);
        assertThat(village.hub.hasPrekey(bob.id())).isTrue();
        anna.crash();
        anna.restart();
        anna.say("@bob", "hello");
        village.run(5_000);
        assertThat(bob.texts("@anna")).endsWith("hello");
    }

    @Test
    void moreThanTheOutboxHoldsIsRefused() {
        bob.crash();
        village.hub(false);
        anna.run(chat -> {
            for (int i = 0; i < ChatEngine.OUTBOX_MESSAGES_MAX; i++) {
                chat.send("@bob", "x");
            }
            org.assertj.core.api.Assertions.assertThatThrownBy(() -> chat.send("@bob", "x"))
                    .isInstanceOfSatisfying(
                            ChatException.class, why -> assertThat(why.code()).isEqualTo(ErrorCode.OVER_LIMIT))
                    .hasMessageContaining("10000 messages wait");
        });
        village.run(2_000);
        assertThat(anna.engine().queued()).isEqualTo(ChatEngine.OUTBOX_MESSAGES_MAX);
    }
}
