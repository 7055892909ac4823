package covey.hub;

import static org.assertj.core.api.Assertions.assertThat;

import covey.mailbox.MailboxState;
import covey.wire.DeviceId;
import covey.wire.Limits;
import covey.wire.proto.BlockAccount;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.Deposit;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.MailItem;
import covey.wire.proto.MailOutcome;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class MailTest {
    private static final int ALL = 1 << 30;

    private final World hub = World.open();
    private final DeviceId amy = hub.join("amy");
    private final DeviceId bob = hub.join("bob");

    @Test
    void mailWaitsInOrderUntilItIsAcknowledged() {
        hub.ok(hub.as(amy, World.deposit("one", "bob", bob)));
        assertThat(hub.lastEffects().mailFor()).containsExactly(bob);
        hub.ok(hub.as(amy, World.deposit("two", "bob", bob)));
        List<MailItem> items = mail(bob);
        assertThat(items).extracting(MailItem::getPosition).containsExactly(1L, 2L);
        assertThat(items.get(0).getSealed().getEnvelope()).isEqualTo(World.bytes("sealed one"));
        assertThat(items.get(0).getSealed().getFromDevice()).isEqualTo(amy.toByteString());
        assertThat(items.get(0).getTimeMillis()).isEqualTo(hub.nowMillis);
        assertThat(hub.state.mail(bob, 1, ALL)).containsExactly(items.get(1));
        hub.ok(hub.as(bob, World.acknowledge(1)));
        assertThat(mail(bob)).containsExactly(items.get(1));
        hub.ok(hub.as(bob, World.acknowledge(2)));
        assertThat(mail(bob)).isEmpty();
        assertThat(hub.state.mailWaiting(bob)).isZero();
    }

    @Test
    void theSenderIsToldWhenItsMailWasFetchedAndNoticesAreNotNoticed() {
        hub.ok(hub.as(amy, World.deposit("one", "bob", bob)));
        hub.ok(hub.as(bob, World.acknowledge(1)));
        assertThat(hub.lastEffects().mailFor()).containsExactly(amy);
        assertNotice(mail(amy).getFirst(), "one", bob, MailOutcome.FETCHED);
        hub.ok(hub.as(amy, World.acknowledge(1)));
        assertThat(mail(amy)).isEmpty();
        assertThat(mail(bob)).isEmpty();
        assertThat(waitingInAll()).isZero();
    }

    @Test
    void aDepositMustAccountForEveryActiveDevice() {
        DeviceId phone = hub.login("bob", "phone");
        CommandResult result = hub.as(amy, World.deposit("one", "bob", bob));
        assertThat(World.code(result)).isEqualTo(ErrorCode.STALE_DEVICES);
        assertThat(result.getStaleDevices().getMissingList()).containsExactly(phone.toByteString());
        assertThat(result.getStaleDevices().getDirectorySize())
                .isEqualTo(hub.state.view().size());
        assertThat(mail(bob)).isEmpty();
        Deposit covered = World.depositBuilder("one", "bob", bob)
                .addCovered(phone.toByteString())
                .build();
        hub.ok(hub.as(amy, Command.newBuilder().setDeposit(covered).build()));
        hub.ok(hub.as(amy, World.deposit("two", "bob", bob, phone)));
        assertThat(mail(bob)).hasSize(2);
        assertThat(mail(phone)).hasSize(1);
    }

    @Test
    void ownOtherDevicesGetTheirCopyWithoutTheSendingOne() {
        DeviceId phone = hub.login("amy", "phone");
        hub.ok(hub.as(amy, World.deposit("copy", "amy", phone)));
        assertThat(mail(phone)).hasSize(1);
        assertThat(World.code(hub.as(amy, World.deposit("self", "amy", amy, phone))))
                .isEqualTo(ErrorCode.BAD_REQUEST);
    }

    @Test
    void aRevokedDeviceIsReportedAndTheOthersGetTheirMail() {
        DeviceId phone = hub.login("bob", "phone");
        hub.ok(hub.as(bob, World.revoking(phone)));
        hub.ok(hub.as(amy, World.deposit("one", "bob", bob, phone)));
        assertThat(mail(bob)).hasSize(1);
        assertNotice(mail(amy).getFirst(), "one", phone, MailOutcome.DEVICE_REVOKED);
    }

    @Test
    void unknownDisabledRemovedAndBlockingReceiversRefuse() {
        assertThat(World.code(hub.as(amy, World.deposit("x", "nobody", bob)))).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(World.code(hub.as(amy, World.deposit("x", "bob", World.id("stranger")))))
                .isEqualTo(ErrorCode.BAD_REQUEST);
        hub.ok(hub.as(bob, blocking("amy", true)));
        assertThat(World.code(hub.as(amy, World.deposit("x", "bob", bob)))).isEqualTo(ErrorCode.DENIED);
        hub.ok(hub.as(bob, blocking("amy", false)));
        hub.ok(hub.as(amy, World.deposit("x", "bob", bob)));
        hub.ok(hub.asHub(World.disabling("bob", true)));
        assertThat(World.code(hub.as(amy, World.deposit("y", "bob", bob)))).isEqualTo(ErrorCode.DENIED);
        hub.ok(hub.asHub(World.removing("bob")));
        assertThat(World.code(hub.as(amy, World.deposit("z", "bob", bob)))).isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void shapesAndSizesAreChecked() {
        Deposit good = World.depositBuilder("x", "bob", bob).build();
        refused(good.toBuilder().setMessageId(World.bytes("short")));
        refused(good.toBuilder().clearMails());
        Deposit.Builder large = good.toBuilder();
        large.getMailsBuilder(0).setEnvelope(World.bytes("x".repeat(Limits.ENVELOPE_BYTES_MAX + 1)));
        refused(large);
        Deposit.Builder shortId = good.toBuilder();
        shortId.getMailsBuilder(0).setDevice(World.bytes("short"));
        refused(shortId);
    }

    @Test
    void theSameEnvelopeAgainChangesNothing() {
        hub.ok(hub.as(amy, World.deposit("one", "bob", bob)));
        hub.ok(hub.as(amy, World.deposit("one", "bob", bob)));
        assertThat(mail(bob)).hasSize(1);
        assertThat(hub.lastEffects().mailFor()).isEmpty();
    }

    @Test
    void aNewlySealedMessageTakesThePlaceOfTheOldOneAtTheEnd() {
        hub.ok(hub.as(amy, World.deposit("one", "bob", bob)));
        hub.ok(hub.as(amy, World.deposit("two", "bob", bob)));
        hub.ok(hub.as(amy, resealed("one")));
        assertThat(mail(bob)).extracting(MailItem::getPosition).containsExactly(2L, 3L);
        assertThat(mail(bob).get(1).getSealed().getEnvelope()).isEqualTo(World.bytes("sealed again"));
        assertThat(waitingInAll()).isEqualTo(2);
        hub.ok(hub.as(bob, World.acknowledge(3)));
        assertThat(mail(amy)).hasSize(2);
    }

    @Test
    void anotherSendersMessageIdIsNotInTheWay() {
        DeviceId eve = hub.join("eve");
        hub.ok(hub.as(amy, World.deposit("one", "bob", bob)));
        Deposit.Builder forged = World.depositBuilder("one", "bob", bob);
        forged.getMailsBuilder(0).setEnvelope(World.bytes("forged"));
        hub.ok(hub.as(eve, Command.newBuilder().setDeposit(forged).build()));
        assertThat(mail(bob))
                .extracting(item -> item.getSealed().getEnvelope().toStringUtf8())
                .containsExactly("sealed one", "forged");
    }

    @Test
    void aFullMailboxRefusesAndTellsWhoElseGotIt() {
        DeviceId phone = hub.login("bob", "phone");
        fill(bob, phone);
        assertThat(World.code(hub.as(amy, covering("more", bob, phone)))).isEqualTo(ErrorCode.OVER_LIMIT);
        hub.ok(hub.as(amy, World.deposit("both", "bob", bob, phone)));
        assertThat(mail(phone)).hasSize(1);
        assertNotice(mail(amy).getFirst(), "both", bob, MailOutcome.QUOTA);
        hub.ok(hub.as(bob, World.acknowledge(1)));
        hub.ok(hub.as(amy, covering("fits again", bob, phone)));
    }

    @Test
    void aMailboxIsBoundedInBytesToo() {
        int mails = (int) (MailboxState.BYTES_PER_DEVICE_MAX / Limits.ENVELOPE_BYTES_MAX);
        List<DeviceId> senders =
                Stream.of("a", "b", "c", "d", "e").map(hub::join).toList();
        for (int i = 0; i <= mails; i++) {
            CommandResult result = hub.as(senders.get(i % senders.size()), large("m" + i));
            assertThat(result.hasProblem()).isEqualTo(i == mails);
        }
    }

    private Command large(String message) {
        Deposit.Builder deposit = World.depositBuilder(message, "bob", bob);
        deposit.getMailsBuilder(0).setEnvelope(World.bytes("x".repeat(Limits.ENVELOPE_BYTES_MAX)));
        return Command.newBuilder().setDeposit(deposit).build();
    }

    @Test
    void oneSenderCannotShutOutTheOthers() {
        DeviceId phone = hub.login("amy", "phone");
        int half = (int) (MailboxState.BYTES_PER_DEVICE_MAX / Limits.ENVELOPE_BYTES_MAX / 2) + 1;
        for (int i = 0; i < half; i++) {
            hub.ok(hub.as(i % 2 == 0 ? amy : phone, large("m" + i)));
        }
        CommandResult more = hub.as(phone, large("more"));
        assertThat(World.code(more)).isEqualTo(ErrorCode.OVER_LIMIT);
        assertThat(more.getProblem().getMessage()).contains("a quarter of it is yours");
        hub.ok(hub.as(hub.join("eve"), large("from eve")));
        hub.ok(hub.as(hub.login("bob", "desk"), covering("from himself", bob, World.id("desk"))));

        hub.ok(hub.as(bob, World.acknowledge(half / 2)));
        hub.ok(hub.as(
                phone,
                Command.newBuilder()
                        .setDeposit(World.depositBuilder("fits again", "bob", bob)
                                .addCovered(World.id("desk").toByteString()))
                        .build()));
    }

    @Test
    void aLargerEnvelopeThatHasNoPlaceLeavesTheFirstWhereItIs() {
        DeviceId phone = hub.login("bob", "phone");
        hub.ok(hub.as(amy, World.deposit("first", "bob", bob, phone)));
        int half = (int) (MailboxState.BYTES_PER_DEVICE_MAX / Limits.ENVELOPE_BYTES_MAX / 2) + 1;
        for (int i = 0; i < half; i++) {
            Deposit.Builder one = large("m" + i).getDeposit().toBuilder().addCovered(phone.toByteString());
            hub.ok(hub.as(amy, Command.newBuilder().setDeposit(one).build()));
        }
        List<Long> before = mail(bob).stream().map(MailItem::getPosition).toList();
        long total = waitingInAll();
        Deposit.Builder larger = World.depositBuilder("first", "bob", bob, phone);
        larger.getMailsBuilder(0).setEnvelope(World.bytes("x".repeat(Limits.ENVELOPE_BYTES_MAX)));
        hub.ok(hub.as(amy, Command.newBuilder().setDeposit(larger).build()));

        assertThat(mail(bob)).extracting(MailItem::getPosition).isEqualTo(before);
        assertThat(hub.state.mailWaiting(bob)).isEqualTo(before.size());
        assertNotice(mail(amy).getLast(), "first", bob, MailOutcome.QUOTA);
        assertThat(waitingInAll()).isEqualTo(total + 1);
        assertThat(World.code(hub.as(amy, World.deposit("twice", "bob", bob, phone, bob))))
                .isEqualTo(ErrorCode.BAD_REQUEST);
    }

    @Test
    void oldMailExpiresInBoundedStepsAndTheSenderIsTold() {
        int mails = 1_500;
        depositMany(mails, bob);
        hub.nowMillis += MailboxState.LIFETIME_MILLIS - 1;
        hub.tick();
        assertThat(hub.state.mailWaiting(bob)).isEqualTo(mails);
        hub.ok(hub.as(amy, World.deposit("young", "bob", bob)));
        hub.nowMillis += 1;
        hub.tick();
        assertThat(hub.state.mailWaiting(bob)).isEqualTo(mails + 1 - 1_000);
        hub.tick();
        assertThat(mail(bob)).hasSize(1);
        assertThat(mail(amy)).hasSize(mails);
        assertNotice(mail(amy).getFirst(), "0", bob, MailOutcome.EXPIRED);
        hub.nowMillis += MailboxState.LIFETIME_MILLIS;
        for (int i = 0; i < 5; i++) {
            hub.tick();
        }
        assertThat(mail(bob)).isEmpty();
        assertThat(hub.state.mailWaiting(amy)).isEqualTo(1);
    }

    @Test
    void mailOfARevokedDeviceGoesAndItsSendersAreTold() {
        int mails = 1_500;
        depositMany(mails, bob);
        hub.ok(hub.asHub(World.revoking(bob)));
        for (int i = 0; i < 3; i++) {
            hub.tick();
        }
        assertThat(hub.state.mailWaiting(bob)).isZero();
        assertThat(mail(amy)).hasSize(mails);
        assertNotice(mail(amy).getLast(), "" + (mails - 1), bob, MailOutcome.DEVICE_REVOKED);
        assertThat(waitingInAll()).isEqualTo(mails);
    }

    @Test
    void noticesAreBoundedAndThoseOfFailureAreKeptLongest() {
        for (int round = 0; round < 14; round++) {
            depositMany("r" + round + " ", 1_000, bob);
            hub.ok(hub.as(bob, World.acknowledge((round + 1) * 1_000L)));
        }
        assertThat(hub.state.mailWaiting(amy)).isEqualTo(10_000);
        hub.ok(hub.as(amy, World.deposit("last", "bob", bob)));
        hub.ok(hub.asHub(World.revoking(bob)));
        assertThat(hub.state.mailWaiting(amy)).isEqualTo(10_001);
    }

    @Test
    void nothingIsAcknowledgedThatWasNotGiven() {
        hub.ok(hub.as(amy, World.deposit("one", "bob", bob)));
        assertThat(World.code(hub.as(bob, World.acknowledge(2)))).isEqualTo(ErrorCode.BAD_REQUEST);
        assertThat(World.code(hub.as(bob, World.acknowledge(-1)))).isEqualTo(ErrorCode.BAD_REQUEST);
        hub.ok(hub.as(bob, World.acknowledge(1)));
        hub.ok(hub.as(bob, World.acknowledge(0)));
        assertThat(mail(bob)).isEmpty();
    }

    @Test
    void mailIsReadInPages() {
        depositMany(50, bob);
        int twoItems = mail(bob).get(0).getSerializedSize() + mail(bob).get(1).getSerializedSize();
        assertThat(hub.state.mail(bob, 0, twoItems)).hasSize(2);
        assertThat(hub.state.mail(bob, 0, 1)).hasSize(1);
        assertThat(hub.state.mail(bob, 50, ALL)).isEmpty();
    }

    private void refused(Deposit.Builder deposit) {
        CommandResult result =
                hub.as(amy, Command.newBuilder().setDeposit(deposit).build());
        assertThat(World.code(result)).isEqualTo(ErrorCode.BAD_REQUEST);
    }

    private Command resealed(String message) {
        Deposit.Builder deposit = World.depositBuilder(message, "bob", bob);
        deposit.getMailsBuilder(0).setEnvelope(World.bytes("sealed again"));
        return Command.newBuilder().setDeposit(deposit).build();
    }

    private Command covering(String message, DeviceId to, DeviceId covered) {
        return Command.newBuilder()
                .setDeposit(World.depositBuilder(message, "bob", to).addCovered(covered.toByteString()))
                .build();
    }

    private void fill(DeviceId device, DeviceId covered) {
        int quarter = MailboxState.MAILS_PER_DEVICE_MAX / 4;
        for (DeviceId sender : List.of(amy, hub.join("one"), hub.join("two"), hub.join("three"))) {
            hub.asMany(
                    sender,
                    IntStream.range(0, quarter)
                            .mapToObj(i -> covering("fill " + i, device, covered))
                            .toList());
        }
    }

    private void depositMany(int count, DeviceId device) {
        depositMany("", count, device);
    }

    private void depositMany(String prefix, int count, DeviceId device) {
        hub.asMany(
                amy,
                IntStream.range(0, count)
                        .mapToObj(i -> World.deposit(prefix + i, "bob", device))
                        .toList());
    }

    private static Command blocking(String account, boolean blocked) {
        return Command.newBuilder()
                .setBlockAccount(BlockAccount.newBuilder().setAccount(account).setBlocked(blocked))
                .build();
    }

    private long waitingInAll() {
        return hub.state.totalMailWaiting();
    }

    private List<MailItem> mail(DeviceId device) {
        return hub.state.mail(device, 0, ALL);
    }

    private static void assertNotice(MailItem item, String message, DeviceId to, MailOutcome outcome) {
        assertThat(item.getNotice().getMessageId()).isEqualTo(World.messageId(message));
        assertThat(item.getNotice().getToDevice()).isEqualTo(to.toByteString());
        assertThat(item.getNotice().getOutcome()).isEqualTo(outcome);
    }
}
