package covey.directory;

import covey.wire.proto.Command.KindCase;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.Role;

/** Who may ask for which command. Finer rules (whose device, whose room) stand with the commands. */
public final class Authority {
    private Authority() {}

    private enum Right {
        /** Only the hub itself. */
        HUB,
        /** Any device that may act, machines too; not the hub. */
        DEVICE,
        /** A person's device (or the operator's); not a machine, not the hub. */
        PERSON,
        /** Any device, and the hub. */
        ANYONE,
        /** Administrators, the operator and the hub. */
        ADMINISTRATOR
    }

    public static void check(Actor actor, KindCase kind) {
        boolean isAllowed = switch (right(kind)) {
            case HUB -> actor.isHub();
            case DEVICE -> !actor.isHub();
            case PERSON -> !actor.isHub() && actor.role() != Role.MACHINE;
            case ANYONE -> true;
            case ADMINISTRATOR -> actor.isAdministrator();
        };
        if (!isAllowed) {
            throw Refused.denied(
                    switch (right(kind)) {
                        case HUB -> "Only the hub itself does this.";
                        case DEVICE, PERSON -> "@" + actor.account() + " cannot do this: it is for people.";
                        case ADMINISTRATOR ->
                            "Only administrators and the operator may do this; @" + actor.account() + " is neither.";
                        case ANYONE -> "Nobody may do this.";
                    });
        }
    }

    private static Right right(KindCase kind) {
        return switch (kind) {
            case BOOT_NETWORK, ENROL_ACCOUNT, ENROL_DEVICE, TICK, SET_ROSTER, ROOM_CURSORS -> Right.HUB;
            case PUBLISH_PREKEY, DEPOSIT, MAIL_ACK, REGISTER, WITHDRAW -> Right.DEVICE;
            case ROOM_POST, ROOM_CREATE, ROOM_CHANGE, SET_PASSWORD, BLOCK_ACCOUNT -> Right.PERSON;
            case REVOKE_DEVICE -> Right.ANYONE;
            case TOKEN_CREATE, TOKEN_REVOKE, ACCOUNT_CHANGE, SET_POLICY -> Right.ADMINISTRATOR;
            case KIND_NOT_SET ->
                throw new Refused(
                        ErrorCode.UNSUPPORTED, "This hub does not know this command: update it, or use an older peer.");
        };
    }
}
