package covey.sim;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import covey.transport.Protocol;
import covey.wire.proto.Command;
import covey.wire.proto.CommandRequest;
import covey.wire.proto.FrameType;
import covey.wire.proto.GoodbyeReason;
import covey.wire.proto.Ping;
import covey.wire.proto.Register;
import covey.wire.proto.RevokeDevice;
import covey.wire.proto.RoomChange;
import covey.wire.proto.RoomChangeKind;
import covey.wire.proto.RoomCreate;
import covey.wire.proto.RoomPush;
import org.junit.jupiter.api.Test;

/** What a hub ends, and what it tells of by itself, frame by frame, in virtual time. */
final class HubConnectionsTest {
    private final SimWorld world = new SimWorld(11);
    private final SimHub hub = new SimHub(world);

    private RawDevice enrolled(String account, String address) {
        RawDevice device = new RawDevice(world, address);
        hub.enrol(account, device.keys.publicKey(), false);
        world.run(20);
        return device;
    }

    @Test
    void aDeviceHasOneBulkConnectionWhichEndsWhenIdleAndWithTheDevice() {
        RawDevice anna = enrolled("anna", "a").open(1);
        RawDevice first = new RawDevice(world, "b", anna.keys).connect(Protocol.HUB_BULK);
        RawDevice second = new RawDevice(world, "c", anna.keys).connect(Protocol.HUB_BULK);
        assertThat(first.closed.orElseThrow().getReason()).isEqualTo(GoodbyeReason.REPLACED);
        for (int i = 0; i < 4; i++) {
            world.run(30_000);
            second.send(
                    FrameType.COMMAND,
                    CommandRequest.newBuilder()
                            .setCommand(Command.newBuilder().setRegister(Register.getDefaultInstance()))
                            .build());
            anna.send(FrameType.PING, Ping.getDefaultInstance());
        }
        assertThat(second.closed).isEmpty();
        world.run(65_000);
        assertThat(second.closed.orElseThrow().getReason()).isEqualTo(GoodbyeReason.CLOSING);

        RawDevice third = new RawDevice(world, "d", anna.keys).connect(Protocol.HUB_BULK);
        RawDevice bob = enrolled("bob", "e").open(1);
        RawDevice bobs = new RawDevice(world, "f", bob.keys).connect(Protocol.HUB_BULK);
        hub.node()
                .own(
                        Command.newBuilder()
                                .setRevokeDevice(RevokeDevice.newBuilder()
                                        .setDevice(anna.keys.id().toByteString()))
                                .build(),
                        result -> {});
        world.run(100);
        assertThat(third.closed.orElseThrow().getReason()).isEqualTo(GoodbyeReason.REVOKED);
        assertThat(bobs.closed).isEmpty();
        RawDevice again = new RawDevice(world, "g", anna.keys).connect(Protocol.HUB_BULK);
        assertThat(again.closed.orElseThrow().getReason()).isEqualTo(GoodbyeReason.REVOKED);
    }

    @Test
    void whoIsInARoomNoMoreIsToldSo() {
        RawDevice anna = enrolled("anna", "a").open(1);
        RawDevice bob = enrolled("bob", "b").open(1);
        ByteString lab = anna.command(Command.newBuilder()
                        .setRoomCreate(RoomCreate.newBuilder().setName("#lab"))
                        .build())
                .getRoom()
                .getRoom();
        bob.command(membership(lab, RoomChangeKind.JOIN_ROOM));
        world.run(1_000);
        bob.command(membership(lab, RoomChangeKind.LEAVE_ROOM));
        world.run(1_000);
        assertThat(bob.all(FrameType.ROOM_ITEMS, RoomPush.class))
                .flatExtracting(RoomPush::getLeftList)
                .containsExactly(lab);
        assertThat(anna.all(FrameType.ROOM_ITEMS, RoomPush.class))
                .flatExtracting(RoomPush::getLeftList)
                .isEmpty();
    }

    private static Command membership(ByteString room, RoomChangeKind kind) {
        return Command.newBuilder()
                .setRoomChange(
                        RoomChange.newBuilder().setRoom(room).setKind(kind).setAccount("bob"))
                .build();
    }
}
