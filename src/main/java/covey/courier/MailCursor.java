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
    /** The lowest place whose item could not even be held. */
    private long refused = Long.MAX_VALUE;

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
        refused = Long.MAX_VALUE;
        acknowledged = 0;
    }

    /** In order; a place not above the last one begins the mailbox anew, from what is acknowledged. */
    void received(long position, boolean isTaken) {
        if (position <= received) {
            refused = Long.MAX_VALUE;
        }
        received = position;
        refused = isTaken ? refused : Math.min(refused, position);
    }

    long acknowledged() {
        return acknowledged;
    }

    /** Acknowledges what is dealt with, once this turn is durable; one command at a time. */
    void acknowledge() {
        if (isAcknowledging) {
            return;
        }
        SortedSet<Long> held = heldPositions.get();
        long upTo = Math.min(received, Math.min(refused, held.isEmpty() ? refused : held.first()) - 1);
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
