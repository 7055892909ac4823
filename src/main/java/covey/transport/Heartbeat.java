package covey.transport;

import covey.env.Clock;
import covey.wire.Frame;
import covey.wire.Messages;
import covey.wire.proto.FrameType;
import covey.wire.proto.Ping;

/** Finds out that the other side of a connection is gone, and how long a round trip takes. One thread. */
public final class Heartbeat {
    /** Between two PINGs, also while frames arrive: the other side counts this side's silence too. */
    public static final long PING_MILLIS = 10_000;

    /** Silence after which the connection is given up: two PINGs were not answered. */
    public static final long DEAD_MILLIS = 25_000;

    private final Clock clock;
    private final Connection connection;
    private long heardMillis;
    private long pingedMillis;
    private long nonce;
    private long rttMillis = -1;

    public Heartbeat(Clock clock, Connection connection) {
        this.clock = clock;
        this.connection = connection;
        heardMillis = clock.monotonicMillis();
        pingedMillis = heardMillis;
    }

    /** To be called for every frame that arrives. */
    public void heard() {
        heardMillis = clock.monotonicMillis();
    }

    public void ping() {
        nonce++;
        pingedMillis = clock.monotonicMillis();
        connection.send(
                Frame.of(FrameType.PING, 0, Ping.newBuilder().setNonce(nonce).build()));
    }

    /** Answers the other side's PING. */
    public void answer(Frame ping) {
        connection.send(
                new Frame(ping.header().toBuilder().setType(FrameType.PONG).build(), ping.payload()));
    }

    public void pong(Frame pong) {
        if (Messages.as(pong, Ping.class).getNonce() == nonce) {
            rttMillis = clock.monotonicMillis() - pingedMillis;
        }
    }

    /** Last measured round trip; -1 = none yet. */
    public long rttMillis() {
        return rttMillis;
    }

    /** To be called every second or so: pings when it is time; false when nobody is there any more. */
    public boolean isAlive() {
        long now = clock.monotonicMillis();
        if (now - heardMillis >= DEAD_MILLIS) {
            return false;
        }
        if (now - pingedMillis >= PING_MILLIS) {
            ping();
        }
        return true;
    }
}
