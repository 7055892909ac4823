package covey.sim;

import covey.env.Clock;
import covey.env.Env;
import covey.env.Loop;
import covey.wire.DeviceId;
import java.security.SecureRandom;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * One virtual machine: its clock, dice, loops and network. A crash drops every task, timer and connection of it at
 * once; what its stores made durable is the caller's to keep. One thread, the world's.
 */
public final class SimHost implements Env {
    /** A task waits this long at most before its loop runs it: enough for other hosts to come between. */
    private static final int TURN_DELAY_NANOS_MAX = 60_000;

    private final SimWorld world;
    private final String address;
    private final SecureRandom random;
    private final Random jitter;
    private long skewMillis;
    private int life;
    /** Open connections of this life. */
    final Set<SimConnection> connections = new LinkedHashSet<>();

    SimHost(SimWorld world, String address, long seed) {
        this.world = world;
        this.address = address;
        this.random = new SeededSecureRandom(seed);
        this.jitter = new Random(seed ^ 0x5DEECE66DL);
    }

    public String address() {
        return address;
    }

    SimWorld world() {
        return world;
    }

    /** The wall clock is so far off from now on; the monotonic one never is. */
    public void skew(long millis) {
        this.skewMillis = millis;
    }

    /** Power loss: nothing of this life runs any more; connections break at the other side. */
    public void crash() {
        life++;
        SimTransport.hostCrashed(world, this);
        for (SimConnection connection : List.copyOf(connections)) {
            connection.hostGone();
        }
        connections.clear();
    }

    /** A transport of the current life. */
    public SimTransport transport(DeviceId device, byte[] publicKey) {
        return new SimTransport(this, device, publicKey);
    }

    int life() {
        return life;
    }

    /** Runs in this life only. */
    SimWorld.Event later(long delayNanos, Runnable action) {
        int born = life;
        return world.schedule(delayNanos, () -> {
            if (life == born) {
                action.run();
            }
        });
    }

    long turnDelayNanos() {
        return jitter.nextInt(TURN_DELAY_NANOS_MAX);
    }

    @Override
    public Clock clock() {
        return new Clock() {
            @Override
            public long wallMillis() {
                return WALL_ORIGIN_MILLIS + world.nowMillis() + skewMillis;
            }

            @Override
            public long monotonicNanos() {
                return world.nowNanos();
            }
        };
    }

    /** 2026-01-01: virtual time starts somewhere plausible. */
    private static final long WALL_ORIGIN_MILLIS = 1_767_225_600_000L;

    @Override
    public SecureRandom random() {
        return random;
    }

    @Override
    public Loop newLoop(String name) {
        return new SimLoop(this);
    }

    @Override
    public void background(String name, Runnable task) {
        later(turnDelayNanos(), task);
    }

    /** Reproducible on purpose; never leaves the simulator. */
    private static final class SeededSecureRandom extends SecureRandom {
        private static final long serialVersionUID = 1L;

        private final Random seeded;

        SeededSecureRandom(long seed) {
            this.seeded = new Random(seed);
        }

        @Override
        public void nextBytes(byte[] bytes) {
            seeded.nextBytes(bytes);
        }

        @Override
        public int nextInt() {
            return seeded.nextInt();
        }

        @Override
        public long nextLong() {
            return seeded.nextLong();
        }
    }
}
