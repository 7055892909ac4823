package covey.wire;

import static covey.wire.Validation.account;
import static covey.wire.Validation.atMost;
import static covey.wire.Validation.between;
import static covey.wire.Validation.canonical;
import static covey.wire.Validation.count;
import static covey.wire.Validation.emptyOr;
import static covey.wire.Validation.exactly;
import static covey.wire.Validation.positive;
import static covey.wire.Validation.time;
import static covey.wire.Validation.told;

import covey.wire.proto.Command;
import covey.wire.proto.CommandReply;
import covey.wire.proto.CommandRequest;
import covey.wire.proto.CommandResult;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.PublishPrekey;
import covey.wire.proto.Query;
import covey.wire.proto.QueryReply;
import covey.wire.proto.ResolvedDevice;
import covey.wire.proto.RoomChange;
import covey.wire.proto.RoomInfo;
import covey.wire.proto.RoomStatement;
import covey.wire.proto.SetPassword;
import covey.wire.proto.TokenCreate;
import covey.wire.proto.TokenInfo;
import java.util.Map;

/** What command.proto does not say about its messages. Who may give which command is for the hub's state to say. */
final class CommandRules {
    private CommandRules() {}

    static void request(CommandRequest request) {
        Command command = request.getCommand();
        if (!command.hasRegister() && !command.hasWithdraw()) {
            positive("CommandRequest.sequence", request.getSequence());
        }
        if (Long.compareUnsigned(request.getFirstUnanswered(), request.getSequence()) > 0) {
            throw Validation.refused(
                    "CommandRequest.first_unanswered",
                    Long.toUnsignedString(request.getFirstUnanswered()),
                    "<= sequence " + Long.toUnsignedString(request.getSequence()));
        }
        command(command);
    }

    private static void command(Command command) {
        switch (command.getKindCase()) {
            case BOOT_NETWORK, ENROL_ACCOUNT, ENROL_DEVICE, TICK, SET_ROSTER, ROOM_CURSORS ->
                throw new WireException(
                        ErrorCode.DENIED, "only a hub itself gives the command " + command.getKindCase());
            case PUBLISH_PREKEY -> prekey(command.getPublishPrekey());
            case DEPOSIT -> TalkRules.deposit(command.getDeposit());
            case MAIL_ACK -> positive("MailAck.up_to", command.getMailAck().getUpTo());
            case ROOM_POST -> TalkRules.roomPost(command.getRoomPost());
            case ROOM_CREATE ->
                canonical("RoomCreate.name", command.getRoomCreate().getName(), Names::room);
            case ROOM_CHANGE -> roomChange(command.getRoomChange());
            case SET_PASSWORD -> setPassword(command.getSetPassword());
            case REVOKE_DEVICE -> {
                exactly("RevokeDevice.device", command.getRevokeDevice().getDevice(), DeviceId.BYTES);
                atMost("RevokeDevice.reason", command.getRevokeDevice().getReason(), Limits.SENTENCE_BYTES_MAX);
            }
            case BLOCK_ACCOUNT ->
                account("BlockAccount.account", command.getBlockAccount().getAccount());
            case REGISTER -> CatalogRules.register(command.getRegister());
            case WITHDRAW -> CatalogRules.withdraw(command.getWithdraw());
            case TOKEN_CREATE -> tokenCreate(command.getTokenCreate());
            case TOKEN_REVOKE ->
                told("TokenRevoke.token_id", command.getTokenRevoke().getTokenId(), Limits.LABEL_CHARS_MAX);
            case ACCOUNT_CHANGE ->
                account("AccountChange.account", command.getAccountChange().getAccount());
            case SET_POLICY -> {
                // An enum; an unknown value is refused where it is set.
            }
            case KIND_NOT_SET ->
                throw new WireException(
                        ErrorCode.UNSUPPORTED, "a command this software does not know; it may be the older one");
        }
    }

    private static void prekey(PublishPrekey prekey) {
        exactly("PublishPrekey.x25519", prekey.getX25519(), Limits.X25519_BYTES);
        exactly("PublishPrekey.ml_kem", prekey.getMlKem(), Limits.ML_KEM_PUBLIC_BYTES);
        time("PublishPrekey.created_millis", prekey.getCreatedMillis());
        between("PublishPrekey.signature", prekey.getSignature(), 1, Limits.SIGNATURE_BYTES_MAX);
    }

    private static void roomChange(RoomChange change) {
        TalkRules.room("RoomChange.room", change.getRoom());
        if (!change.getAccount().isEmpty()) {
            account("RoomChange.account", change.getAccount());
        }
        between("RoomChange.signature", change.getSignature(), 0, Limits.SIGNATURE_BYTES_MAX);
    }

    private static void setPassword(SetPassword command) {
        SessionRules.password("SetPassword.old_password", command.getOldPassword());
        SessionRules.password("SetPassword.new_password", command.getNewPassword());
        if (!command.getPasswordHash().isEmpty()) {
            throw Validation.refused("SetPassword.password_hash", "a hash", "none: the hub makes it");
        }
    }

    private static void tokenCreate(TokenCreate token) {
        exactly("TokenCreate.secret_hash", token.getSecretHash(), Limits.HASH_BYTES);
        labels("TokenCreate.labels", token.getLabelsMap());
        if (!token.getAccount().isEmpty()) {
            account("TokenCreate.account", token.getAccount());
        }
    }

    private static void labels(String field, Map<String, String> labels) {
        count(field, labels.size(), Limits.LABELS_MAX);
        labels.forEach((key, value) -> {
            told(field, key, Limits.LABEL_CHARS_MAX);
            told(field, value, Limits.LABEL_CHARS_MAX);
        });
    }

    static void reply(CommandReply reply) {
        CommandResult result = reply.getResult();
        if (result.hasProblem()) {
            SessionRules.problem(result.getProblem());
        }
        switch (result.getValueCase()) {
            case ROOM -> roomInfo(result.getRoom());
            case STORED -> time("StoredAt.time_millis", result.getStored().getTimeMillis());
            case STALE_DEVICES -> {
                count(
                        "StaleDevices.missing",
                        result.getStaleDevices().getMissingCount(),
                        Limits.DEVICES_PER_ACCOUNT_MAX);
                result.getStaleDevices()
                        .getMissingList()
                        .forEach(device -> exactly("StaleDevices.missing", device, DeviceId.BYTES));
            }
            case AUTH -> SessionRules.authReply(result.getAuth());
            case TOKEN -> token(result.getToken());
            case VALUE_NOT_SET -> {
                // Most commands have nothing to tell.
            }
        }
    }

    static void query(Query query) {
        switch (query.getKindCase()) {
            case RESOLVE -> account("ResolveAccount.account", query.getResolve().getAccount());
            case ROOMS -> told("RoomsWanted.after", query.getRooms().getAfter(), Limits.ROOM_NAME_CHARS_MAX);
            case ROOM -> {
                told("RoomWanted.name", query.getRoom().getName(), Limits.ROOM_NAME_CHARS_MAX);
                between("RoomWanted.room", query.getRoom().getRoom(), 0, Limits.ROOM_ID_BYTES_MAX);
            }
            case TOKENS -> told("TokensWanted.after", query.getTokens().getAfter(), Limits.LABEL_CHARS_MAX);
            case PRESENCE -> {
                if (!query.getPresence().getAccount().isEmpty()) {
                    account("PresenceWanted.account", query.getPresence().getAccount());
                }
            }
            case LOOKUP -> CatalogRules.lookup(query.getLookup());
            case LISTING -> CatalogRules.listing(query.getListing());
            case SEARCH -> CatalogRules.search(query.getSearch());
            case SOURCES -> CatalogRules.sources(query.getSources());
            case AUDIT, HUB_STATUS, BLOCKED, OWN_SHARES -> {
                // Numbers, or nothing at all.
            }
            case KIND_NOT_SET ->
                throw new WireException(
                        ErrorCode.UNSUPPORTED, "a query this software does not know; it may be the older one");
        }
    }

    static void queryReply(QueryReply reply) {
        switch (reply.getKindCase()) {
            case RESOLVED -> reply.getResolved().getDevicesList().forEach(CommandRules::resolved);
            case ROOMS -> reply.getRooms().getRoomsList().forEach(CommandRules::roomInfo);
            case ROOM -> roomInfo(reply.getRoom());
            case TOKENS -> reply.getTokens().getTokensList().forEach(CommandRules::token);
            case PRESENCE ->
                reply.getPresence()
                        .getDevicesList()
                        .forEach(device -> exactly("DevicePresence.device", device.getDevice(), DeviceId.BYTES));
            case HOLDERS -> CatalogRules.holders(reply.getHolders().getHoldersList());
            case LISTING -> CatalogRules.holders(reply.getListing().getSharesList());
            case SEARCH -> CatalogRules.searchReply(reply.getSearch());
            case SOURCES -> CatalogRules.sources(reply.getSources());
            case AUDIT, HUB_STATUS, BLOCKED, OWN_SHARES, KIND_NOT_SET -> {
                // Only shown; the frame bounds them.
            }
        }
    }

    private static void resolved(ResolvedDevice device) {
        exactly("ResolvedDevice.device", device.getDevice(), DeviceId.BYTES);
        SessionRules.endpoints("ResolvedDevice.endpoints", device.getEndpointsList());
        if (device.hasPrekey()) {
            prekey(device.getPrekey());
        }
    }

    private static void roomInfo(RoomInfo room) {
        TalkRules.room("RoomInfo.room", room.getRoom());
        told("RoomInfo.name", room.getName(), Limits.ROOM_NAME_CHARS_MAX);
        count("RoomInfo.members", room.getMembersCount(), Limits.ROOM_MEMBERS_MAX);
        for (String member : room.getMembersList()) {
            told("RoomInfo.members", member, Limits.ACCOUNT_NAME_CHARS_MAX);
        }
        for (RoomStatement statement : room.getStatementsList()) {
            told("RoomStatement.by_account", statement.getByAccount(), Limits.ACCOUNT_NAME_CHARS_MAX);
            emptyOr("RoomStatement.by_device", statement.getByDevice(), DeviceId.BYTES);
            told("RoomChange.account", statement.getChange().getAccount(), Limits.ACCOUNT_NAME_CHARS_MAX);
            between("RoomChange.signature", statement.getChange().getSignature(), 0, Limits.SIGNATURE_BYTES_MAX);
        }
    }

    private static void token(TokenInfo token) {
        told("TokenInfo.token_id", token.getTokenId(), Limits.LABEL_CHARS_MAX);
        told("TokenInfo.created_by", token.getCreatedBy(), Limits.ACCOUNT_NAME_CHARS_MAX);
        labels("TokenInfo.labels", token.getLabelsMap());
    }
}
