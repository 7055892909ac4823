package covey.cluster;

import com.google.protobuf.ByteString;
import covey.wire.proto.Command;
import covey.wire.proto.LogBatch;
import covey.wire.proto.LoggedCommand;
import covey.wire.proto.RoomPost;
import java.util.SplittableRandom;

/** Commands with identities of their own, for {@link LedgerMachine}. */
final class Ledger {
    static final ByteString DEVICE = ByteString.copyFrom(new byte[32]);

    private Ledger() {}

    /** About 300 bytes, as a sealed message to an offline device. */
    static LoggedCommand.Builder command(long incarnation, long sequence) {
        return LoggedCommand.newBuilder()
                .setDevice(DEVICE)
                .setIncarnation(incarnation)
                .setSequence(sequence)
                .setCommand(body(incarnation * 31 + sequence, 240));
    }

    static byte[] entry(long incarnation, long sequence) {
        return LogBatch.newBuilder()
                .setLevel(1)
                .addCommands(command(incarnation, sequence))
                .build()
                .toByteArray();
    }

    static byte[] entry(long incarnation, long sequence, int bytes) {
        return LogBatch.newBuilder()
                .setLevel(1)
                .addCommands(command(incarnation, sequence).setCommand(body(sequence, bytes)))
                .build()
                .toByteArray();
    }

    /** As if sealed: cannot be compressed. */
    private static Command body(long seed, int bytes) {
        byte[] body = new byte[bytes];
        new SplittableRandom(seed).nextBytes(body);
        return Command.newBuilder()
                .setRoomPost(RoomPost.newBuilder().setRoom(ByteString.copyFrom(body)))
                .build();
    }
}
