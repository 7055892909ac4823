package covey.bench;

import com.google.protobuf.ByteString;
import covey.bench.Keyring.UserKey;
import covey.wire.FrameCodec;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.FrameHeader;
import covey.wire.proto.FrameType;
import covey.wire.proto.PresenceDelta;
import covey.wire.proto.RelayFailed;
import covey.wire.proto.RoomAck;
import covey.wire.proto.RoomItem;
import covey.wire.proto.RoomPost;
import covey.wire.proto.RoomPush;
import covey.wire.proto.SessionOpenReply;
import covey.wire.proto.TrafficClass;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * Devices that speak Covey's own protocol over TLS 1.3, each with a key of its own, as peers do: sessions, presence,
 * relay, announcements with acknowledgements, pings. What peers seal is opaque here and sealed beforehand.
 */
final class CoveyCrowd extends Crowd implements CoveyLink.Events {
    private static final int PING_SECONDS = 10;
    private static final ByteString ANNOUNCEMENTS = ByteString.copyFromUtf8("!announce");
    private static final int ANNOUNCER = 0;

    /** What a peer's chat takes in before it says so. */
    private static final int ACKNOWLEDGED_BYTES = 32 * 1024;

    private final InetSocketAddress address;
    private final HubHome home;
    private final CoveyLoop loop;
    private final Member[] members;
    private final byte[][] relayHeaders;
    private final byte[] tagBytes = new byte[TAG_BYTES];
    private byte[] body = {};
    private boolean isLeaving;

    CoveyCrowd(InetSocketAddress address, HubHome home, List<UserKey> keys, CoveyTls tls) {
        super(keys.size());
        this.address = address;
        this.home = home;
        this.loop = new CoveyLoop(tls);
        this.members = new Member[users];
        this.relayHeaders = new byte[users][];
        for (int user = 0; user < users; user++) {
            relayHeaders[user] = FrameHeader.newBuilder()
                    .setType(FrameType.RELAY)
                    .setTrafficClass(TrafficClass.CHAT)
                    .setDevice(keys.get(user).device().toByteString())
                    .setInner(FrameType.ENVELOPE)
                    .build()
                    .toByteArray();
        }
        loop.every(PING_SECONDS, this::pingAll);
        loop.every(5, this::acknowledgeAll);
    }

    /** What the load client keeps of one user. */
    private static final class Member {
        private final CoveyLink link;
        private final BitSet online = new BitSet();
        private boolean isIn;
        private boolean isInformed;
        private long received;
        private long acknowledged;
        private int unacknowledgedBytes;

        Member(CoveyLink link) {
            this.link = link;
        }
    }

    @Override
    void run(Runnable task) {
        loop.run(task);
    }

    @Override
    void bodyBytes(int bytes) {
        body = body(bytes);
    }

    @Override
    void open(int user) {
        isLeaving = false;
        members[user] = new Member(new CoveyLink(user, loop, this));
        loop.dial(members[user].link, address);
    }

    @Override
    public void connected(CoveyLink link) {
        opened(link.user);
    }

    @Override
    void enter(int user) {
        members[user].link.enter(home.networkId(), home.indexes()[users - 1] + 1L);
    }

    @Override
    void say(int from, int to, int tag) {
        byte[] header = relayHeaders[to];
        int length = 2 + header.length + body.length;
        CoveyLink link = members[from].link;
        ByteBuf frame = link.channel().alloc().directBuffer(FrameCodec.LENGTH_BYTES + length);
        putTag(body, 0, tag);
        link.write(frame.writeInt(length)
                .writeShort(header.length)
                .writeBytes(header)
                .writeBytes(body));
    }

    @Override
    public void relayed(CoveyLink link, ByteBuf in) {
        in.getBytes(in.readerIndex(), tagBytes);
        heard(link.user, tag(tagBytes, 0));
    }

    @Override
    void announce(int tag) {
        putTag(body, 0, tag);
        RoomPost post = RoomPost.newBuilder()
                .setRoom(ANNOUNCEMENTS)
                .setPostId(CoveyLink.random())
                .setText(new String(body, StandardCharsets.US_ASCII))
                .build();
        members[ANNOUNCER].link.command(Command.newBuilder().setRoomPost(post).build(), this::check);
    }

    private void check(CommandResult result) {
        if (result.hasProblem()) {
            fail("command refused: " + result.getProblem().getMessage(), new IOException());
        }
    }

    private void pingAll() {
        for (Member member : members) {
            if (member != null && member.isIn) {
                member.link.ping();
            }
        }
    }

    @Override
    public void received(CoveyLink link, FrameType type, byte[] payload) throws IOException {
        Member member = members[link.user];
        switch (type) {
            case SESSION_OPEN_REPLY -> welcomed(member, SessionOpenReply.parseFrom(payload));
            case PRESENCE -> presence(member, PresenceDelta.parseFrom(payload));
            case ROOM_ITEMS -> items(member, RoomPush.parseFrom(payload));
            case RELAY_FAILED ->
                fail("relay failed: " + RelayFailed.parseFrom(payload).getReason(), new IOException());
            default -> {
                // HELLO_REPLY, PONG, DIRECTORY_HEAD: nothing to do.
            }
        }
    }

    private void welcomed(Member member, SessionOpenReply reply) {
        member.isIn = true;
        member.online.or(BitSet.valueOf(reply.getPresence().getOnline().asReadOnlyByteBuffer()));
        entered(member.link.user);
        look(member);
    }

    private void presence(Member member, PresenceDelta delta) {
        delta.getOnlineList().forEach(member.online::set);
        delta.getOfflineList().forEach(member.online::clear);
        look(member);
    }

    private void look(Member member) {
        if (member.isIn && !member.isInformed && member.online.cardinality() >= present()) {
            member.isInformed = true;
            informed(member.link.user);
        }
    }

    private void items(Member member, RoomPush push) {
        for (RoomItem item : push.getItemsList()) {
            if (item.getIndex() > member.received) {
                member.received = item.getIndex();
                byte[] text =
                        item.getPost().getTextBytes().substring(0, TAG_BYTES).toByteArray();
                heard(member.link.user, tag(text, 0));
            }
        }
        member.unacknowledgedBytes += push.getSerializedSize();
        if (member.unacknowledgedBytes >= ACKNOWLEDGED_BYTES) {
            acknowledge(member);
        }
    }

    /** As a peer's chat does: when enough came, and every five seconds. */
    private void acknowledge(Member member) {
        if (member.received > member.acknowledged) {
            member.acknowledged = member.received;
            member.unacknowledgedBytes = 0;
            RoomAck ack = RoomAck.newBuilder()
                    .setRoom(ANNOUNCEMENTS)
                    .setUpTo(member.received)
                    .build();
            member.link.send(FrameType.ROOM_ACK, 0, ack);
        }
    }

    private void acknowledgeAll() {
        for (Member member : members) {
            if (member != null && member.isIn) {
                acknowledge(member);
            }
        }
    }

    @Override
    public void closed(CoveyLink link, String why) {
        if (!isLeaving) {
            fail("connection of user " + link.user + ": " + why, new IOException());
        }
    }

    @Override
    void leaveAll() {
        CountDownLatch gone = new CountDownLatch(present());
        run(() -> {
            isLeaving = true;
            for (int user = 0; user < present(); user++) {
                members[user].isIn = false;
                members[user].link.channel().close().addListener(closed -> gone.countDown());
            }
        });
        await(gone, "leave");
    }

    @Override
    public void close() {
        run(() -> isLeaving = true);
        loop.close();
    }
}
