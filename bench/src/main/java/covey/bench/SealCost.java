package covey.bench;

import covey.env.Env;
import covey.identity.DeviceKeys;
import covey.identity.Prekey;
import covey.identity.Session;
import covey.wire.proto.Body;
import covey.wire.proto.Envelope;
import covey.wire.proto.Text;
import java.util.Arrays;

/** What sealing costs per message and device: the medians of slices, so that what runs beside does not count. */
final class SealCost {
    private static final int SLICES = 20;

    private final Results results;
    private final DeviceKeys alice = DeviceKeys.generate(Env.system());
    private final DeviceKeys bob = DeviceKeys.generate(Env.system());
    private final Prekey prekey = Prekey.generate(Env.system(), bob, 1, 0);
    private final byte[] id = new byte[16];
    private final byte[] body = Body.newBuilder()
            .setSentMillis(1_700_000_000_000L)
            .setText(Text.newBuilder().setText("x".repeat(64)))
            .build()
            .toByteArray();

    SealCost(Results results) {
        this.results = results;
    }

    void measure(int count) {
        Session sending = open();
        Envelope first = sending.seal(id, 1, 1, 1, body, true);
        Session receiving = Session.accept(bob, alice.publicKey(), prekey, first);
        receiving.open(first);
        double[] sealNanos = new double[SLICES];
        double[] openNanos = new double[SLICES];
        Envelope[] sealed = new Envelope[Math.max(1, count / SLICES)];
        // The first half of the slices only warms up.
        for (int slice = 0; slice < 2 * SLICES; slice++) {
            long began = System.nanoTime();
            for (int i = 0; i < sealed.length; i++) {
                sealed[i] = sending.seal(id, 1, i, 1, body, false);
                sealed[i].toByteArray();
            }
            sealNanos[slice % SLICES] = (double) (System.nanoTime() - began) / sealed.length;
            began = System.nanoTime();
            for (Envelope envelope : sealed) {
                receiving.open(envelope);
            }
            openNanos[slice % SLICES] = (double) (System.nanoTime() - began) / sealed.length;
        }
        results.lower("per message and device", "seal and encode", "us", "seal", median(sealNanos) / 1e3);
        results.lower("per message and device", "open", "us", "seal", median(openNanos) / 1e3);
        results.lower(
                "per message and device", "envelope of 64 characters", "B", "seal", sealed[0].getSerializedSize());
        results.lower("per message and device", "the first ones", "B", "seal", first.getSerializedSize());
        sessions(Math.max(2, count / 100), first);
    }

    private void sessions(int count, Envelope first) {
        double[] startNanos = new double[count];
        double[] acceptNanos = new double[count];
        for (int i = 0; i < count; i++) {
            long began = System.nanoTime();
            open();
            startNanos[i] = System.nanoTime() - began;
            began = System.nanoTime();
            Session.accept(bob, alice.publicKey(), prekey, first);
            acceptNanos[i] = System.nanoTime() - began;
        }
        results.lower("per pair of devices and prekey", "start a session", "us", "seal", median(startNanos) / 1e3);
        results.lower("per pair of devices and prekey", "accept a session", "us", "seal", median(acceptNanos) / 1e3);
    }

    private Session open() {
        return Session.start(Env.system(), alice, bob.publicKey(), prekey.published(), 2, 0);
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
