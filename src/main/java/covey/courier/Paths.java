package covey.courier;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import covey.wire.DeviceId;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.FrameType;
import covey.wire.proto.Problem;
import covey.wire.proto.Query;
import covey.wire.proto.QueryReply;
import java.util.function.Consumer;

/**
 * Ways to other devices and to the hub. Nothing here blocks; callbacks run on the loop, in a later task than the call.
 */
public interface Paths {
    /** DIRECT, RELAY or NONE. A change is told by {@link Courier#linkChanged}. */
    PathKind pathTo(DeviceId device);

    /** Sends over the current path; false when there is none. What was sent may still get lost. */
    boolean send(DeviceId device, FrameType type, MessageLite message);

    /**
     * There is something to send: dial the device, and if it is online but no direct link stands within 250 ms, offer
     * RELAY. Cheap to call again.
     */
    void wantLink(DeviceId device);

    /**
     * Retried until answered, over reconnects of the hub, in order; forgotten when the process ends. Commands of one
     * device are applied in the order of the calls.
     */
    void command(Command command, Consumer<CommandResult> done);

    /** Asked again while the hub is busy or silent, and after a reconnect; one of the two is called once. */
    void query(Query query, Consumer<QueryReply> done, Consumer<Problem> refused);

    /** Everything of the room up to this index is stored here. Lost with the hub's session; cursors only rise. */
    void roomStored(ByteString room, long upTo);

    boolean hubIsUp();
}
