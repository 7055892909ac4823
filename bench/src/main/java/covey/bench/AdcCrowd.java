package covey.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.bouncycastle.crypto.digests.TigerDigest;

/** Speaks as much of ADC (the protocol of Direct Connect hubs) as the scenarios need. */
final class AdcCrowd extends NioCrowd {
    private static final int SID_BYTES = 4;

    private static final byte[] DIRECT = "DMSG AAAA BBBB ".getBytes(US_ASCII);
    private static final byte[] BROADCAST = "BMSG AAAA ".getBytes(US_ASCII);

    private static final int ANNOUNCER = 0;
    private static final char[] BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".toCharArray();

    private final byte[][] sids;
    private final int[] known;
    private byte[] body = {};

    AdcCrowd(InetSocketAddress address, int users) {
        super(address, users);
        this.sids = new byte[users][];
        this.known = new int[users];
        begin();
    }

    @Override
    void bodyBytes(int bytes) {
        body = (new String(body(bytes), US_ASCII) + "\n").getBytes(US_ASCII);
    }

    @Override
    void enter(int user) {
        known[user] = 0;
        sids[user] = null;
        send(link(user), "HSUP ADBASE ADTIGR\n".getBytes(US_ASCII));
    }

    @Override
    void say(int from, int to, int tag) {
        byte[] head = DIRECT.clone();
        System.arraycopy(sids[from], 0, head, 5, SID_BYTES);
        System.arraycopy(sids[to], 0, head, 10, SID_BYTES);
        send(link(from), head, body, 0, tag);
    }

    @Override
    void announce(int tag) {
        byte[] head = BROADCAST.clone();
        System.arraycopy(sids[ANNOUNCER], 0, head, 5, SID_BYTES);
        send(link(ANNOUNCER), head, body, 0, tag);
    }

    @Override
    int parse(Link link, byte[] bytes, int from, int to) {
        int at = from;
        for (int i = from; i < to; i++) {
            if (bytes[i] == '\n') {
                line(link, bytes, at, i);
                at = i + 1;
            }
        }
        return at;
    }

    private void line(Link link, byte[] bytes, int from, int end) {
        if (end - from < 4) {
            return;
        }
        int kind = bytes[from] << 24 | bytes[from + 1] << 16 | bytes[from + 2] << 8 | bytes[from + 3];
        switch (kind) {
            case 'D' << 24 | 'M' << 16 | 'S' << 8 | 'G' -> heard(link.user, tag(bytes, from + DIRECT.length));
            case 'B' << 24 | 'M' << 16 | 'S' << 8 | 'G' -> heard(link.user, tag(bytes, from + BROADCAST.length));
            case 'B' << 24 | 'I' << 16 | 'N' << 8 | 'F' -> present(link, bytes, from);
            case 'I' << 24 | 'S' << 16 | 'I' << 8 | 'D' -> identify(link, bytes, from);
            case 'I' << 24 | 'S' << 16 | 'T' << 8 | 'A' -> refused(new String(bytes, from, end - from, US_ASCII));
            default -> {
                // ISUP, IINF, IMSG: nothing to do.
            }
        }
    }

    private void refused(String status) {
        // "ISTA 0xx" is a success.
        if (status.length() < 6 || status.charAt(5) != '0') {
            fail("uhub: " + status, new IOException("refused"));
        }
    }

    private void identify(Link link, byte[] bytes, int from) {
        byte[] sid = Arrays.copyOfRange(bytes, from + 5, from + 5 + SID_BYTES);
        sids[link.user] = sid;
        byte[] pid = new byte[24];
        new SplittableRandom(link.user).nextBytes(pid);
        TigerDigest tiger = new TigerDigest();
        tiger.update(pid, 0, pid.length);
        byte[] cid = new byte[tiger.getDigestSize()];
        tiger.doFinal(cid, 0);
        String inf = "BINF %s ID%s PD%s NIuser%d SL1 SS0 SF0 HN1 HR0 HO0 VEbench\\s1 SUTCP4\n"
                .formatted(new String(sid, US_ASCII), base32(cid), base32(pid), link.user);
        send(link, inf.getBytes(US_ASCII));
    }

    /** A line about a user that is here; one's own comes after those of all who were here before. */
    private void present(Link link, byte[] bytes, int from) {
        byte[] sid = sids[link.user];
        if (sid != null && Arrays.equals(bytes, from + 5, from + 5 + SID_BYTES, sid, 0, SID_BYTES)) {
            entered(link.user);
        }
        if (++known[link.user] == present()) {
            informed(link.user);
        }
    }

    private static String base32(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        int buffer = 0;
        int bits = 0;
        for (byte each : bytes) {
            buffer = buffer << 8 | each & 0xff;
            bits += 8;
            while (bits >= 5) {
                bits -= 5;
                text.append(BASE32[buffer >>> bits & 31]);
            }
            buffer &= (1 << bits) - 1;
        }
        return bits == 0
                ? text.toString()
                : text.append(BASE32[buffer << (5 - bits) & 31]).toString();
    }
}
