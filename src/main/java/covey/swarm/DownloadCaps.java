package covey.swarm;

import covey.wire.DeviceId;
import java.util.LinkedHashMap;

/**
 * What all downloads of a process may take: together, and from each device, however many fetches it serves. Bytes are
 * counted when they are asked for. Any thread; {@code this} guards the buckets.
 */
public final class DownloadCaps {
    /** Devices whose debt is remembered: many times as many as serve at once. */
    private static final int DEVICES_MAX = 1_024;

    /** Who waits looks again every {@link SwarmLimits#TICK_MILLIS}; who does not any more is not waited for. */
    private static final long LOOKS_AGAIN_NANOS = 10 * SwarmLimits.TICK_MILLIS * 1_000_000L;

    private final Queue total;
    private final LinkedHashMap<DeviceId, Queue> each = new LinkedHashMap<>();
    private long eachBytesPerSecond;
    /** Mostly so: then nobody waits for the guard. */
    private volatile boolean isUnlimited;

    /** A bucket before which downloads stand in line: else whoever looks oftener, since more comes in, takes all. */
    private static final class Queue {
        final TokenBucket bucket;
        /** Those who found nothing, and when they looked last; the one that waits longest first. */
        final LinkedHashMap<Object, Long> waiting = new LinkedHashMap<>();

        Queue(long bytesPerSecond, long nowNanos) {
            bucket = new TokenBucket(bytesPerSecond, nowNanos);
        }

        boolean isNext(Object download, long nowNanos) {
            waiting.values().removeIf(looked -> nowNanos - looked > LOOKS_AGAIN_NANOS);
            Object first =
                    waiting.isEmpty() ? download : waiting.keySet().iterator().next();
            if (first.equals(download) && bucket.isReady(nowNanos)) {
                waiting.remove(download);
                return true;
            }
            waiting.put(download, nowNanos);
            return false;
        }
    }

    /** Bytes per second; 0 limits nothing. */
    public DownloadCaps(long totalBytesPerSecond, long eachBytesPerSecond, long nowNanos) {
        this.total = new Queue(totalBytesPerSecond, nowNanos);
        this.eachBytesPerSecond = eachBytesPerSecond;
        this.isUnlimited = totalBytesPerSecond == 0 && eachBytesPerSecond == 0;
    }

    /** From now on. */
    public synchronized void rates(long totalBytesPerSecond, long newEachBytesPerSecond, long nowNanos) {
        total.bucket.rate(totalBytesPerSecond, nowNanos);
        eachBytesPerSecond = newEachBytesPerSecond;
        each.values().forEach(queue -> queue.bucket.rate(newEachBytesPerSecond, nowNanos));
        isUnlimited = totalBytesPerSecond == 0 && newEachBytesPerSecond == 0;
    }

    /** True when something may be asked of the device now. */
    boolean isReady(DeviceId device, long nowNanos) {
        if (isUnlimited) {
            return true;
        }
        synchronized (this) {
            return total.bucket.isReady(nowNanos) && of(device, nowNanos).bucket.isReady(nowNanos);
        }
    }

    /** True when it may be asked by this download, however much: it is its turn, and was if it asks for nothing. */
    boolean isNext(Object download, DeviceId device, long nowNanos) {
        if (isUnlimited) {
            return true;
        }
        synchronized (this) {
            if (of(device, nowNanos).isNext(download, nowNanos)) {
                return total.isNext(download, nowNanos);
            }
            total.waiting.remove(download);
            return false;
        }
    }

    void take(DeviceId device, long bytes, long nowNanos) {
        if (!isUnlimited) {
            synchronized (this) {
                total.bucket.take(bytes, nowNanos);
                of(device, nowNanos).bucket.take(bytes, nowNanos);
            }
        }
    }

    /** It was asked for, and nothing of it comes. */
    void giveBack(DeviceId device, long bytes, long nowNanos) {
        if (!isUnlimited) {
            synchronized (this) {
                total.bucket.giveBack(bytes, nowNanos);
                of(device, nowNanos).bucket.giveBack(bytes, nowNanos);
            }
        }
    }

    private Queue of(DeviceId device, long nowNanos) {
        Queue queue = each.computeIfAbsent(device, _ -> new Queue(eachBytesPerSecond, nowNanos));
        each.putLast(device, queue);
        if (each.size() > DEVICES_MAX) {
            each.pollFirstEntry();
        }
        return queue;
    }
}
