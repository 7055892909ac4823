package covey.bench;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import covey.transport.Protocol;
import covey.wire.Frame;
import covey.wire.FrameCodec;
import covey.wire.Limits;
import covey.wire.proto.Command;
import covey.wire.proto.CommandReply;
import covey.wire.proto.CommandRequest;
import covey.wire.proto.CommandResult;
import covey.wire.proto.FrameHeader;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import covey.wire.proto.Hello;
import covey.wire.proto.Ping;
import covey.wire.proto.Problem;
import covey.wire.proto.SessionOpen;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/**
 * One device's connection to a hub, as a peer has it, but with nothing behind it. Last in its pipeline; everything runs
 * on its loop.
 */
final class CoveyLink extends ChannelInboundHandlerAdapter {
    /** First byte of every header: the tag of FrameHeader.type. */
    private static final byte TYPE_TAG = 0x08;

    /** Hears what arrives. */
    interface Events {
        void connected(CoveyLink link);

        /** A relayed body; it ends where the buffer is readable to, and is not kept. */
        void relayed(CoveyLink link, ByteBuf body);

        /** Everything else but answers to commands. */
        void received(CoveyLink link, FrameType type, byte[] payload) throws IOException;

        void closed(CoveyLink link, String why);
    }

    final int user;
    private final CoveyLoop loop;
    private final Events events;
    private final Map<Integer, Consumer<CommandResult>> waiting = new HashMap<>();
    private Channel channel;
    private ByteBuf rest;
    private boolean isDirty;
    private long sequence;
    private long answered;
    private String why = "the connection broke";

    CoveyLink(int user, CoveyLoop loop, Events events) {
        this.user = user;
        this.loop = loop;
        this.events = events;
    }

    void channel(Channel opened) {
        channel = opened;
    }

    Channel channel() {
        return channel;
    }

    static ByteString random() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return ByteString.copyFrom(ByteBuffer.allocate(16)
                .putLong(random.nextLong())
                .putLong(random.nextLong())
                .array());
    }

    void refused(Throwable cause) {
        events.closed(this, "could not connect: " + cause);
    }

    /** Says HELLO and opens a session without waiting between the two. */
    void enter(byte[] networkId, long directorySize) {
        Hello hello = Hello.newBuilder()
                .setProtocolMin(Limits.PROTOCOL_VERSION_MIN)
                .setProtocolMax(Limits.PROTOCOL_VERSION)
                .setNetworkId(ByteString.copyFrom(networkId))
                .setBootNonce(random())
                .setSoftware("bench")
                .build();
        send(FrameType.HELLO, 1, hello);
        SessionOpen open = SessionOpen.newBuilder()
                .setIncarnation(System.nanoTime())
                .setDirectorySize(directorySize)
                .build();
        send(FrameType.SESSION_OPEN, 2, open);
    }

    void ping() {
        send(FrameType.PING, 0, Ping.getDefaultInstance());
    }

    void send(FrameType type, int stream, MessageLite message) {
        byte[] bytes = FrameCodec.encode(Frame.of(type, stream, message));
        write(channel.alloc().directBuffer(bytes.length).writeBytes(bytes));
    }

    void command(Command command, Consumer<CommandResult> done) {
        sequence++;
        int stream = (int) sequence + 2;
        waiting.put(stream, done);
        CommandRequest request = CommandRequest.newBuilder()
                .setSequence(sequence)
                .setFirstUnanswered(answered + 1)
                .setCommand(command)
                .build();
        send(FrameType.COMMAND, stream, request);
    }

    /** A command without a sequence, in bulk. */
    void request(CommandRequest request, Consumer<CommandResult> done) {
        int stream = (int) ++sequence + 2;
        waiting.put(stream, done);
        byte[] bytes =
                FrameCodec.encode(Frame.of(FrameType.COMMAND, stream, request), Protocol.HUB_BULK.payloadBytesMax());
        write(channel.alloc().directBuffer(bytes.length).writeBytes(bytes));
    }

    /** What is written in one turn leaves together at its end. */
    void write(ByteBuf bytes) {
        channel.write(bytes);
        if (!isDirty) {
            isDirty = true;
            loop.dirty(this);
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
                events.connected(this);
            } else {
                why = "TLS failed: " + handshake.cause();
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
            events.relayed(this, in.skipBytes(headerBytes));
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
            case COMMAND_REPLY ->
                answered(header.getStream(), CommandReply.parseFrom(payload).getResult());
            case GOODBYE -> why = Goodbye.parseFrom(payload).getMessage();
            case ERROR -> {
                Problem problem = Problem.parseFrom(payload);
                CommandResult refused =
                        CommandResult.newBuilder().setProblem(problem).build();
                if (!answered(header.getStream(), refused)) {
                    why = "refused: " + problem.getMessage();
                    channel.close();
                }
            }
            default -> events.received(this, header.getType(), payload);
        }
    }

    private boolean answered(int stream, CommandResult result) {
        Consumer<CommandResult> done = waiting.remove(stream);
        if (done == null) {
            return false;
        }
        answered++;
        done.accept(result);
        return true;
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (rest != null) {
            rest.release();
            rest = null;
        }
        events.closed(this, why);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        why = cause.toString();
        context.close();
    }
}
