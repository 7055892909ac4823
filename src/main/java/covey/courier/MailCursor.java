package covey.courier;

import covey.wire.proto.Command;
import covey.wire.proto.MailAck;
import java.util.SortedSet;
import java.util.function.Supplier;

/** How far the own mailbox is dealt with: what is acknowledged there is stored here, or will never be of use. */
final class MailCursor {
    private final Station station;
    private final Supplier<SortedSet<Long>> heldPositions;
    private long received;
    private long acknowledged;
    private boolean isAcknowledging;

    /** @param heldPositions items that came and are not dealt with yet */
    MailCursor(Station station, Supplier<SortedSet<Long>> heldPositions) {
        this.station = station;
        this.heldPositions = heldPositions;
    }

    /** A new session: the hub pushes from what it knows to be acknowledged, and a restored hub counts anew. */
    void startOver() {
        received = 0;
        acknowledged = 0;
    }

    void received(long position) {
        received = Math.max(received, position);
    }

    /** Acknowledges what is dealt with, once this turn is durable; one command at a time. */
    void acknowledge() {
        if (isAcknowledging) {
            return;
        }
        SortedSet<Long> held = heldPositions.get();
        long upTo = held.isEmpty() ? received : Math.min(received, held.first() - 1);
        if (upTo <= acknowledged) {
            return;
        }
        isAcknowledging = true;
        Command command = Command.newBuilder()
                .setMailAck(MailAck.newBuilder().setUpTo(upTo))
                .build();
        station.turn.mustSurvive();
        station.turn.after(() -> station.command(command, result -> {
            isAcknowledging = false;
            if (!result.hasProblem()) {
                acknowledged = Math.max(acknowledged, upTo);
                acknowledge();
            }
        }));
    }
}
