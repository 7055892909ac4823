package covey.sim;

import static org.assertj.core.api.Assertions.assertThat;

import covey.chat.Answer;
import covey.chat.ChatMessage;
import covey.chat.MessageState;
import covey.chat.RoomView;
import covey.identity.DeviceKeys;
import covey.store.Batch;
import covey.store.MemoryStore;
import covey.wire.proto.RosterProof;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a device of format 1 kept is read by this build: key, network, directory, history, and what still waits. */
class PeerFormatTest {
    private static final String KEPT = "/peer/format-1.hex";
    private static final HexFormat HEX = HexFormat.of();

    @TempDir
    Path folder;

    @Test
    void aDeviceOfFormat1IsWhatItWas() throws IOException {
        SimWorld world = new SimWorld(2);
        SimPeer anna = new SimPeer(world.host("10.0.0.1"), "anna", roster(), keys(folder), store());
        world.run(5_000); // without a hub

        assertThat(anna.history("@bob").stream().map(ChatMessage::text))
                .containsExactly("hello", "hi", "while he is away");
        assertThat(anna.history("@bob").stream().map(ChatMessage::state))
                .containsExactly(MessageState.DELIVERED, MessageState.DELIVERED, MessageState.STORED);
        assertThat(anna.history("#plan").stream().map(ChatMessage::text)).containsExactly("in the room");
        assertThat(anna.node().chat().conversations()).hasSize(2);
        assertThat(anna.node().chat().unread()).isEqualTo(1);
        assertThat(anna.node().chat().queued()).isEqualTo(1);
        assertThat(anna.node().directory().account("bob")).isPresent();
        assertThat(anna.node()
                        .directory()
                        .accountOf(anna.keys.id())
                        .orElseThrow()
                        .name())
                .isEqualTo("anna");
        anna.send("@bob", "of this build");
        world.run(1_000);
        assertThat(anna.accepted.get("@bob")).containsExactly("of this build");
        List<RoomView> rooms = new ArrayList<>();
        anna.node().loop().execute(() -> anna.node().chat().rooms(Answer.of(rooms::addAll, why -> {})));
        world.run(100);
        assertThat(rooms).extracting(RoomView::name).containsExactly("#plan");
    }

    private static List<String> lines(String kind) throws IOException {
        try (InputStream in = PeerFormatTest.class.getResourceAsStream(KEPT)) {
            if (in == null) {
                throw new AssertionError("missing " + KEPT);
            }
            Predicate<String> isWanted = line -> line.startsWith(kind + " ");
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .filter(isWanted)
                    .map(line -> line.substring(kind.length() + 1))
                    .toList();
        }
    }

    private static RosterProof roster() throws IOException {
        return RosterProof.parseFrom(HEX.parseHex(lines("roster").getFirst()));
    }

    private static DeviceKeys keys(Path folder) throws IOException {
        Path file = folder.resolve("device.key");
        covey.env.PrivateFiles.write(file, HEX.parseHex(lines("key").getFirst()));
        return DeviceKeys.load(file);
    }

    private static MemoryStore store() throws IOException {
        MemoryStore store = new MemoryStore();
        Batch all = new Batch();
        for (String record : lines("record")) {
            String[] pair = record.split(" ", -1);
            all.put(HEX.parseHex(pair[0]), HEX.parseHex(pair[1]));
        }
        store.write(all, true);
        return store;
    }

    /** Writes what is kept into the folder given. Only before a release, or together with a new format. */
    public static void main(String[] args) throws IOException {
        SimWorld world = new SimWorld(1);
        SimHub hub = new SimHub(world);
        SimPeer anna = new SimPeer(world, "anna", "10.0.0.1", hub.network.roster());
        SimPeer bob = new SimPeer(world, "bob", "10.0.0.2", hub.network.roster());
        hub.enrol("anna", anna.keys.publicKey(), false);
        hub.enrol("bob", bob.keys.publicKey(), false);
        world.run(5_000);
        anna.node()
                .loop()
                .execute(() -> anna.node().chat().createRoom("#plan", true, Answer.of(room -> {}, why -> {
                    throw new AssertionError(why);
                })));
        anna.send("@bob", "hello");
        world.run(5_000);
        bob.send("@anna", "hi");
        anna.send("#plan", "in the room");
        world.run(5_000);
        bob.crash();
        anna.send("@bob", "while he is away");
        world.run(5_000);
        Path key = Files.createTempDirectory("format").resolve("device.key");
        anna.keys.save(key);
        List<String> kept = new ArrayList<>();
        kept.add("key " + HEX.formatHex(Files.readAllBytes(key)));
        kept.add("roster " + HEX.formatHex(hub.network.roster().toByteArray()));
        anna.store()
                .scan(
                        new byte[0],
                        new byte[] {(byte) 0xFF},
                        false,
                        (name, value) -> kept.add("record " + HEX.formatHex(name) + " " + HEX.formatHex(value)));
        Files.delete(key);
        Files.createDirectories(Path.of(args[0], "peer"));
        Files.write(Path.of(args[0], KEPT), kept);
    }
}
