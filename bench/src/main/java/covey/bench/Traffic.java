package covey.bench;

import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Messages between the users of a crowd, in the patterns whose figures are compared. */
final class Traffic {
    private final Crowd crowd;
    private final Server server;

    Traffic(Crowd crowd, Server server) {
        this.crowd = crowd;
        this.server = server;
    }

    /**
     * What a pattern gave while it was measured.
     *
     * @param perSecond messages or deliveries that arrived
     * @param perServerSecond the same per second of the server's processor time
     * @param latencies send to arrival; of announcements, to the last arrival
     * @param othersShare part of the machine that neither server nor client used but somebody else
     */
    record Rate(double perSecond, double perServerSecond, Histogram latencies, double othersShare) {}

    /** One message at a time, from anybody to anybody. */
    Histogram oneAtATime(int count) {
        OneAtATime pattern = new OneAtATime(count);
        crowd.hearing(pattern);
        crowd.run(pattern::next);
        crowd.await(pattern.done, "messages one at a time");
        return pattern.latencies;
    }

    /** So many messages on their way all the time, from anybody to anybody. */
    Rate inFlight(int window, long warmMillis, long millis) {
        return measure(new Stream(window, false), warmMillis, millis);
    }

    /** So many announcements on their way all the time; what is counted is deliveries. */
    Rate fanOut(int window, long warmMillis, long millis) {
        return measure(new Stream(window, true), warmMillis, millis);
    }

    private Rate measure(Stream stream, long warmMillis, long millis) {
        crowd.hearing(stream);
        crowd.run(stream::begin);
        pause(warmMillis);
        crowd.run(() -> stream.isMeasured = true);
        Sample before = Sample.take(server, stream.arrived.get());
        pause(millis);
        Sample after = Sample.take(server, stream.arrived.get());
        crowd.run(() -> stream.isStopping = true);
        crowd.await(stream.drained, "messages in flight");
        return after.since(before, stream.latencies);
    }

    private void pause(long millis) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        for (long left = millis; left > 0; left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())) {
            Server.pause(Math.min(left, 50));
            crowd.check();
        }
    }

    private record Sample(long nanos, long arrived, double serverSeconds, double ownSeconds, double busySeconds) {
        static Sample take(Server server, long arrived) {
            return new Sample(
                    System.nanoTime(),
                    arrived,
                    server.cpuSeconds(),
                    Machine.cpuSeconds(ProcessHandle.current().pid()),
                    Machine.busySeconds());
        }

        Rate since(Sample before, Histogram latencies) {
            double seconds = (nanos - before.nanos) / 1e9;
            long count = arrived - before.arrived;
            double server = serverSeconds - before.serverSeconds;
            double others = busySeconds - before.busySeconds - server - (ownSeconds - before.ownSeconds);
            double share = Math.max(0, others) / (seconds * Machine.cores());
            return new Rate(count / seconds, count / server, latencies, share);
        }
    }

    /** Owned by the crowd's thread. */
    private final class OneAtATime implements Crowd.Hearing {
        private final SplittableRandom random = new SplittableRandom(1);
        private final Histogram latencies = new Histogram();
        private final CountDownLatch done = new CountDownLatch(1);
        private int left;
        private int expected;
        private long sentNanos;

        OneAtATime(int count) {
            this.left = count;
        }

        void next() {
            int from = random.nextInt(crowd.present());
            int to = (from + 1 + random.nextInt(crowd.present() - 1)) % crowd.present();
            expected++;
            sentNanos = System.nanoTime();
            crowd.say(from, to, expected);
        }

        @Override
        public void heard(int user, int tag) {
            long now = System.nanoTime();
            if (tag != expected) {
                crowd.fail("message " + tag + " arrived (expected: " + expected + ")", new IllegalStateException());
                return;
            }
            latencies.record(now - sentNanos);
            if (--left > 0) {
                next();
            } else {
                done.countDown();
            }
        }
    }

    /** A window of messages; whatever arrives makes the next one leave. Owned by the crowd's thread. */
    private final class Stream implements Crowd.Hearing {
        private final SplittableRandom random = new SplittableRandom(2);
        private final boolean isToAll;
        private final int copies;
        private final long[] sentNanos;
        private final int[] missing;
        private final AtomicLong arrived = new AtomicLong();
        private final Histogram latencies = new Histogram();
        private final CountDownLatch drained;
        private boolean isMeasured;
        private boolean isStopping;

        Stream(int window, boolean isToAll) {
            this.isToAll = isToAll;
            this.copies = isToAll ? crowd.audience() : 1;
            this.sentNanos = new long[window];
            this.missing = new int[window];
            this.drained = new CountDownLatch(window);
        }

        void begin() {
            for (int slot = 0; slot < missing.length; slot++) {
                send(slot);
            }
        }

        private void send(int slot) {
            missing[slot] = copies;
            sentNanos[slot] = System.nanoTime();
            if (isToAll) {
                crowd.announce(slot);
            } else {
                int from = random.nextInt(crowd.present());
                crowd.say(from, (from + 1 + random.nextInt(crowd.present() - 1)) % crowd.present(), slot);
            }
        }

        @Override
        public void heard(int user, int slot) {
            arrived.setRelease(arrived.getPlain() + 1);
            if (--missing[slot] > 0) {
                return;
            }
            if (isMeasured) {
                latencies.record(System.nanoTime() - sentNanos[slot]);
            }
            if (isStopping) {
                drained.countDown();
            } else {
                send(slot);
            }
        }
    }
}
