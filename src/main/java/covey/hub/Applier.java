package covey.hub;

import com.google.protobuf.ByteString;
import covey.catalog.CatalogState;
import covey.directory.Accounts;
import covey.directory.Authority;
import covey.directory.Blocks;
import covey.directory.DirectoryState;
import covey.directory.DirectoryView.Account;
import covey.directory.Enrolments;
import covey.directory.Happening;
import covey.directory.Step;
import covey.directory.Tokens;
import covey.mailbox.DedupWindow;
import covey.mailbox.MailboxState;
import covey.mailbox.RoomLog;
import covey.mailbox.RoomReads;
import covey.mailbox.Rooms;
import covey.wire.DeviceId;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.RoomInfo;
import covey.wire.proto.StoredRoom;
import java.util.List;

/** Hands each command to its feature, and what it brought about to the others. */
final class Applier {
    private static final CommandResult OK = CommandResult.getDefaultInstance();

    private Applier() {}

    /** Throws {@link covey.directory.Refused}; the step is then to be rolled back. */
    static CommandResult apply(Step step, Command command) {
        Authority.check(step.actor(), command.getKindCase());
        CommandResult result = dispatch(step, command);
        List<Happening> happenings = step.happenings();
        // What follows may bring about more: index loop on purpose.
        for (int i = 0; i < happenings.size(); i++) {
            follow(step, happenings.get(i));
        }
        return result;
    }

    private static CommandResult dispatch(Step step, Command command) {
        switch (command.getKindCase()) {
            case BOOT_NETWORK -> DirectoryState.boot(step, command.getBootNetwork());
            case ENROL_ACCOUNT -> {
                Rooms.checkNameIsFree(step, command.getEnrolAccount().getAccount());
                return CommandResult.newBuilder()
                        .setAuth(Enrolments.account(step, command.getEnrolAccount()))
                        .build();
            }
            case ENROL_DEVICE -> {
                return CommandResult.newBuilder()
                        .setAuth(Enrolments.device(step, command.getEnrolDevice()))
                        .build();
            }
            case TICK -> tick(step);
            case SET_ROSTER -> DirectoryState.setRoster(step, command.getSetRoster());
            case PUBLISH_PREKEY -> Accounts.publish(step, command.getPublishPrekey());
            case DEPOSIT -> {
                return MailboxState.deposit(step, command.getDeposit());
            }
            case MAIL_ACK -> MailboxState.acknowledge(step, command.getMailAck().getUpTo());
            case ROOM_POST -> {
                return CommandResult.newBuilder()
                        .setStored(RoomLog.post(step, command.getRoomPost()))
                        .build();
            }
            case ROOM_CURSORS -> RoomLog.acknowledge(step, command.getRoomCursors());
            case ROOM_CREATE -> {
                return room(step, Rooms.create(step, command.getRoomCreate()));
            }
            case ROOM_CHANGE -> {
                return room(step, Rooms.change(step, command.getRoomChange()));
            }
            case SET_PASSWORD ->
                Accounts.setPassword(step, command.getSetPassword().getPasswordHash());
            case REVOKE_DEVICE -> Accounts.revoke(step, command.getRevokeDevice());
            case BLOCK_ACCOUNT -> Blocks.apply(step, command.getBlockAccount());
            case REGISTER -> CatalogState.register(step, command.getRegister());
            case WITHDRAW -> CatalogState.withdraw(step, command.getWithdraw());
            case TOKEN_CREATE -> {
                return CommandResult.newBuilder()
                        .setToken(Tokens.create(step, command.getTokenCreate()))
                        .build();
            }
            case TOKEN_REVOKE -> Tokens.revoke(step, command.getTokenRevoke().getTokenId());
            case ACCOUNT_CHANGE -> Accounts.change(step, command.getAccountChange());
            case SET_POLICY -> DirectoryState.setPolicy(step, command.getSetPolicy());
            case KIND_NOT_SET -> throw new IllegalStateException("refused by Authority");
        }
        return OK;
    }

    private static void tick(Step step) {
        Tokens.tick(step);
        DedupWindow.tick(step.transaction(), step.nowMillis());
        MailboxState.tick(step);
        RoomLog.tick(step);
        CatalogState.tick(step);
    }

    private static CommandResult room(Step step, StoredRoom room) {
        boolean isMember =
                Rooms.isMember(step::get, room.getRoom(), step.actor().account());
        RoomInfo.Builder info =
                RoomReads.summary(room, isMember).setLastIndex(RoomLog.lastIndex(step::get, room.getRoom()));
        return CommandResult.newBuilder().setRoom(info).build();
    }

    private static void follow(Step step, Happening happening) {
        switch (happening) {
            case Happening.Enrolled(DeviceId device, String account) -> {
                RoomLog.join(step, Rooms.ANNOUNCEMENTS, device);
                Rooms.of(step, account).forEach(room -> RoomLog.join(step, room, device));
            }
            case Happening.Gone(DeviceId device, String account) -> {
                MailboxState.deviceGone(step, device);
                RoomLog.deviceGone(step, device);
                DedupWindow.forget(step.transaction(), device);
                CatalogState.deviceGone(step, device);
            }
            case Happening.Joined(ByteString room, String account) ->
                devices(step, account).forEach(device -> RoomLog.join(step, room, device));
            case Happening.Left(ByteString room, String account) ->
                devices(step, account).forEach(device -> {
                    RoomLog.leave(step, room, device);
                    CatalogState.roomLeft(step, room, device);
                });
            case Happening.RoomEnded(ByteString room) -> RoomLog.end(step, room);
            case Happening.AccountRemoved(String account) -> Rooms.accountRemoved(step, account);
            case Happening.Suspended suspended -> {}
            case Happening.MailArrived arrived -> {}
            case Happening.RoomGrew grew -> {}
        }
    }

    /** Also those of a disabled account: it comes back as it was. */
    private static List<DeviceId> devices(Step step, String account) {
        return step.view().account(account).map(Account::devices).orElse(List.of());
    }
}
