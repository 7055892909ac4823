package covey.hub;

import static org.assertj.core.api.Assertions.assertThat;

import covey.directory.DirectoryView;
import covey.wire.DeviceId;
import covey.wire.Limits;
import covey.wire.proto.AccountChange;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.EnrolAccount;
import covey.wire.proto.EnrolDevice;
import covey.wire.proto.Enrolment;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.RegistrationPolicy;
import covey.wire.proto.Role;
import covey.wire.proto.SetPassword;
import covey.wire.proto.TokenCreate;
import covey.wire.proto.TokenKind;
import covey.wire.proto.TokenRevoke;
import org.junit.jupiter.api.Test;

final class EnrolmentTest {
    private final World hub = new World();

    @Test
    void aNetworkBeginsWithItsRosterAndTheOperator() {
        hub.ok(hub.asHub(World.boot(RegistrationPolicy.INVITE)));
        DirectoryView view = hub.state.view();
        assertThat(view.account("hub").orElseThrow().role()).isEqualTo(Role.OPERATOR);
        assertThat(view.isActive(World.id(World.OPERATOR))).isTrue();
        assertThat(view.roster()).isPresent();
        assertThat(hub.state.network().orElseThrow().name()).isEqualTo("office");
        assertThat(hub.lastEffects().directoryGrew()).isTrue();
    }

    @Test
    void bootingTwiceIsHarmlessButAnotherNetworkIsRefused() {
        hub.ok(hub.asHub(World.boot(RegistrationPolicy.INVITE)));
        hub.ok(hub.asHub(World.boot(RegistrationPolicy.INVITE)));
        assertThat(hub.state.view().size()).isEqualTo(3);
        Command.Builder other = World.boot(RegistrationPolicy.INVITE).toBuilder();
        other.getBootNetworkBuilder().getRosterBuilder().setRootPublicKey(World.bytes("other"));
        assertThat(World.code(hub.asHub(other.build()))).isEqualTo(ErrorCode.CONFLICT);
    }

    @Test
    void nothingWorksBeforeThereIsANetwork() {
        assertThat(World.code(hub.asHub(World.joining("amy", "amy", "")))).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(World.code(hub.asHub(hub.token("t", TokenKind.TOKEN_MEMBER, 1))))
                .isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void byInviteOneNeedsAToken() {
        boot(RegistrationPolicy.INVITE);
        assertThat(World.code(hub.asHub(World.joining("amy", "amy", "")))).isEqualTo(ErrorCode.DENIED);
        hub.ok(hub.asHub(hub.token("t", TokenKind.TOKEN_MEMBER, 1)));
        CommandResult joined = hub.ok(hub.asHub(World.joining("amy", "amy", "t")));
        assertThat(joined.getAuth().getRole()).isEqualTo(Role.MEMBER);
        assertThat(joined.getAuth().getFurtherDevice()).isFalse();
        assertThat(hub.state.credentials("amy").orElseThrow().passwordHash()).isEqualTo(World.PASSWORD_HASH);
    }

    @Test
    void whereRegistrationIsOpenNobodyNeedsOne() {
        boot(RegistrationPolicy.OPEN);
        hub.ok(hub.asHub(World.joining("amy", "amy", "")));
        assertThat(hub.state.view().account("amy")).isPresent();
    }

    @Test
    void aClosedNetworkLetsOnlyItsFirstAdministratorIn() {
        boot(RegistrationPolicy.CLOSED);
        hub.administrator("amy");
        hub.ok(hub.asHub(hub.token("t", TokenKind.TOKEN_MEMBER, 1)));
        assertThat(World.code(hub.asHub(World.joining("bob", "bob", "t")))).isEqualTo(ErrorCode.DENIED);
        hub.ok(hub.as(World.id("amy"), World.policy(RegistrationPolicy.INVITE)));
        hub.ok(hub.asHub(World.joining("bob", "bob", "t")));
        assertThat(hub.state.network().orElseThrow().registration()).isEqualTo(RegistrationPolicy.INVITE);
    }

    @Test
    void aTokenIsGoodForItsNumberOfUses() {
        boot(RegistrationPolicy.INVITE);
        hub.ok(hub.asHub(hub.token("t", TokenKind.TOKEN_MEMBER, 2)));
        hub.ok(hub.asHub(World.joining("amy", "amy", "t")));
        assertThat(hub.state.token(World.hash("t").toByteArray()).orElseThrow().usesLeft())
                .isEqualTo(1);
        hub.ok(hub.asHub(World.joining("bob", "bob", "t")));
        assertThat(World.code(hub.asHub(World.joining("eve", "eve", "t")))).isEqualTo(ErrorCode.DENIED);
        assertThat(hub.state.token(World.hash("t").toByteArray())).isEmpty();
    }

    @Test
    void aRefusedEnrolmentDoesNotUseTheToken() {
        boot(RegistrationPolicy.INVITE);
        hub.ok(hub.asHub(hub.token("t", TokenKind.TOKEN_MEMBER, 1)));
        assertThat(World.code(hub.asHub(World.joining("Bad Name", "amy", "t")))).isEqualTo(ErrorCode.BAD_REQUEST);
        hub.ok(hub.asHub(World.joining("amy", "amy", "t")));
    }

    @Test
    void tokensExpireByTheTimeOfTheStateAndTicksRemoveThem() {
        boot(RegistrationPolicy.INVITE);
        hub.ok(hub.asHub(hub.token("t", TokenKind.TOKEN_MEMBER, 1)));
        hub.nowMillis += 60_000;
        assertThat(World.code(hub.asHub(World.joining("amy", "amy", "t")))).isEqualTo(ErrorCode.DENIED);
        assertThat(hub.state.token(World.hash("t").toByteArray())).isPresent();
        hub.tick();
        assertThat(hub.state.token(World.hash("t").toByteArray())).isEmpty();
    }

    @Test
    void aRevokedTokenIsWorthNothing() {
        boot(RegistrationPolicy.INVITE);
        String id = hub.ok(hub.asHub(hub.token("t", TokenKind.TOKEN_MEMBER, 1)))
                .getToken()
                .getTokenId();
        Command revoke = Command.newBuilder()
                .setTokenRevoke(TokenRevoke.newBuilder().setTokenId(id))
                .build();
        hub.ok(hub.asHub(revoke));
        assertThat(World.code(hub.asHub(World.joining("amy", "amy", "t")))).isEqualTo(ErrorCode.DENIED);
        assertThat(World.code(hub.asHub(revoke))).isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void theTokensKindDecidesTheRole() {
        boot(RegistrationPolicy.INVITE);
        hub.administrator("amy");
        assertThat(hub.state.view().account("amy").orElseThrow().role()).isEqualTo(Role.ADMINISTRATOR);
        hub.ok(hub.asHub(hub.token("m", TokenKind.TOKEN_MACHINE, 1)));
        Command machine = Command.newBuilder()
                .setEnrolAccount(EnrolAccount.newBuilder()
                        .setAccount("press")
                        .setPublicKey(World.bytes("press"))
                        .setTokenHash(World.hash("m")))
                .build();
        assertThat(hub.ok(hub.asHub(machine)).getAuth().getRole()).isEqualTo(Role.MACHINE);
        hub.ok(hub.asHub(hub.token("h", TokenKind.TOKEN_HUB, 1)));
        assertThat(World.code(hub.asHub(World.joining("bob", "bob", "h")))).isEqualTo(ErrorCode.DENIED);
    }

    @Test
    void aTakenOrReservedNameIsRefused() {
        boot(RegistrationPolicy.OPEN);
        hub.join("amy");
        assertThat(World.code(hub.asHub(World.joining("amy", "other", "")))).isEqualTo(ErrorCode.CONFLICT);
        assertThat(World.code(hub.asHub(World.joining("hub", "other", "")))).isEqualTo(ErrorCode.DENIED);
    }

    @Test
    void askingAgainAfterALostAnswerGivesTheSameAnswerOnce() {
        boot(RegistrationPolicy.INVITE);
        hub.ok(hub.asHub(hub.token("t", TokenKind.TOKEN_MEMBER, 1)));
        CommandResult first = hub.ok(hub.asHub(World.joining("amy", "amy", "t")));
        long size = hub.state.view().size();
        assertThat(hub.asHub(World.joining("amy", "amy", "t"))).isEqualTo(first);
        assertThat(hub.state.view().size()).isEqualTo(size);
    }

    @Test
    void aDeviceBelongsToOneAccountForGood() {
        boot(RegistrationPolicy.OPEN);
        hub.join("amy");
        assertThat(World.code(hub.asHub(World.joining("bob", "amy", "")))).isEqualTo(ErrorCode.CONFLICT);
        DeviceId phone = hub.login("amy", "phone");
        hub.ok(hub.as(World.id("amy"), World.revoking(phone)));
        assertThat(World.code(hub.asHub(login("amy", "phone")))).isEqualTo(ErrorCode.CONFLICT);
    }

    @Test
    void aFurtherDeviceIsToldThatItIsOne() {
        boot(RegistrationPolicy.OPEN);
        hub.join("amy");
        CommandResult result = hub.ok(hub.asHub(login("amy", "phone")));
        assertThat(result.getAuth().getFurtherDevice()).isTrue();
        assertThat(hub.state.view().activeDevices("amy")).hasSize(2);
    }

    @Test
    void anAccountHasABoundedNumberOfDevices() {
        boot(RegistrationPolicy.OPEN);
        hub.join("amy");
        for (int i = 1; i < Limits.DEVICES_PER_ACCOUNT_MAX; i++) {
            hub.login("amy", "device " + i);
        }
        assertThat(World.code(hub.asHub(login("amy", "one too many")))).isEqualTo(ErrorCode.OVER_LIMIT);
    }

    @Test
    void nobodyLogsInToAnUnknownOrDisabledAccount() {
        boot(RegistrationPolicy.OPEN);
        assertThat(World.code(hub.asHub(login("amy", "phone")))).isEqualTo(ErrorCode.NOT_FOUND);
        hub.join("amy");
        hub.ok(hub.asHub(World.disabling("amy", true)));
        assertThat(World.code(hub.asHub(login("amy", "phone")))).isEqualTo(ErrorCode.DENIED);
    }

    @Test
    void aResetTokenReplacesThePasswordOfItsAccountOnly() {
        boot(RegistrationPolicy.OPEN);
        hub.join("amy");
        hub.join("bob");
        hub.ok(hub.asHub(reset("t", "amy")));
        assertThat(World.code(hub.asHub(withToken("bob", "phone", "t")))).isEqualTo(ErrorCode.DENIED);
        assertThat(World.code(hub.asHub(World.joining("eve", "phone", "t")))).isEqualTo(ErrorCode.DENIED);
        hub.ok(hub.asHub(withToken("amy", "phone", "t")));
        assertThat(hub.state.credentials("amy").orElseThrow().passwordHash()).isEqualTo(World.PASSWORD_HASH + "new");
        assertThat(World.code(hub.asHub(withToken("amy", "tablet", "t")))).isEqualTo(ErrorCode.DENIED);
    }

    @Test
    void aResetTokenIsNotForTheNextOneOfThatName() {
        boot(RegistrationPolicy.OPEN);
        hub.join("amy");
        hub.ok(hub.asHub(reset("t", "amy")));
        hub.ok(hub.asHub(World.removing("amy")));
        hub.ok(hub.asHub(World.joining("amy", "another amy", "")));
        assertThat(World.code(hub.asHub(withToken("amy", "phone", "t")))).isEqualTo(ErrorCode.DENIED);
    }

    @Test
    void passwordsChangeOnlyToHashes() {
        boot(RegistrationPolicy.OPEN);
        DeviceId amy = hub.join("amy");
        assertThat(World.code(hub.as(amy, password("plain")))).isEqualTo(ErrorCode.BAD_REQUEST);
        hub.ok(hub.as(amy, password(World.PASSWORD_HASH + "2")));
        assertThat(hub.state.credentials("amy").orElseThrow().passwordHash()).endsWith("2");
        assertThat(World.code(hub.as(World.id(World.OPERATOR), password(World.PASSWORD_HASH))))
                .isEqualTo(ErrorCode.BAD_REQUEST);
    }

    @Test
    void tokensAreBoundedInUsesLifetimeAndLabels() {
        boot(RegistrationPolicy.INVITE);
        Command good = hub.token("t", TokenKind.TOKEN_MEMBER, 1);
        refusedToken(good, token -> token.setUses(1_000_000));
        refusedToken(good, token -> token.setExpiresMillis(hub.nowMillis));
        refusedToken(good, token -> token.setExpiresMillis(hub.nowMillis + 400L * 24 * 60 * 60 * 1000));
        refusedToken(good, token -> token.setSecretHash(World.bytes("short")));
        refusedToken(good, token -> token.putLabels("x".repeat(1_000), ""));
        refusedToken(good, token -> token.setKind(TokenKind.TOKEN_RESET).setAccount("hub"));
    }

    private void refusedToken(Command good, java.util.function.Consumer<TokenCreate.Builder> change) {
        TokenCreate.Builder token = good.getTokenCreate().toBuilder();
        change.accept(token);
        CommandResult result =
                hub.asHub(Command.newBuilder().setTokenCreate(token).build());
        assertThat(World.code(result)).isEqualTo(ErrorCode.BAD_REQUEST);
    }

    private void boot(RegistrationPolicy policy) {
        hub.ok(hub.asHub(World.boot(policy)));
    }

    private static Command login(String account, String key) {
        return Command.newBuilder()
                .setEnrolDevice(EnrolDevice.newBuilder()
                        .setAccount(account)
                        .setPublicKey(World.bytes(key))
                        .setEnrolment(Enrolment.BY_PASSWORD))
                .build();
    }

    private static Command withToken(String account, String key, String secret) {
        return Command.newBuilder()
                .setEnrolDevice(EnrolDevice.newBuilder()
                        .setAccount(account)
                        .setPublicKey(World.bytes(key))
                        .setTokenHash(World.hash(secret))
                        .setPasswordHash(World.PASSWORD_HASH + "new"))
                .build();
    }

    private Command reset(String secret, String account) {
        Command.Builder command = hub.token(secret, TokenKind.TOKEN_RESET, 1).toBuilder();
        command.getTokenCreateBuilder().setAccount(account);
        return command.build();
    }

    private static Command password(String hash) {
        return Command.newBuilder()
                .setSetPassword(SetPassword.newBuilder().setPasswordHash(hash))
                .build();
    }

    @Test
    void rolesAreTakenOnlyByPeople() {
        boot(RegistrationPolicy.OPEN);
        hub.join("amy");
        AccountChange.Builder change = AccountChange.newBuilder().setAccount("amy");
        assertThat(World.code(hub.asHub(World.change(change.setRole(Role.MACHINE)))))
                .isEqualTo(ErrorCode.BAD_REQUEST);
        assertThat(World.code(hub.asHub(World.change(change.setRole(Role.OPERATOR)))))
                .isEqualTo(ErrorCode.BAD_REQUEST);
        hub.ok(hub.asHub(World.change(change.setRole(Role.ADMINISTRATOR))));
        assertThat(hub.state.view().administratorCount()).isEqualTo(1);
    }
}
