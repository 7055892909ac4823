package covey.chat;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import covey.wire.proto.RoomChangeKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;

/** Checksum damage, as a disk makes it: one record after the other of a device with something in each table. */
final class DamageTest {
    /** Of what is said after the damage, and concerns no older record. */
    private static final String AFTER = "after";

    private final Village village = new Village(2);
    private final Device anna = village.device("anna", "desk");
    private final Device bob = village.device("bob", "phone");
    private final Device carl = village.device("carl", "desk");

    DamageTest() {
        village.tellDirectory();
        anna.run(chat -> chat.createRoom("#lab", true, Answer.of(room -> {}, why -> {})));
        village.run(1_000);
        anna.run(
                chat -> chat.changeRoom("#lab", RoomChangeKind.INVITE_MEMBER, "bob", Answer.of(room -> {}, why -> {})));
        village.run(1_000);
        for (int i = 0; i < 3; i++) {
            bob.say("@anna", "unread " + i);
            bob.say("#lab", "in the room " + i);
            carl.say("@anna", "read " + i);
        }
        village.run(1_000);
        anna.run(chat -> chat.markRead("@carl"));
        village.run(1_000);
        carl.crash();
        for (int i = 0; i < 3; i++) {
            anna.say("@carl", "waiting " + i);
        }
        village.run(500);
        anna.crash();
    }

    private List<byte[]> records() {
        List<byte[]> keys = new ArrayList<>();
        anna.store().scan(new byte[0], new byte[] {(byte) 0xFF}, false, (key, value) -> keys.add(key));
        return keys;
    }

    /** The first two of each table, but for format and counters: without them nothing may start. */
    private List<Integer> places() {
        List<Integer> places = new ArrayList<>();
        Map<Byte, Integer> taken = new HashMap<>(Map.of((byte) 0x01, 2, (byte) 0xC0, 2));
        List<byte[]> keys = records();
        for (int i = 0; i < keys.size(); i++) {
            if (taken.merge(keys.get(i)[0], 1, Integer::sum) <= 2) {
                places.add(i);
            }
        }
        return places;
    }

    @Test
    void aDamagedRecordHoldsUpOnlyWhatItConcerns() {
        SoftAssertions all = new SoftAssertions();
        for (int place : places()) {
            DamageTest one = new DamageTest();
            byte[] key = one.records().get(place);
            String name = HexFormat.of().formatHex(key, 0, Math.min(key.length, 12));
            one.anna.store().damage(key);
            try {
                one.goOn(all, name);
            } catch (RuntimeException | AssertionError e) {
                all.fail("record " + name + ": " + e);
            }
        }
        all.assertAll();
    }

    private void goOn(SoftAssertions all, String name) {
        anna.restart();
        carl.restart();
        village.run(2_000);
        anna.say("@bob", AFTER);
        anna.say("@carl", AFTER);
        bob.say("@anna", AFTER);
        village.run(40_000);
        all.assertThat(bob.texts("@anna")).as(name).contains(AFTER);
        all.assertThat(carl.texts("@anna")).as(name).contains(AFTER).hasSizeGreaterThanOrEqualTo(6);
        List<String> said =
                anna
                        .engine()
                        .history(new HistoryQuery("@bob", 0, "", HistoryQuery.LIMIT_MAX, ByteString.EMPTY))
                        .stream()
                        .map(ChatMessage::text)
                        .toList();
        all.assertThat(said).as(name).hasSizeGreaterThanOrEqualTo(3).endsWith(AFTER);
        List<ChatMessage> unread = anna.engine().inbox(true, 100);
        all.assertThat(unread.stream().map(ChatMessage::text)).as(name).contains(AFTER);
        anna.engine().conversations();
        anna.run(chat -> chat.markRead("@bob"));
        village.run(2_000);
        all.assertThat(anna.engine().inbox(true, 100).stream().map(ChatMessage::conversation))
                .as(name)
                .doesNotContain("@bob");
        assertThat(anna.warnings.size()).as(name + ": " + anna.warnings).isLessThan(4);
    }
}
