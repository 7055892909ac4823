package covey.peer;

import covey.transport.Connection;
import covey.transport.Handover;
import covey.transport.Heartbeat;
import covey.wire.DeviceId;
import covey.wire.proto.GoodbyeReason;

/** One direct connection with another device, made by either side. Owned by the loop. */
final class Link {
    final Connection connection;
    final boolean isDialledHere;
    final Heartbeat heartbeat;
    final long openedMillis;
    final long sinceMillis;
    /** LINK_HELLO came and was good. */
    boolean isReady;

    Link(Self self, Connection connection, boolean isDialledHere) {
        this.connection = connection;
        this.isDialledHere = isDialledHere;
        this.heartbeat = new Heartbeat(self.env().clock(), connection);
        this.openedMillis = self.now();
        this.sinceMillis = self.wall();
    }

    DeviceId device() {
        return connection.device();
    }

    void close(GoodbyeReason reason, String why) {
        connection.close(Handover.goodbye(reason, why));
    }

    /**
     * Two devices that dial each other at once get two links. Both keep the one dialled by the device with the lower
     * id; of two dialled by the same side, the newer.
     */
    boolean isKeptOver(Link older, DeviceId self) {
        if (isDialledHere == older.isDialledHere) {
            return true;
        }
        boolean isLowerHere = self.compareTo(device()) < 0;
        return isDialledHere == isLowerHere;
    }
}
