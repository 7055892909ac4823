package covey.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever fails, every message whose storing was told is on every device once, in the order of its sender, and known
 * as delivered. Replay one seed: {@code ./build test ExactlyOnceTest -Dcovey.chat.seed=SEED}; more of them with {@code
 * -Dcovey.chat.seeds=COUNT}.
 */
final class ExactlyOnceTest {
    private static final List<String> ACCOUNTS = List.of("anna", "bob", "bob", "anna");

    static LongStream seeds() {
        Long one = Long.getLong("covey.chat.seed");
        return one != null ? LongStream.of(one) : LongStream.rangeClosed(1, Integer.getInteger("covey.chat.seeds", 60));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void everyMessageIsOnEveryDeviceOnceInOrder(long seed) {
        Village village = new Village(seed);
        List<Device> devices = settle(village);
        Random random = new Random(seed);
        village.lossPercent = random.nextInt(3) * 15;
        village.doublePercent = random.nextInt(3) * 15;
        int said = 0;
        for (int i = 0; i < 80; i++) {
            village.run(random.nextInt(10) == 0 ? random.nextInt(6_000) : random.nextInt(40));
            said = happen(village, devices, random, said);
        }
        heal(village, devices);
        devices.forEach(device -> check(device, devices));
    }

    private static List<Device> settle(Village village) {
        List<Device> devices = new ArrayList<>();
        for (int i = 0; i < ACCOUNTS.size(); i++) {
            devices.add(village.device(ACCOUNTS.get(i), "device-" + i));
        }
        village.tellDirectory();
        village.run(1_000);
        return devices;
    }

    private static int happen(Village village, List<Device> devices, Random random, int said) {
        Device device = devices.get(random.nextInt(devices.size()));
        Device other = devices.get(random.nextInt(devices.size()));
        int action = random.nextInt(100);
        if (action < 55) {
            int burst = random.nextInt(4) == 0 ? 30 : 1;
            for (int i = 0; i < burst; i++) {
                device.say("@" + other.account, device.name + " " + (said + i));
            }
            return said + burst;
        }
        if (action < 65) {
            village.link(device, other);
        } else if (action < 73) {
            village.cut(device, other);
        } else if (action < 83) {
            if (device.isUp()) {
                device.crash();
            } else {
                device.restart();
            }
        } else if (action < 90) {
            village.plug(device, random.nextBoolean());
        } else if (action < 94) {
            village.hub(random.nextBoolean());
        } else if (device.isUp()) {
            device.run(chat -> chat.markRead("@" + other.account));
        }
        return said;
    }

    private static void heal(Village village, List<Device> devices) {
        village.lossPercent = 0;
        village.doublePercent = 0;
        devices.stream().filter(device -> !device.isUp()).forEach(Device::restart);
        village.hub(true);
        devices.forEach(device -> village.plug(device, true));
        village.run(150_000);
    }

    private static void check(Device sender, List<Device> devices) {
        sender.accepted.forEach((conversation, texts) -> {
            String to = conversation.substring(1);
            for (Device other : devices) {
                if (other.account.equals(to) && !to.equals(sender.account)) {
                    checkAt(other, "@" + sender.account, sender.name, texts);
                } else if (other.account.equals(sender.account)) {
                    checkAt(other, conversation, sender.name, texts);
                }
            }
            assertThat(sender.history(conversation).stream()
                            .filter(message -> texts.contains(message.text()))
                            .map(ChatMessage::state))
                    .as("states of %s at %s", conversation, sender.name)
                    .isSubsetOf(MessageState.DELIVERED, MessageState.READ);
        });
        assertThat(sender.shown.values()).as("times shown at %s", sender.name).allMatch(times -> times == 1);
        assertThat(sender.engine().queued()).as("queued at %s", sender.name).isZero();
    }

    private static void checkAt(Device device, String conversation, String sender, List<String> texts) {
        List<String> arrived = device.texts(conversation).stream()
                .filter(text -> text.startsWith(sender + " "))
                .toList();
        Set<String> different = new HashSet<>(arrived);
        assertThat(arrived)
                .as("%s of %s at %s", conversation, sender, device.name)
                .hasSameSizeAs(different)
                .containsSubsequence(texts);
    }
}
