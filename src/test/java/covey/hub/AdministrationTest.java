package covey.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import covey.directory.Refused;
import covey.wire.DeviceId;
import covey.wire.proto.AccountChange;
import covey.wire.proto.AuditRecord;
import covey.wire.proto.AuditWanted;
import covey.wire.proto.BlockAccount;
import covey.wire.proto.BlockedWanted;
import covey.wire.proto.Command;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.PublishPrekey;
import covey.wire.proto.Query;
import covey.wire.proto.RegistrationPolicy;
import covey.wire.proto.ResolveAccount;
import covey.wire.proto.Role;
import covey.wire.proto.Roster;
import covey.wire.proto.SetRoster;
import covey.wire.proto.SignedRoster;
import covey.wire.proto.TokenKind;
import covey.wire.proto.TokensWanted;
import java.util.List;
import org.junit.jupiter.api.Test;

final class AdministrationTest {
    private final World hub = World.open();
    private final DeviceId admin = hub.administrator("admin");
    private final DeviceId amy = hub.join("amy");
    private final DeviceId bob = hub.join("bob");
    private final DeviceId operator = World.id(World.OPERATOR);

    @Test
    void onlyAdministratorsAndTheOperatorAdminister() {
        for (Command command : List.of(
                World.policy(RegistrationPolicy.INVITE),
                World.removing("bob"),
                hub.token("t", TokenKind.TOKEN_MEMBER, 1))) {
            assertThat(World.code(hub.as(amy, command))).isEqualTo(ErrorCode.DENIED);
        }
        hub.ok(hub.as(admin, World.policy(RegistrationPolicy.INVITE)));
        hub.ok(hub.as(operator, World.policy(RegistrationPolicy.OPEN)));
    }

    @Test
    void nobodyButTheHubEnrolsOrLetsTimePass() {
        for (Command command : List.of(
                World.boot(RegistrationPolicy.OPEN),
                World.joining("eve", "eve", ""),
                Command.newBuilder()
                        .setTick(covey.wire.proto.Tick.getDefaultInstance())
                        .build())) {
            assertThat(World.code(hub.as(operator, command))).isEqualTo(ErrorCode.DENIED);
        }
        assertThat(World.code(hub.asHub(World.acknowledge(0)))).isEqualTo(ErrorCode.DENIED);
    }

    @Test
    void aCommandWithoutAKnownKindIsUnsupported() {
        assertThat(World.code(hub.as(amy, Command.getDefaultInstance()))).isEqualTo(ErrorCode.UNSUPPORTED);
    }

    @Test
    void oneRevokesOwnDevicesAndAdministratorsRevokeAny() {
        DeviceId phone = hub.login("amy", "phone");
        assertThat(World.code(hub.as(bob, World.revoking(phone)))).isEqualTo(ErrorCode.DENIED);
        hub.ok(hub.as(amy, World.revoking(phone)));
        assertThat(hub.lastEffects().revoked()).containsExactly(phone);
        assertThat(hub.state.view().isActive(phone)).isFalse();
        hub.ok(hub.as(admin, World.revoking(bob)));
        assertThat(hub.state.view().isActive(bob)).isFalse();
        hub.ok(hub.as(admin, World.revoking(bob)));
        assertThat(World.code(hub.as(admin, World.revoking(World.id("unknown")))))
                .isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void aRevokedDeviceCanDoNothingMore() {
        hub.ok(hub.as(admin, World.revoking(amy)));
        assertThat(World.code(hub.as(amy, World.acknowledge(0)))).isEqualTo(ErrorCode.NOT_LOGGED_IN);
        assertThatThrownBy(() -> hub.state.query(amy, blocked())).isInstanceOf(Refused.class);
    }

    @Test
    void theHubsOwnDeviceCannotBeRevoked() {
        assertThat(World.code(hub.as(admin, World.revoking(operator)))).isEqualTo(ErrorCode.DENIED);
    }

    @Test
    void disablingCutsTheDevicesUntilItIsUndone() {
        hub.ok(hub.as(admin, World.disabling("amy", true)));
        assertThat(hub.lastEffects().revoked()).containsExactly(amy);
        assertThat(World.code(hub.as(amy, World.acknowledge(0)))).isEqualTo(ErrorCode.NOT_LOGGED_IN);
        hub.ok(hub.as(admin, World.disabling("amy", false)));
        hub.ok(hub.as(amy, World.acknowledge(0)));
    }

    @Test
    void removingEndsTheAccountAndItsDevices() {
        hub.ok(hub.as(admin, World.removing("amy")));
        assertThat(hub.lastEffects().revoked()).containsExactly(amy);
        assertThat(hub.state.view().account("amy")).isEmpty();
        assertThat(hub.state.credentials("amy")).isEmpty();
        assertThat(hub.state.view().device(amy).orElseThrow().revoked()).isTrue();
    }

    @Test
    void theLastAdministratorStays() {
        assertThat(World.code(hub.as(admin, World.removing("admin")))).isEqualTo(ErrorCode.DENIED);
        assertThat(World.code(hub.as(admin, World.disabling("admin", true)))).isEqualTo(ErrorCode.DENIED);
        assertThat(World.code(hub.as(admin, role("admin", Role.MEMBER)))).isEqualTo(ErrorCode.DENIED);
        assertThat(World.code(hub.as(admin, World.revoking(admin)))).isEqualTo(ErrorCode.DENIED);
        hub.ok(hub.as(admin, role("amy", Role.ADMINISTRATOR)));
        hub.ok(hub.as(amy, World.removing("admin")));
    }

    @Test
    void anAdministratorWithoutADeviceIsNobodyToLeaveTheNetworkTo() {
        hub.ok(hub.as(admin, role("amy", Role.ADMINISTRATOR)));
        DeviceId phone = hub.login("admin", "phone");
        hub.ok(hub.as(admin, World.revoking(phone)));
        hub.ok(hub.as(amy, World.revoking(amy)));
        assertThat(World.code(hub.as(admin, World.revoking(admin)))).isEqualTo(ErrorCode.DENIED);
        assertThat(World.code(hub.as(admin, role("admin", Role.MEMBER)))).isEqualTo(ErrorCode.DENIED);
    }

    @Test
    void theOperatorMayEndEvenTheLastAdministrator() {
        hub.ok(hub.as(operator, World.revoking(admin)));
        hub.ok(hub.as(operator, World.disabling("admin", true)));
    }

    @Test
    void theOperatorStaysAsItIs() {
        assertThat(World.code(hub.as(admin, World.removing("hub")))).isEqualTo(ErrorCode.DENIED);
        assertThat(World.code(hub.as(admin, World.disabling("hub", true)))).isEqualTo(ErrorCode.DENIED);
        assertThat(World.code(hub.as(admin, role("hub", Role.MEMBER)))).isEqualTo(ErrorCode.DENIED);
    }

    @Test
    void everyAdministrativeActIsAuditedInAChain() {
        hub.ok(hub.as(admin, World.policy(RegistrationPolicy.INVITE)));
        hub.ok(hub.as(admin, World.disabling("amy", true)));
        World.code(hub.as(admin, World.removing("admin")));
        hub.ok(hub.as(operator, World.removing("bob")));
        List<AuditRecord> records = audit(0, 3);
        assertThat(records)
                .extracting(AuditRecord::getActor, AuditRecord::getAction, AuditRecord::getSubject)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("admin", "policy.set", "registration"),
                        org.assertj.core.groups.Tuple.tuple("admin", "account.disable", "amy"),
                        org.assertj.core.groups.Tuple.tuple("hub", "account.remove", "bob"));
        assertThat(audit(1, 1).getFirst().getAction()).isEqualTo("network.boot");
        assertThat(records.getLast().getIndex())
                .isEqualTo(audit(0, 1).getFirst().getIndex());
        assertThat(hub.state.isAuditIntact()).isTrue();
        assertThatThrownBy(() -> hub.state.query(
                        amy,
                        Query.newBuilder()
                                .setAudit(AuditWanted.getDefaultInstance())
                                .build()))
                .isInstanceOf(Refused.class);
    }

    @Test
    void blockingIsOnesOwnAndEndsWithTheBlockedAccount() {
        hub.ok(hub.as(amy, block("bob", true)));
        assertThat(hub.state.isBlocked("amy", "bob")).isTrue();
        assertThat(hub.state.isBlocked("bob", "amy")).isFalse();
        assertThat(hub.state.query(amy, blocked()).getBlocked().getAccountsList())
                .containsExactly("bob");
        hub.ok(hub.as(admin, World.removing("bob")));
        hub.ok(hub.asHub(World.joining("bob", "another bob", "")));
        assertThat(hub.state.isBlocked("amy", "bob")).isFalse();
        hub.ok(hub.as(amy, block("bob", true)));
        hub.ok(hub.as(amy, block("bob", false)));
        assertThat(hub.state.isBlocked("amy", "bob")).isFalse();
    }

    @Test
    void nobodyBlocksItselfTheOperatorOrNobody() {
        assertThat(World.code(hub.as(amy, block("amy", true)))).isEqualTo(ErrorCode.BAD_REQUEST);
        assertThat(World.code(hub.as(amy, block("hub", true)))).isEqualTo(ErrorCode.BAD_REQUEST);
        assertThat(World.code(hub.as(amy, block("nobody", true)))).isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void theLastPublishedPrekeyIsTheOneOthersGet() {
        hub.ok(hub.as(amy, prekey(1)));
        hub.ok(hub.as(amy, prekey(2)));
        assertThat(hub.state.prekey(amy).orElseThrow().getPrekeyId()).isEqualTo(2);
        Query resolve = Query.newBuilder()
                .setResolve(ResolveAccount.newBuilder().setAccount("amy"))
                .build();
        assertThat(hub.state
                        .query(bob, resolve)
                        .getResolved()
                        .getDevices(0)
                        .getPrekey()
                        .getPrekeyId())
                .isEqualTo(2);
        hub.ok(hub.as(admin, World.revoking(amy)));
        assertThat(hub.state.prekey(amy)).isEmpty();
    }

    @Test
    void aPrekeyOfWrongSizeIsRefused() {
        Command.Builder large = prekey(1).toBuilder();
        large.getPublishPrekeyBuilder().setMlKem(com.google.protobuf.ByteString.copyFrom(new byte[10_000]));
        assertThat(World.code(hub.as(amy, large.build()))).isEqualTo(ErrorCode.BAD_REQUEST);
    }

    @Test
    void rostersFollowOneAnother() {
        assertThat(World.code(hub.asHub(roster(3)))).isEqualTo(ErrorCode.CONFLICT);
        hub.ok(hub.asHub(roster(2)));
        hub.ok(hub.asHub(roster(2)));
        assertThat(hub.state.network().orElseThrow().roster().getChainCount()).isEqualTo(2);
        assertThat(hub.state.view().rosterEpoch()).isEqualTo(2);
    }

    @Test
    void statusAndTokensAreForThoseWhoMaySeeThem() {
        hub.ok(hub.as(admin, hub.token("t", TokenKind.TOKEN_MEMBER, 3)));
        Query tokens =
                Query.newBuilder().setTokens(TokensWanted.getDefaultInstance()).build();
        assertThat(hub.state.query(admin, tokens).getTokens().getTokens(0).getUsesLeft())
                .isEqualTo(3);
        assertThat(hub.state.query(operator, tokens).getTokens().getTokens(0).getCreatedBy())
                .isEqualTo("admin");
        assertThatThrownBy(() -> hub.state.query(amy, tokens)).isInstanceOf(Refused.class);
        assertThat(hub.state.view().accountCount()).isEqualTo(4);
    }

    private List<AuditRecord> audit(long from, int limit) {
        Query query = Query.newBuilder()
                .setAudit(AuditWanted.newBuilder().setFrom(from).setLimit(limit))
                .build();
        return hub.state.query(admin, query).getAudit().getRecordsList();
    }

    private static Query blocked() {
        return Query.newBuilder().setBlocked(BlockedWanted.getDefaultInstance()).build();
    }

    private static Command role(String account, Role role) {
        return World.change(AccountChange.newBuilder().setAccount(account).setRole(role));
    }

    private static Command block(String account, boolean blocked) {
        return Command.newBuilder()
                .setBlockAccount(BlockAccount.newBuilder().setAccount(account).setBlocked(blocked))
                .build();
    }

    private static Command prekey(long id) {
        return Command.newBuilder()
                .setPublishPrekey(PublishPrekey.newBuilder()
                        .setPrekeyId(id)
                        .setX25519(World.bytes("x25519"))
                        .setMlKem(World.bytes("ml-kem"))
                        .setSignature(World.bytes("signature")))
                .build();
    }

    private static Command roster(long epoch) {
        Roster roster = Roster.newBuilder().setEpoch(epoch).build();
        return Command.newBuilder()
                .setSetRoster(SetRoster.newBuilder()
                        .setRoster(SignedRoster.newBuilder().setRoster(roster.toByteString())))
                .build();
    }
}
