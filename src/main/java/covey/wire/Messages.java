package covey.wire;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import covey.wire.proto.AddressUpdate;
import covey.wire.proto.AuthReply;
import covey.wire.proto.CommandReply;
import covey.wire.proto.CommandRequest;
import covey.wire.proto.DirectoryPage;
import covey.wire.proto.DirectorySync;
import covey.wire.proto.Envelope;
import covey.wire.proto.EnvelopeAck;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import covey.wire.proto.Hello;
import covey.wire.proto.HelloReply;
import covey.wire.proto.Join;
import covey.wire.proto.LinkHello;
import covey.wire.proto.Login;
import covey.wire.proto.MailPush;
import covey.wire.proto.Ping;
import covey.wire.proto.PresenceDelta;
import covey.wire.proto.Problem;
import covey.wire.proto.Query;
import covey.wire.proto.QueryReply;
import covey.wire.proto.RelayFailed;
import covey.wire.proto.RoomPush;
import covey.wire.proto.SessionOpen;
import covey.wire.proto.SessionOpenReply;
import covey.wire.proto.SignedHead;

/** What a frame carries, as its message: the one place that knows which belongs to which type. */
public final class Messages {
    private Messages() {}

    /**
     * The frame's message, with every limit checked. Of a RELAY frame it is the message of the frame it carries.
     *
     * @throws WireException UNSUPPORTED for a type this build does not know, BAD_REQUEST for anything else that is wrong
     */
    public static MessageLite decode(Frame frame) {
        FrameType type = frame.type();
        if (type == FrameType.RELAY) {
            Validation.relay(frame.header());
            type = frame.header().getInner();
        }
        MessageLite message = parse(type, frame.payload());
        Validation.check(message);
        return message;
    }

    /** The frame's message when it is one of that class; anything else is refused as {@link #decode} does. */
    public static <T extends MessageLite> T as(Frame frame, Class<T> type) {
        MessageLite message = decode(frame);
        if (!type.isInstance(message)) {
            throw new WireException(
                    ErrorCode.BAD_REQUEST,
                    "frame " + frame.type() + " carries a " + message.getClass().getSimpleName() + " (expected: "
                            + type.getSimpleName() + ")");
        }
        return type.cast(message);
    }

    /** False for a type of a later version: dropped, or answered with ERROR UNSUPPORTED when it must be understood. */
    public static boolean isKnown(Frame frame) {
        return isKnown(frame.type());
    }

    private static boolean isKnown(FrameType type) {
        return type != FrameType.UNKNOWN && type != FrameType.UNRECOGNIZED;
    }

    private static MessageLite parse(FrameType type, byte[] payload) {
        try {
            return parser(type).parseFrom(payload);
        } catch (InvalidProtocolBufferException e) {
            throw new WireException(
                    ErrorCode.BAD_REQUEST,
                    "frame " + type + ": its message is not understood (" + e.getMessage() + ")");
        }
    }

    private static Parser<? extends MessageLite> parser(FrameType type) {
        return switch (type) {
            case ERROR -> Problem.parser();
            case PING, PONG -> Ping.parser();
            case GOODBYE -> Goodbye.parser();
            case HELLO -> Hello.parser();
            case HELLO_REPLY -> HelloReply.parser();
            case JOIN -> Join.parser();
            case LOGIN -> Login.parser();
            case AUTH_REPLY -> AuthReply.parser();
            case SESSION_OPEN -> SessionOpen.parser();
            case SESSION_OPEN_REPLY -> SessionOpenReply.parser();
            case COMMAND -> CommandRequest.parser();
            case COMMAND_REPLY -> CommandReply.parser();
            case QUERY -> Query.parser();
            case QUERY_REPLY -> QueryReply.parser();
            case DIRECTORY_SYNC -> DirectorySync.parser();
            case DIRECTORY_PAGE -> DirectoryPage.parser();
            case DIRECTORY_HEAD -> SignedHead.parser();
            case PRESENCE -> PresenceDelta.parser();
            case MAIL -> MailPush.parser();
            case ROOM_ITEMS -> RoomPush.parser();
            case RELAY_FAILED -> RelayFailed.parser();
            case ADDRESSES -> AddressUpdate.parser();
            case LINK_HELLO -> LinkHello.parser();
            case ENVELOPE -> Envelope.parser();
            case ENVELOPE_ACK -> EnvelopeAck.parser();
            case RELAY -> throw new WireException(ErrorCode.BAD_REQUEST, "RELAY: carries a RELAY (expected: one hop)");
            case UNKNOWN, UNRECOGNIZED ->
                throw new WireException(
                        ErrorCode.UNSUPPORTED, "frame of a type this software does not know; it may be the older one");
        };
    }
}
