package covey.mailbox;

import covey.store.Records;
import covey.store.Transaction;
import covey.wire.DeviceId;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.LoggedCommand;
import covey.wire.proto.Problem;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Exactly once: per device and incarnation (start of its process) the results of all commands from the first one that
 * the client has no answer to. Who asks again gets the result of the first time; who asks for something below the
 * window gets an error, never "done".
 *
 * <p>Results stand in chunks of {@link #CHUNK} sequences, so that a command writes little however many are unanswered.
 */
public final class DedupWindow {
    /** Commands one incarnation may have unanswered; more are refused until it has read some answers. */
    static final int RESULTS_MAX = 4_096;

    /** Windows kept for one device: the living process and those it replaced a moment ago. */
    static final int WINDOWS_PER_DEVICE_MAX = 4;

    /** The hub's own commands: every start of every hub has an incarnation of its own. */
    static final int WINDOWS_OF_HUB_MAX = 16;

    /** A replaced process' commands may be on their way for so long (the front end gives up after 30 s). */
    static final long SUPERSEDED_MILLIS = 10 * 60 * 1000;

    private static final int SUPERSEDED_PER_TICK_MAX = 200;
    private static final int CHUNK = 16;
    private static final byte[] HUB = new byte[DeviceId.BYTES];

    private DedupWindow() {}

    /**
     * One incarnation's window.
     *
     * @param base lowest sequence whose result is kept
     */
    private record Window(long incarnation, long base) {
        static final int BYTES = 2 * Long.BYTES;
    }

    /** Without a sequence: the hub's own commands and those of the catalog, which change nothing when done twice. */
    public static boolean isExempt(LoggedCommand command) {
        Command kind = command.getCommand();
        return command.getSequence() == 0
                && (command.getDevice().isEmpty() || kind.hasRegister() || kind.hasWithdraw());
    }

    /**
     * Looks the command up and moves its window. Empty: it is new and may be applied. Else the answer: the result of
     * the first time, or why it cannot be answered.
     */
    public static Optional<CommandResult> answered(Transaction state, LoggedCommand command, long nowMillis) {
        byte[] device = device(command);
        long sequence = command.getSequence();
        long first = Math.max(1, command.getFirstUnanswered());
        if (sequence < 1 || first > sequence) {
            return refusal(
                    ErrorCode.BAD_REQUEST,
                    "sequence: " + sequence + " with first unanswered " + command.getFirstUnanswered()
                            + " (expected: 1 <= first unanswered <= sequence).");
        }
        List<Window> windows = windows(state, device);
        Optional<Window> known = windows.stream()
                .filter(window -> window.incarnation() == command.getIncarnation())
                .findFirst();
        if (known.isEmpty() && isOutdated(windows, command)) {
            return refusal(
                    ErrorCode.BELOW_WINDOW,
                    "This command comes from an earlier start of this device, whose answers are forgotten:"
                            + " it is not known whether it was carried out.");
        }
        Window window = known.orElse(new Window(command.getIncarnation(), first));
        if (sequence < window.base()) {
            return refusal(
                    ErrorCode.BELOW_WINDOW,
                    "Command " + sequence + " lies below the window (" + window.base()
                            + "): its answer was given and is forgotten.");
        }
        Window moved = new Window(window.incarnation(), Math.max(window.base(), first));
        if (sequence >= moved.base() + RESULTS_MAX) {
            return refusal(
                    ErrorCode.BUSY,
                    RESULTS_MAX + " commands of this device are unanswered: read their answers before sending more.");
        }
        if (known.isEmpty()) {
            open(state, device, windows, moved, nowMillis);
        } else if (moved.base() > window.base()) {
            dropChunks(state, device, window, moved.base() / CHUNK);
            windows.set(windows.indexOf(window), moved);
            save(state, device, windows);
        }
        return result(state, device, moved.incarnation(), sequence);
    }

    /** Keeps the result for when the same command comes again. */
    public static void record(Transaction state, LoggedCommand command, byte[] result) {
        byte[] key = chunkKey(device(command), command.getIncarnation(), command.getSequence());
        byte[] before = state.get(key).orElse(Tables.NOTHING);
        byte[] chunk = Arrays.copyOf(before, before.length + 1 + Integer.BYTES + result.length);
        ByteBuffer.wrap(chunk, before.length, 1 + Integer.BYTES + result.length)
                .put((byte) (command.getSequence() % CHUNK))
                .putInt(result.length)
                .put(result);
        state.put(key, chunk);
    }

    /** The device is revoked: it asks nothing any more. */
    public static void forget(Transaction state, DeviceId id) {
        byte[] device = id.toBytes();
        windows(state, device).forEach(window -> dropChunks(state, device, window, Long.MAX_VALUE));
        state.delete(windowsKey(device));
    }

    /** Windows of processes that were replaced some time ago go, a bounded number per tick. */
    public static void tick(Transaction state, long nowMillis) {
        List<byte[]> due = new ArrayList<>();
        byte[] until = supersededKey(nowMillis + 1, Tables.NOTHING);
        state.scan(new byte[] {Tables.SUPERSEDED}, until, false, (key, value) -> {
            due.add(key);
            return due.size() < SUPERSEDED_PER_TICK_MAX;
        });
        for (byte[] key : due) {
            state.delete(key);
            byte[] device = Arrays.copyOfRange(key, 1 + Long.BYTES, key.length);
            List<Window> windows = windows(state, device);
            while (windows.size() > 1) {
                dropChunks(state, device, windows.removeFirst(), Long.MAX_VALUE);
            }
            if (!windows.isEmpty()) {
                save(state, device, windows);
            }
        }
    }

    /** Incarnations of a device rise; those of hubs are drawn by chance. */
    private static boolean isOutdated(List<Window> windows, LoggedCommand command) {
        return !command.getDevice().isEmpty()
                && windows.stream()
                        .anyMatch(window -> Long.compareUnsigned(window.incarnation(), command.getIncarnation()) > 0);
    }

    private static void open(Transaction state, byte[] device, List<Window> windows, Window window, long nowMillis) {
        boolean isHub = Arrays.equals(device, HUB);
        windows.add(window);
        if (windows.size() > (isHub ? WINDOWS_OF_HUB_MAX : WINDOWS_PER_DEVICE_MAX)) {
            dropChunks(state, device, windows.removeFirst(), Long.MAX_VALUE);
        }
        if (!isHub && windows.size() > 1) {
            long dueMillis = nowMillis + SUPERSEDED_MILLIS;
            state.put(supersededKey(dueMillis, device), Tables.NOTHING);
        }
        save(state, device, windows);
    }

    /** Deletes the window's chunks below the given one; no more than a full window has. */
    private static void dropChunks(Transaction state, byte[] device, Window window, long untilChunk) {
        long from = window.base() / CHUNK;
        long to = Math.min(untilChunk, from + RESULTS_MAX / CHUNK + 1);
        for (long chunk = from; chunk < to; chunk++) {
            state.delete(chunkKey(device, window.incarnation(), chunk * CHUNK));
        }
    }

    private static Optional<CommandResult> result(Transaction state, byte[] device, long incarnation, long sequence) {
        Optional<byte[]> chunk = state.get(chunkKey(device, incarnation, sequence));
        return chunk.flatMap(kept -> Tables.decoded(kept, in -> result(in, sequence)))
                .map(result -> Records.parse(CommandResult.parser(), result));
    }

    private static Optional<byte[]> result(ByteBuffer in, long sequence) {
        while (in.hasRemaining()) {
            boolean isIt = in.get() == sequence % CHUNK;
            int length = in.getInt();
            if (isIt) {
                byte[] result = new byte[Objects.checkIndex(length, in.remaining() + 1)];
                in.get(result);
                return Optional.of(result);
            }
            in.position(in.position() + length);
        }
        return Optional.empty();
    }

    /** In order of incarnation for devices, of arrival for hubs. */
    private static List<Window> windows(Transaction state, byte[] device) {
        ByteBuffer in = ByteBuffer.wrap(state.get(windowsKey(device)).orElse(Tables.NOTHING));
        List<Window> windows = new ArrayList<>(2);
        while (in.remaining() >= Window.BYTES) {
            windows.add(new Window(in.getLong(), in.getLong()));
        }
        return windows;
    }

    private static void save(Transaction state, byte[] device, List<Window> windows) {
        ByteBuffer out = ByteBuffer.allocate(windows.size() * Window.BYTES);
        windows.forEach(window -> out.putLong(window.incarnation()).putLong(window.base()));
        state.put(windowsKey(device), out.array());
    }

    private static byte[] device(LoggedCommand command) {
        return command.getDevice().isEmpty() ? HUB : command.getDevice().toByteArray();
    }

    private static byte[] windowsKey(byte[] device) {
        return ByteBuffer.allocate(1 + DeviceId.BYTES)
                .put(Tables.WINDOWS)
                .put(device)
                .array();
    }

    private static byte[] chunkKey(byte[] device, long incarnation, long sequence) {
        return ByteBuffer.allocate(1 + DeviceId.BYTES + 2 * Long.BYTES)
                .put(Tables.RESULTS)
                .put(device)
                .putLong(incarnation)
                .putLong(sequence / CHUNK)
                .array();
    }

    private static byte[] supersededKey(long timeMillis, byte[] device) {
        return ByteBuffer.allocate(1 + Long.BYTES + device.length)
                .put(Tables.SUPERSEDED)
                .putLong(timeMillis)
                .put(device)
                .array();
    }

    private static Optional<CommandResult> refusal(ErrorCode code, String sentence) {
        return Optional.of(CommandResult.newBuilder()
                .setProblem(Problem.newBuilder().setCode(code).setMessage(sentence))
                .build());
    }
}
