package covey.chat;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import covey.courier.PathKind;
import covey.courier.Paths;
import covey.courier.PersonDevice;
import covey.env.Loop;
import covey.identity.DeviceKeys;
import covey.sim.SimHost;
import covey.store.MemoryStore;
import covey.wire.DeviceId;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.Enrolment;
import covey.wire.proto.FrameType;
import covey.wire.proto.Problem;
import covey.wire.proto.Query;
import covey.wire.proto.QueryReply;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** A device of somebody: the engine under test over a store that survives its crashes. */
final class Device implements People, Paths, Listener {
    final String account;
    final String name;
    final DeviceKeys keys;
    private final Village village;
    private final SimHost host;
    private MemoryStore store = new MemoryStore();
    private Loop loop;
    private ChatEngine engine;
    private boolean isUp;
    private int life;

    /** Devices of the directory that this device has heard of. */
    int known;

    /** When it was sure to have heard of all. */
    long checkedMillis = Long.MIN_VALUE;

    final Set<String> blocked = new HashSet<>();

    /** Whoever asks about these meets an error of this device. */
    final Set<String> failsAt = new HashSet<>();

    final Map<ByteString, Integer> shown = new HashMap<>();
    final List<String> warnings = new ArrayList<>();
    final List<String> left = new ArrayList<>();
    /** Told states, by message. */
    final Map<ByteString, List<MessageState>> states = new HashMap<>();

    /** Texts whose acceptance was told, in order, by conversation. */
    final Map<String, List<String>> accepted = new HashMap<>();

    @SuppressWarnings("NullAway.Init") // loop and engine come with start()
    Device(Village village, String account, String name, SimHost host) {
        this.village = village;
        this.account = account;
        this.name = name;
        this.host = host;
        this.keys = DeviceKeys.generate(host);
    }

    DeviceId id() {
        return keys.id();
    }

    void start() {
        life++;
        known = village.directorySize();
        loop = host.newLoop(name);
        engine = new ChatEngine(host, loop, store, keys, account, this, this, this);
        isUp = true;
        Loop mine = loop;
        mine.execute(() -> tick(mine, engine));
        village.connected(this);
    }

    private void tick(Loop mine, ChatEngine running) {
        running.tick();
        mine.schedule(1_000, () -> tick(mine, running));
    }

    /** Power loss: what was not durable is gone. */
    void crash() {
        isUp = false;
        host.crash();
        store = store.restart();
        village.disconnected(this);
    }

    void restart() {
        start();
    }

    /** A copy of the home folder, as a backup would make it. */
    MemoryStore backup() {
        store.crash();
        MemoryStore copy = new MemoryStore();
        covey.store.Batch all = new covey.store.Batch();
        store.scan(new byte[0], new byte[] {(byte) 0xFF}, false, (key, value) -> {
            all.put(key, value);
            return true;
        });
        copy.write(all, true);
        return copy;
    }

    void restoreFrom(MemoryStore backup) {
        crash();
        store = backup;
        start();
    }

    MemoryStore store() {
        return store;
    }

    boolean isUp() {
        return isUp;
    }

    int life() {
        return life;
    }

    SimHost host() {
        return host;
    }

    ChatEngine engine() {
        return engine;
    }

    /** Runs on this device's loop, unless it crashes before. */
    void run(Consumer<ChatEngine> task) {
        if (isUp) {
            ChatEngine now = engine;
            loop.execute(() -> task.accept(now));
        }
    }

    void say(String to, String text) {
        run(chat -> {
            ChatMessage message = chat.send(to, text);
            chat.whenDurable(
                    () -> accepted.computeIfAbsent(message.conversation(), key -> new ArrayList<>())
                            .add(text),
                    refused -> {});
        });
    }

    /** All of a conversation, page by page. */
    List<ChatMessage> history(String conversation) {
        List<ChatMessage> all = new ArrayList<>();
        ByteString before = ByteString.EMPTY;
        while (true) {
            List<ChatMessage> page =
                    engine.history(new HistoryQuery(conversation, 0, "", HistoryQuery.LIMIT_MAX, before));
            if (page.isEmpty()) {
                return all;
            }
            all.addAll(0, page);
            before = page.getFirst().id();
        }
    }

    List<String> texts(String conversation) {
        return history(conversation).stream().map(ChatMessage::text).toList();
    }

    ChatMessage last(String conversation) {
        return history(conversation).getLast();
    }

    // People

    private List<Device> directory() {
        return village.directory(known);
    }

    @Override
    public boolean exists(String account) {
        return village.exists(account);
    }

    @Override
    public List<String> accounts() {
        return village.accounts();
    }

    @Override
    public List<PersonDevice> devices(String account) {
        return directory().stream()
                .filter(device -> device.account.equals(account) && village.isActive(device.id()))
                .map(device -> new PersonDevice(
                        device.id(), ByteString.copyFrom(device.keys.publicKey()), device.name, Enrolment.BY_PASSWORD))
                .toList();
    }

    @Override
    public Optional<String> accountOf(DeviceId device) {
        return enrolledFor(device).filter(account -> village.isActive(device));
    }

    @Override
    public Optional<String> enrolledFor(DeviceId device) {
        return directory().stream()
                .filter(known -> known.id().equals(device))
                .map(known -> known.account)
                .findFirst();
    }

    @Override
    public Optional<byte[]> publicKey(DeviceId device) {
        return directory().stream()
                .filter(known -> known.id().equals(device))
                .map(known -> known.keys.publicKey())
                .findFirst();
    }

    @Override
    public boolean isOnline(DeviceId device) {
        return village.isOnline(this, device);
    }

    @Override
    public long directorySize() {
        return known;
    }

    @Override
    public long directoryCheckedMillis() {
        return checkedMillis;
    }

    @Override
    public boolean isBlocked(String account) {
        if (failsAt.contains(account)) {
            throw new IllegalStateException("an error of the test");
        }
        return blocked.contains(account);
    }

    // Paths

    @Override
    public PathKind pathTo(DeviceId device) {
        return village.pathTo(this, device);
    }

    @Override
    public boolean send(DeviceId device, FrameType type, MessageLite message) {
        return village.send(this, device, message);
    }

    @Override
    public void wantLink(DeviceId device) {
        village.wantLink(this, device);
    }

    @Override
    public void command(Command command, Consumer<CommandResult> done) {
        village.command(this, command, done);
    }

    @Override
    public void query(Query query, Consumer<QueryReply> done, Consumer<Problem> refused) {
        village.query(this, query, done, refused);
    }

    @Override
    public void roomStored(ByteString room, long upTo) {
        village.roomStored(this, room, upTo);
    }

    @Override
    public boolean hubIsUp() {
        return village.isHubUpFor(this);
    }

    // Listener

    @Override
    public void message(ChatMessage message) {
        shown.merge(message.id(), 1, Integer::sum);
    }

    @Override
    public void state(ChatMessage message) {
        states.computeIfAbsent(message.id(), key -> new ArrayList<>()).add(message.state());
    }

    @Override
    public void left(String account) {
        left.add(account);
    }

    @Override
    public void warning(String sentence) {
        warnings.add(sentence);
    }
}
