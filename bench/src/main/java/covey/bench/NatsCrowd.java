package covey.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * Speaks as much of the NATS client protocol as the scenarios need: every user subscribes to a subject of its own and
 * to one for all. NATS has no presence: whoever is logged in knows nobody.
 */
final class NatsCrowd extends NioCrowd {
    private static final byte[] LOGIN_HEAD =
            "CONNECT {\"verbose\":false,\"pedantic\":false,\"lang\":\"bench\",\"version\":\"1\",\"protocol\":1}\r\n"
                    .getBytes(US_ASCII);
    private static final int ANNOUNCER = 0;

    private final byte[][] toUser;
    private byte[] toAll = {};
    private byte[] body = {};

    NatsCrowd(InetSocketAddress address, int users) {
        super(address, users);
        this.toUser = new byte[users][];
        begin();
    }

    @Override
    void bodyBytes(int bytes) {
        for (int user = 0; user < users; user++) {
            toUser[user] = ("PUB u." + user + " " + bytes + "\r\n").getBytes(US_ASCII);
        }
        toAll = ("PUB all " + bytes + "\r\n").getBytes(US_ASCII);
        body = (new String(body(bytes), US_ASCII) + "\r\n").getBytes(US_ASCII);
    }

    @Override
    void enter(int user) {
        send(link(user), LOGIN_HEAD);
        send(link(user), ("SUB u." + user + " 1\r\nSUB all 2\r\nPING\r\n").getBytes(US_ASCII));
    }

    @Override
    void say(int from, int to, int tag) {
        send(link(from), toUser[to], body, 0, tag);
    }

    @Override
    void announce(int tag) {
        send(link(ANNOUNCER), toAll, body, 0, tag);
    }

    @Override
    int parse(Link link, byte[] bytes, int from, int to) {
        int at = from;
        while (at < to) {
            int end = lineEnd(bytes, at, to);
            if (end < 0) {
                return at;
            }
            int next = end + 1;
            switch (bytes[at]) {
                case 'M' -> {
                    int bodyBytes = lastNumber(bytes, end);
                    next += bodyBytes + 2;
                    if (next > to) {
                        return at;
                    }
                    heard(link.user, tag(bytes, end + 1));
                }
                case 'P' -> pingOrPong(link, bytes[at + 1]);
                case '-' ->
                    fail("nats-server: " + new String(bytes, at, end - at, US_ASCII), new IOException("refused"));
                default -> {
                    // INFO, +OK: nothing to do.
                }
            }
            at = next;
        }
        return at;
    }

    private void pingOrPong(Link link, byte second) {
        if (second == 'I') {
            send(link, "PONG\r\n".getBytes(US_ASCII));
        } else {
            entered(link.user);
            informed(link.user);
        }
    }

    private static int lineEnd(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] == '\n') {
                return i;
            }
        }
        return -1;
    }

    /** The number at the end of a line that ends with CR LF, LF being at {@code end}. */
    private static int lastNumber(byte[] bytes, int end) {
        int value = 0;
        int weight = 1;
        for (int i = end - 2; bytes[i] != ' '; i--) {
            value += (bytes[i] - '0') * weight;
            weight *= 10;
        }
        return value;
    }
}
