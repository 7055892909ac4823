package covey.wire;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import covey.wire.proto.AddressUpdate;
import covey.wire.proto.AuthReply;
import covey.wire.proto.BulkHello;
import covey.wire.proto.CommandReply;
import covey.wire.proto.CommandRequest;
import covey.wire.proto.Declined;
import covey.wire.proto.DirectoryPage;
import covey.wire.proto.DirectorySync;
import covey.wire.proto.Envelope;
import covey.wire.proto.EnvelopeAck;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FetchClosed;
import covey.wire.proto.FetchReply;
import covey.wire.proto.FetchRequest;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import covey.wire.proto.HashesReply;
import covey.wire.proto.HashesRequest;
import covey.wire.proto.Have;
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
import covey.wire.proto.RoomAck;
import covey.wire.proto.RoomPush;
import covey.wire.proto.SessionOpen;
import covey.wire.proto.SessionOpenReply;
import covey.wire.proto.SignedHead;
import covey.wire.proto.Track;
import covey.wire.proto.Unwant;
import covey.wire.proto.Want;
import java.util.function.Consumer;

/** What a frame carries, as its message: the one place that knows which belongs to which type. */
public final class Messages {
    private Messages() {}

    /**
     * The frame's message, with every limit checked. Of a RELAY frame it is the message of the frame it carries.
     *
     * @throws WireException UNSUPPORTED for a type this build does not know, BAD_REQUEST for anything else that is
     * wrong
     */
    public static MessageLite decode(Frame frame) {
        FrameType type = frame.type();
        if (type == FrameType.RELAY) {
            SessionRules.relay(frame.header());
            type = frame.header().getInner();
        }
        try {
            return parse(type, frame.payload());
        } catch (InvalidProtocolBufferException e) {
            throw new WireException(
                    ErrorCode.BAD_REQUEST,
                    "frame " + type + ": its message is not understood (" + e.getMessage() + ")");
        }
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

    private static MessageLite parse(FrameType type, byte[] payload) throws InvalidProtocolBufferException {
        return switch (type) {
            case ERROR -> checked(Problem.parser(), payload, SessionRules::problem);
            case PING, PONG -> checked(Ping.parser(), payload, ping -> {});
            case GOODBYE -> checked(Goodbye.parser(), payload, SessionRules::goodbye);
            case HELLO -> checked(Hello.parser(), payload, SessionRules::hello);
            case HELLO_REPLY -> checked(HelloReply.parser(), payload, SessionRules::helloReply);
            case JOIN -> checked(Join.parser(), payload, SessionRules::join);
            case LOGIN -> checked(Login.parser(), payload, SessionRules::login);
            case AUTH_REPLY -> checked(AuthReply.parser(), payload, SessionRules::authReply);
            case SESSION_OPEN -> checked(SessionOpen.parser(), payload, SessionRules::sessionOpen);
            case SESSION_OPEN_REPLY -> checked(SessionOpenReply.parser(), payload, SessionRules::sessionOpenReply);
            case COMMAND -> checked(CommandRequest.parser(), payload, CommandRules::request);
            case COMMAND_REPLY -> checked(CommandReply.parser(), payload, CommandRules::reply);
            case QUERY -> checked(Query.parser(), payload, CommandRules::query);
            case QUERY_REPLY -> checked(QueryReply.parser(), payload, CommandRules::queryReply);
            case DIRECTORY_SYNC -> checked(DirectorySync.parser(), payload, sync -> {});
            case DIRECTORY_PAGE -> checked(DirectoryPage.parser(), payload, DirectoryRules::page);
            case DIRECTORY_HEAD -> checked(SignedHead.parser(), payload, DirectoryRules::signedHead);
            case PRESENCE -> checked(PresenceDelta.parser(), payload, DirectoryRules::presence);
            case MAIL -> checked(MailPush.parser(), payload, TalkRules::mail);
            case ROOM_ITEMS -> checked(RoomPush.parser(), payload, TalkRules::rooms);
            case RELAY_FAILED -> checked(RelayFailed.parser(), payload, SessionRules::relayFailed);
            case ROOM_ACK -> checked(RoomAck.parser(), payload, ack -> TalkRules.room("RoomAck.room", ack.getRoom()));
            case TRACK -> checked(Track.parser(), payload, SessionRules::track);
            case ADDRESSES -> checked(AddressUpdate.parser(), payload, SessionRules::addresses);
            case LINK_HELLO -> checked(LinkHello.parser(), payload, TalkRules::linkHello);
            case ENVELOPE -> checked(Envelope.parser(), payload, TalkRules::envelope);
            case ENVELOPE_ACK -> checked(EnvelopeAck.parser(), payload, TalkRules::envelopeAck);
            case RELAY -> throw new WireException(ErrorCode.BAD_REQUEST, "RELAY: carries a RELAY (expected: one hop)");
            case BULK_HELLO -> checked(BulkHello.parser(), payload, ExchangeRules::hello);
            case FETCH -> checked(FetchRequest.parser(), payload, ExchangeRules::fetch);
            case FETCH_REPLY -> checked(FetchReply.parser(), payload, ExchangeRules::fetchReply);
            case HASHES -> checked(HashesRequest.parser(), payload, ExchangeRules::hashes);
            case HASHES_REPLY -> checked(HashesReply.parser(), payload, ExchangeRules::hashesReply);
            case WANT ->
                checked(Want.parser(), payload, want -> ExchangeRules.blocks("Want.blocks", want.getBlocksList()));
            case DECLINED ->
                checked(Declined.parser(), payload, no -> ExchangeRules.block("Declined.block", no.getBlock()));
            case UNWANT ->
                checked(Unwant.parser(), payload, no -> ExchangeRules.blocks("Unwant.blocks", no.getBlocksList()));
            case HAVE -> checked(Have.parser(), payload, ExchangeRules::have);
            case CLOSE_FETCH -> checked(FetchClosed.parser(), payload, closed -> {});
            case BLOCK -> throw new WireException(ErrorCode.BAD_REQUEST, "BLOCK: on a connection that carries none");
            case UNKNOWN, UNRECOGNIZED ->
                throw new WireException(
                        ErrorCode.UNSUPPORTED, "frame of a type this software does not know; it may be the older one");
        };
    }

    private static <T extends MessageLite> T checked(Parser<T> parser, byte[] payload, Consumer<T> rules)
            throws InvalidProtocolBufferException {
        T message = parser.parseFrom(payload);
        rules.accept(message);
        return message;
    }
}
