package covey.bench;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import covey.hub.HubState;
import covey.store.MemoryStore;
import covey.store.RocksStore;
import covey.store.Sha256;
import covey.store.StoreFactory;
import covey.wire.DeviceId;
import covey.wire.proto.BootNetwork;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.Deposit;
import covey.wire.proto.DeviceMail;
import covey.wire.proto.EnrolAccount;
import covey.wire.proto.LogBatch;
import covey.wire.proto.LoggedCommand;
import covey.wire.proto.MailAck;
import covey.wire.proto.RegistrationPolicy;
import covey.wire.proto.ResultBatch;
import covey.wire.proto.Roster;
import covey.wire.proto.RosterProof;
import covey.wire.proto.SignedRoster;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;

/** The hub's state alone, without log and network: commands applied per CPU second. */
final class Apply implements Verb {
    private static final int COMMANDS_PER_ENTRY = 256;
    private static final int ENVELOPE_BYTES = 512;

    /** Unanswered commands of one device, as a peer has them. */
    private static final int IN_FLIGHT = 8;

    private static final String PASSWORD_HASH = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA";

    @Override
    public String name() {
        return "apply";
    }

    @Override
    public void run(Run run) {
        int users = run.number("users", run.pick(2_000, 50));
        int entries = run.number("entries", run.pick(800, 4));
        Table table = new Table();
        table.row(List.of("store", "command", "applied", "per s", "per CPU-s of apply", "per CPU-s of all"));
        StoreFactory rocks = RocksStore.factory(RocksStore.Options.replicated());
        for (String store : List.of("RocksDB", "heap")) {
            StoreFactory stores = store.equals("heap") ? MemoryStore.factory() : rocks;
            // Once to warm up: a hub runs for months.
            for (boolean isWarm : new boolean[] {false, true}) {
                try (HubState state = new HubState(run.scratch().resolve("live"), stores)) {
                    Applier applier = new Applier(state, users);
                    Figures deposits = applier.measure(entries, applier::deposit);
                    Figures acks = applier.measure(Math.max(1, users / COMMANDS_PER_ENTRY), applier::acknowledge);
                    if (isWarm) {
                        table.row(deposits.row(store, "deposit of " + ENVELOPE_BYTES + " bytes"));
                        table.row(acks.row(store, "ack of " + entries * COMMANDS_PER_ENTRY / users + " mails"));
                    }
                }
            }
        }
        System.out.println(table);
    }

    private record Figures(long count, long wallNanos, long applyNanos, long processNanos) {
        List<String> row(String store, String command) {
            return List.of(store, command, "" + count, per(wallNanos), per(applyNanos), per(processNanos));
        }

        private String per(long nanos) {
            return String.format("%,d", count * 1_000_000_000L / Math.max(1, nanos));
        }
    }

    /** A network of users with one device each; everybody writes to everybody. */
    private static final class Applier {
        private final HubState state;
        private final List<DeviceId> devices = new ArrayList<>();
        private final long[] sequences;
        private final ByteString envelope;

        Applier(HubState state, int users) {
            this.state = state;
            sequences = new long[users];
            byte[] bytes = new byte[ENVELOPE_BYTES];
            new Random(1).nextBytes(bytes);
            envelope = ByteString.copyFrom(bytes);
            apply(entry(List.of(LoggedCommand.newBuilder().setCommand(boot()).build())));
            for (int i = 0; i < users; i++) {
                ByteString key = ByteString.copyFromUtf8("device of user" + i);
                devices.add(DeviceId.of(Sha256.of(key.toByteArray())));
                Command join = Command.newBuilder()
                        .setEnrolAccount(EnrolAccount.newBuilder()
                                .setAccount("user" + i)
                                .setPublicKey(key)
                                .setPasswordHash(PASSWORD_HASH))
                        .build();
                apply(entry(List.of(LoggedCommand.newBuilder().setCommand(join).build())));
            }
        }

        private static Command boot() {
            SignedRoster roster = SignedRoster.newBuilder()
                    .setRoster(Roster.newBuilder().setEpoch(1).build().toByteString())
                    .build();
            return Command.newBuilder()
                    .setBootNetwork(BootNetwork.newBuilder()
                            .setRoster(RosterProof.newBuilder()
                                    .setRootPublicKey(ByteString.copyFromUtf8("root"))
                                    .addChain(roster))
                            .setRegistration(RegistrationPolicy.OPEN)
                            .setOperatorPublicKey(ByteString.copyFromUtf8("operator")))
                    .build();
        }

        LoggedCommand deposit(int n) {
            int from = n % devices.size();
            int to = (int) ((n * 7919L + 13) % devices.size());
            to = to == from ? (to + 1) % devices.size() : to;
            Deposit deposit = Deposit.newBuilder()
                    .setMessageId(ByteString.copyFrom(
                            ByteBuffer.allocate(16).putLong(1).putLong(n).array()))
                    .setToAccount("user" + to)
                    .addMails(DeviceMail.newBuilder()
                            .setDevice(devices.get(to).toByteString())
                            .setEnvelope(envelope))
                    .build();
            return logged(from, Command.newBuilder().setDeposit(deposit).build());
        }

        /** Of everything that waits for the device. */
        LoggedCommand acknowledge(int n) {
            int device = n % devices.size();
            var mail = state.mail(devices.get(device), 0, Integer.MAX_VALUE);
            long last = mail.isEmpty() ? 0 : mail.getLast().getPosition();
            return logged(
                    device,
                    Command.newBuilder()
                            .setMailAck(MailAck.newBuilder().setUpTo(last))
                            .build());
        }

        private LoggedCommand logged(int device, Command command) {
            long sequence = ++sequences[device];
            return LoggedCommand.newBuilder()
                    .setTimeMillis(1_000_000)
                    .setRandomness(ByteString.copyFrom(new byte[16]))
                    .setDevice(devices.get(device).toByteString())
                    .setIncarnation(1)
                    .setSequence(sequence)
                    .setFirstUnanswered(Math.max(1, sequence - IN_FLIGHT))
                    .setCommand(command)
                    .build();
        }

        Figures measure(int entries, IntFunction<LoggedCommand> commands) {
            List<byte[]> log = new ArrayList<>();
            for (int i = 0; i < entries; i++) {
                List<LoggedCommand> batch = new ArrayList<>();
                for (int k = 0; k < COMMANDS_PER_ENTRY; k++) {
                    batch.add(commands.apply(i * COMMANDS_PER_ENTRY + k));
                }
                log.add(entry(batch));
            }
            var thread = ManagementFactory.getThreadMXBean();
            var process = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
            long wall = System.nanoTime();
            long apply = thread.getCurrentThreadCpuTime();
            long all = process.getProcessCpuTime();
            log.forEach(this::apply);
            return new Figures(
                    (long) entries * COMMANDS_PER_ENTRY,
                    System.nanoTime() - wall,
                    thread.getCurrentThreadCpuTime() - apply,
                    process.getProcessCpuTime() - all);
        }

        private static byte[] entry(List<LoggedCommand> commands) {
            return LogBatch.newBuilder()
                    .setLevel(HubState.LEVEL)
                    .addAllCommands(commands)
                    .build()
                    .toByteArray();
        }

        private void apply(byte[] entry) {
            byte[] results = state.apply(1, state.appliedIndex() + 1, entry);
            try {
                for (CommandResult result : ResultBatch.parseFrom(results).getResultsList()) {
                    if (result.hasProblem()) {
                        throw new IllegalStateException("refused: " + result);
                    }
                }
            } catch (InvalidProtocolBufferException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
