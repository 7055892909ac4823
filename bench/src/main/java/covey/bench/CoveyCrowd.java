package covey.bench;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import covey.bench.Keyring.UserKey;
import covey.wire.Frame;
import covey.wire.FrameCodec;
import covey.wire.Limits;
import covey.wire.proto.Command;
import covey.wire.proto.CommandReply;
import covey.wire.proto.CommandRequest;
import covey.wire.proto.FrameHeader;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import covey.wire.proto.Hello;
import covey.wire.proto.Ping;
import covey.wire.proto.PresenceDelta;
import covey.wire.proto.Problem;
import covey.wire.proto.RelayFailed;
import covey.wire.proto.RoomAck;
import covey.wire.proto.RoomItem;
import covey.wire.proto.RoomPost;
import covey.wire.proto.RoomPush;
import covey.wire.proto.SessionOpen;
import covey.wire.proto.SessionOpenReply;
import covey.wire.proto.TrafficClass;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Devices that speak Covey's own protocol over TLS 1.3, each with a key of its own, as peers do: sessions, presence,
 * relay, announcements with acknowledgements, pings. What peers seal is opaque here and sealed beforehand.
 */
final class CoveyCrowd extends Crowd {
    private static final int PING_SECONDS = 10;
    private static final ByteString ANNOUNCEMENTS = ByteString.copyFromUtf8("!announce");
    private static final byte TYPE_TAG = 0x08;
    private static final int ANNOUNCER = 0;

    private final InetSocketAddress address;
    private final HubHome home;
    private final CoveyTls tls;
    private final MultiThreadIoEventLoopGroup group;
    private final EventLoop loop;
    private final Device[] devices;
    private final byte[][] relayHeaders;
    private final List<Device> dirty = new ArrayList<>();
    private boolean isFlushPlanned;
    private byte[] body = {};
    private boolean isLeaving;

    CoveyCrowd(InetSocketAddress address, HubHome home, List<UserKey> keys, CoveyTls tls) {
        super(keys.size());
        this.address = address;
        this.home = home;
        this.tls = tls;
        this.group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        this.loop = group.next();
        this.devices = new Device[users];
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
        loop.scheduleAtFixedRate(this::pingAll, PING_SECONDS, PING_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    void run(Runnable task) {
        loop.execute(task);
    }

    @Override
    void bodyBytes(int bytes) {
        body = body(bytes);
    }

    @Override
    void open(int user) {
        isLeaving = false;
        Device device = new Device(user);
        devices[user] = device;
        new Bootstrap()
                .group(loop)
                .channel(EpollSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        device.channel = channel;
                        SslHandler handler = tls.handler(user, channel.alloc());
                        handler.setHandshakeTimeoutMillis(60_000);
                        channel.pipeline().addLast(handler, device);
                    }
                })
                .connect(address)
                .addListener(done -> {
                    if (!done.isSuccess()) {
                        fail("user " + user + " could not connect", done.cause());
                    }
                });
    }

    @Override
    void enter(int user) {
        Device device = devices[user];
        Hello hello = Hello.newBuilder()
                .setProtocolMin(Limits.PROTOCOL_VERSION_MIN)
                .setProtocolMax(Limits.PROTOCOL_VERSION)
                .setNetworkId(ByteString.copyFrom(home.networkId()))
                .setBootNonce(random())
                .setSoftware("bench")
                .build();
        device.send(FrameType.HELLO, 1, hello);
        SessionOpen open = SessionOpen.newBuilder()
                .setIncarnation(System.nanoTime())
                .setDirectorySize(home.indexes()[users - 1] + 1L)
                .build();
        device.send(FrameType.SESSION_OPEN, 2, open);
    }

    @Override
    void say(int from, int to, int tag) {
        byte[] header = relayHeaders[to];
        int length = 2 + header.length + body.length;
        Device device = devices[from];
        ByteBuf frame = device.channel.alloc().directBuffer(FrameCodec.LENGTH_BYTES + length);
        putTag(body, 0, tag);
        frame.writeInt(length).writeShort(header.length).writeBytes(header).writeBytes(body);
        device.write(frame);
    }

    @Override
    void announce(int tag) {
        putTag(body, 0, tag);
        devices[ANNOUNCER].command(Command.newBuilder()
                .setRoomPost(RoomPost.newBuilder()
                        .setRoom(ANNOUNCEMENTS)
                        .setPostId(random())
                        .setText(new String(body, StandardCharsets.US_ASCII)))
                .build());
    }

    private static ByteString random() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return ByteString.copyFrom(ByteBuffer.allocate(16)
                .putLong(random.nextLong())
                .putLong(random.nextLong())
                .array());
    }

    private void pingAll() {
        for (Device device : devices) {
            if (device != null && device.isIn) {
                device.send(FrameType.PING, 0, Ping.getDefaultInstance());
            }
        }
    }

    private void flush() {
        isFlushPlanned = false;
        for (int i = 0; i < dirty.size(); i++) {
            dirty.get(i).flush();
        }
        dirty.clear();
    }

    @Override
    void leaveAll() {
        CountDownLatch gone = new CountDownLatch(users);
        run(() -> {
            isLeaving = true;
            for (Device device : devices) {
                device.isIn = false;
                device.channel.close().addListener(closed -> gone.countDown());
            }
        });
        await(gone, "leave");
    }

    @Override
    public void close() {
        run(() -> isLeaving = true);
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    /** One user's connection; last in its pipeline. */
    private final class Device extends ChannelInboundHandlerAdapter {
        private final int user;
        private final BitSet online = new BitSet();
        private Channel channel;
        private ByteBuf rest;
        private boolean isDirty;
        private boolean isIn;
        private boolean isInformed;
        private long sequence;
        private long answered;
        private long received;
        private long acknowledged;
        private boolean isAcknowledging;
        private String goodbye = "";

        Device(int user) {
            this.user = user;
        }

        void send(FrameType type, int stream, MessageLite message) {
            byte[] bytes = FrameCodec.encode(Frame.of(type, stream, message));
            write(channel.alloc().directBuffer(bytes.length).writeBytes(bytes));
        }

        void command(Command command) {
            sequence++;
            CommandRequest request = CommandRequest.newBuilder()
                    .setSequence(sequence)
                    .setFirstUnanswered(answered + 1)
                    .setCommand(command)
                    .build();
            send(FrameType.COMMAND, (int) sequence + 2, request);
        }

        void write(ByteBuf bytes) {
            channel.write(bytes);
            if (!isDirty) {
                isDirty = true;
                dirty.add(this);
            }
            if (!isFlushPlanned) {
                isFlushPlanned = true;
                loop.execute(CoveyCrowd.this::flush);
            }
        }

        void flush() {
            isDirty = false;
            channel.flush();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof SslHandshakeCompletionEvent handshake) {
                if (handshake.isSuccess()) {
                    opened(user);
                } else {
                    fail("TLS of user " + user, handshake.cause());
                }
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) throws IOException {
            ByteBuf in = (ByteBuf) message;
            if (rest != null) {
                rest.writeBytes(in);
                in.release();
                in = rest;
                rest = null;
            }
            while (in.readableBytes() >= FrameCodec.LENGTH_BYTES) {
                int length = in.getInt(in.readerIndex());
                if (in.readableBytes() < FrameCodec.LENGTH_BYTES + length) {
                    break;
                }
                in.skipBytes(FrameCodec.LENGTH_BYTES);
                frame(in, length);
            }
            if (in.isReadable()) {
                rest = context.alloc().heapBuffer().writeBytes(in);
            }
            in.release();
        }

        private void frame(ByteBuf in, int length) throws IOException {
            int end = in.readerIndex() + length;
            int headerBytes = in.readUnsignedShort();
            int at = in.readerIndex();
            if (in.getByte(at) == TYPE_TAG && in.getByte(at + 1) == FrameType.RELAY_VALUE) {
                byte[] tag = new byte[TAG_BYTES];
                in.getBytes(at + headerBytes, tag);
                heard(user, tag(tag, 0));
            } else {
                byte[] header = new byte[headerBytes];
                in.readBytes(header);
                byte[] payload = new byte[end - in.readerIndex()];
                in.readBytes(payload);
                control(FrameHeader.parseFrom(header), payload);
            }
            in.readerIndex(end);
        }

        private void control(FrameHeader header, byte[] payload) throws IOException {
            switch (header.getType()) {
                case SESSION_OPEN_REPLY -> welcomed(SessionOpenReply.parseFrom(payload));
                case PRESENCE -> presence(PresenceDelta.parseFrom(payload));
                case ROOM_ITEMS -> items(RoomPush.parseFrom(payload));
                case COMMAND_REPLY -> answered(CommandReply.parseFrom(payload));
                case GOODBYE -> goodbye = Goodbye.parseFrom(payload).getMessage();
                case ERROR ->
                    fail("the hub refused: " + Problem.parseFrom(payload).getMessage(), new IOException());
                case RELAY_FAILED ->
                    fail("relay failed: " + RelayFailed.parseFrom(payload).getReason(), new IOException());
                default -> {
                    // HELLO_REPLY, PONG, DIRECTORY_HEAD, MAIL: nothing to do.
                }
            }
        }

        private void welcomed(SessionOpenReply reply) {
            isIn = true;
            online.or(BitSet.valueOf(reply.getPresence().getOnline().asReadOnlyByteBuffer()));
            entered(user);
            look();
        }

        private void presence(PresenceDelta delta) {
            delta.getOnlineList().forEach(online::set);
            delta.getOfflineList().forEach(online::clear);
            look();
        }

        private void look() {
            if (isIn && !isInformed && online.cardinality() >= users) {
                isInformed = true;
                informed(user);
            }
        }

        private void items(RoomPush push) {
            for (RoomItem item : push.getItemsList()) {
                if (item.getIndex() > received) {
                    received = item.getIndex();
                    heard(user, tag(item.getPost().getText().getBytes(StandardCharsets.US_ASCII), 0));
                }
            }
            acknowledge();
        }

        /** As a peer's chat does: one acknowledgement under way, the next says how far it has come meanwhile. */
        private void acknowledge() {
            if (!isAcknowledging && received > acknowledged) {
                isAcknowledging = true;
                acknowledged = received;
                RoomAck ack = RoomAck.newBuilder()
                        .setRoom(ANNOUNCEMENTS)
                        .setUpTo(received)
                        .build();
                command(Command.newBuilder().setRoomAck(ack).build());
            }
        }

        private void answered(CommandReply reply) {
            answered++;
            if (reply.getResult().hasProblem()) {
                fail("command refused: " + reply.getResult().getProblem().getMessage(), new IOException());
            }
            if (user != ANNOUNCER || isAcknowledging) {
                isAcknowledging = false;
                acknowledge();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (rest != null) {
                rest.release();
                rest = null;
            }
            if (!isLeaving) {
                fail("the hub closed the connection of user " + user + ": " + goodbye, new IOException());
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            if (!isLeaving) {
                fail("connection of user " + user, cause);
            }
        }
    }
}
