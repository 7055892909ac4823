package covey.hub;

import com.google.protobuf.ByteString;
import covey.store.MemoryStore;
import covey.store.RocksStore;
import covey.store.StoreFactory;
import covey.wire.DeviceId;
import covey.wire.proto.Command;
import covey.wire.proto.Deposit;
import covey.wire.proto.DeviceMail;
import covey.wire.proto.LogBatch;
import covey.wire.proto.LoggedCommand;
import covey.wire.proto.RegistrationPolicy;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How many deposits one core applies: run by hand. Arguments: accounts, batches, envelope bytes. */
final class DepositSpeed {
    private static final int BATCH = 256;

    private DepositSpeed() {}

    public static void main(String[] args) throws Exception {
        int accounts = Integer.parseInt(args[0]);
        int batches = Integer.parseInt(args[1]);
        int bytes = Integer.parseInt(args[2]);
        boolean isHeap = args.length > 3;
        Path folder = Files.createTempDirectory("deposits");
        StoreFactory stores = isHeap ? MemoryStore.factory() : RocksStore.factory(RocksStore.Options.replicated());
        try (World world = new World(stores, folder.resolve("live"))) {
            world.ok(world.asHub(World.boot(RegistrationPolicy.OPEN)));
            List<DeviceId> devices = new ArrayList<>();
            for (int i = 0; i < accounts; i++) {
                devices.add(world.join("user" + i));
            }
            run(world, devices, batches / 4, bytes, 1);
            run(world, devices, batches, bytes, 2);
        }
    }

    private static void run(World world, List<DeviceId> devices, int batches, int bytes, long incarnation) {
        List<byte[]> entries = new ArrayList<>();
        long[] sequences = new long[devices.size()];
        byte[] envelope = new byte[bytes];
        new java.util.Random(incarnation).nextBytes(envelope);
        int n = 0;
        for (int b = 0; b < batches; b++) {
            LogBatch.Builder batch = LogBatch.newBuilder().setLevel(1);
            for (int i = 0; i < BATCH; i++, n++) {
                int from = n % devices.size();
                int to = (int) ((n * 7919L + 13) % devices.size());
                if (to == from) {
                    to = (to + 1) % devices.size();
                }
                long sequence = ++sequences[from];
                batch.addCommands(LoggedCommand.newBuilder()
                        .setTimeMillis(2_000_000 + n)
                        .setRandomness(ByteString.copyFrom(new byte[16]))
                        .setDevice(devices.get(from).toByteString())
                        .setIncarnation(incarnation)
                        .setSequence(sequence)
                        .setFirstUnanswered(Math.max(1, sequence - 4))
                        .setCommand(Command.newBuilder()
                                .setDeposit(Deposit.newBuilder()
                                        .setMessageId(ByteString.copyFrom(ByteBuffer.allocate(16)
                                                .putLong(incarnation)
                                                .putLong(n)
                                                .array()))
                                        .setToAccount("user" + to)
                                        .addMails(DeviceMail.newBuilder()
                                                .setDevice(devices.get(to).toByteString())
                                                .setEnvelope(ByteString.copyFrom(envelope))))));
            }
            entries.add(batch.build().toByteArray());
        }
        long index = world.state.appliedIndex();
        var threads = java.lang.management.ManagementFactory.getThreadMXBean();
        var system = (com.sun.management.OperatingSystemMXBean)
                java.lang.management.ManagementFactory.getOperatingSystemMXBean();
        long start = System.nanoTime();
        long startCpu = threads.getCurrentThreadCpuTime();
        long startProcess = system.getProcessCpuTime();
        for (byte[] entry : entries) {
            byte[] result = world.state.apply(1, ++index, entry);
            if (entry == entries.getFirst() || entry == entries.getLast()) {
                check(result);
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        double cpu = (threads.getCurrentThreadCpuTime() - startCpu) / 1e9;
        double process = (system.getProcessCpuTime() - startProcess) / 1e9;
        System.out.printf(
                "%d deposits of %d bytes: %.2f s, %.0f/s; %.0f per CPU second of the applying thread, %.0f of all%n",
                n, bytes, seconds, n / seconds, n / cpu, n / process);
    }

    private static void check(byte[] results) {
        try {
            long failed = covey.wire.proto.ResultBatch.parseFrom(results).getResultsList().stream()
                    .filter(covey.wire.proto.CommandResult::hasProblem)
                    .count();
            if (failed > 0) {
                throw new IllegalStateException(failed + " deposits refused: "
                        + covey.wire.proto.ResultBatch.parseFrom(results).getResults(0));
            }
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }
}
