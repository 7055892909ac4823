package covey.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import covey.directory.DirectoryView.Account;
import covey.directory.DirectoryView.Device;
import covey.directory.DirectoryView.InvalidEntryException;
import covey.env.Env;
import covey.identity.DeviceKeys;
import covey.identity.Purpose;
import covey.wire.proto.DeviceEnrolled;
import covey.wire.proto.DirectoryEntry;
import covey.wire.proto.Enrolment;
import covey.wire.proto.Role;
import org.junit.jupiter.api.Test;

final class DirectoryViewTest {
    private static final DirectoryView BOB = fold(Entries.account("bob", Role.MEMBER), Entries.device("bob", "laptop"));

    @Test
    void anEnrolledDeviceIsFoundByIdIndexAndAccount() {
        Device laptop = BOB.device(Entries.id("laptop")).orElseThrow();
        assertThat(BOB.deviceAt(1)).contains(laptop);
        assertThat(BOB.deviceAt(0)).isEmpty();
        assertThat(BOB.activeDevices("bob")).containsExactly(laptop);
        assertThat(BOB.isActive(laptop.id())).isTrue();
        assertThat(BOB.accountOf(laptop.id()).map(Account::name)).contains("bob");
        assertThat(BOB.size()).isEqualTo(2);
    }

    @Test
    void aRevokedDeviceIsKnownButNotActiveAndItsKeyNeverComesBack() {
        DirectoryView view = with(BOB, Entries.device("bob", "phone"), Entries.revoked("laptop"));
        assertThat(view.device(Entries.id("laptop")).orElseThrow().revoked()).isTrue();
        assertThat(view.isActive(Entries.id("laptop"))).isFalse();
        assertThat(view.accountOf(Entries.id("laptop"))).isEmpty();
        assertThat(view.activeDevices("bob")).extracting(Device::name).containsExactly("phone");
        assertThat(view.deviceCount()).isEqualTo(1);
        refuses(view, Entries.revoked("laptop"), "is not enrolled");
        refuses(view, Entries.device("bob", "laptop"), "is enrolled already");
    }

    @Test
    void aDisabledAccountKeepsItsDevicesButNoneIsActive() {
        DirectoryView view = BOB.with(Entries.disabled("bob", true));
        assertThat(view.activeDevices("bob")).isEmpty();
        assertThat(view.isActive(Entries.id("laptop"))).isFalse();
        assertThat(view.accountOf(Entries.id("laptop"))).isPresent();
        assertThat(view.with(Entries.disabled("bob", false)).isActive(Entries.id("laptop")))
                .isTrue();
    }

    @Test
    void aRemovedAccountTakesItsDevicesAlongAndItsNameMayBeTakenByAnother() {
        DirectoryView removed = BOB.with(Entries.removed("bob"));
        assertThat(removed.account("bob")).isEmpty();
        assertThat(removed.isActive(Entries.id("laptop"))).isFalse();
        assertThat(removed.deviceCount()).isZero();
        DirectoryView again = removed.with(Entries.account("bob", Role.MEMBER));
        assertThat(again.account("bob").orElseThrow().index())
                .isNotEqualTo(BOB.account("bob").orElseThrow().index());
        assertThat(again.activeDevices("bob")).isEmpty();
        refuses(again, Entries.device("bob", "laptop"), "is enrolled already");
    }

    @Test
    void administratorsAreCountedWhileTheyCanAct() {
        DirectoryView view = fold(
                Entries.account("amy", Role.ADMINISTRATOR),
                Entries.account("bob", Role.MEMBER),
                Entries.role("bob", Role.ADMINISTRATOR));
        assertThat(view.administratorCount()).isEqualTo(2);
        assertThat(view.with(Entries.disabled("amy", true)).administratorCount())
                .isEqualTo(1);
        assertThat(view.with(Entries.removed("amy")).administratorCount()).isEqualTo(1);
        assertThat(view.with(Entries.role("amy", Role.MEMBER)).administratorCount())
                .isEqualTo(1);
        assertThat(view.accountCount()).isEqualTo(2);
    }

    @Test
    void anEntryThatContradictsThoseBeforeItIsRefused() {
        refuses(BOB, Entries.account("bob", Role.MEMBER), "is there already");
        refuses(BOB, Entries.device("eve", "tablet"), "there is no account 'eve'");
        refuses(BOB, Entries.device("bob", "laptop"), "is enrolled already");
        refuses(BOB, Entries.revoked("tablet"), "is not enrolled");
        refuses(BOB, Entries.role("eve", Role.MEMBER), "there is no account");
        refuses(BOB, Entries.disabled("eve", true), "there is no account");
        refuses(BOB, Entries.removed("eve"), "there is no account");
        refuses(BOB, Entries.account("Bob", Role.MEMBER), "account name");
        refuses(BOB, Entries.account("", Role.MEMBER), "account name");
        refuses(BOB, Entries.at(-1, "amy"), "time is before");
        refuses(BOB, new byte[] {1, 2, 3}, "garbage");
        refuses(BOB, new byte[0], "says nothing");
    }

    @Test
    void onlyTheHubIsOperatorAndItStays() {
        refuses(BOB, Entries.account("eve", Role.OPERATOR), "role");
        refuses(BOB, Entries.account("hub", Role.MEMBER), "role");
        refuses(BOB, Entries.role("bob", Role.OPERATOR), "role");
        DirectoryView view = BOB.with(Entries.account("hub", Role.OPERATOR));
        refuses(view, Entries.removed("hub"), "operator");
        refuses(view, Entries.disabled("hub", true), "operator");
        refuses(view, Entries.role("hub", Role.MEMBER), "role");
    }

    @Test
    void aVouchingDeviceIsOneOfTheAccountAndSigned() {
        DeviceKeys tablet = DeviceKeys.generate(Env.system());
        DirectoryView view = BOB.with(DirectoryEntry.newBuilder()
                .setDeviceEnrolled(enrolled(ByteString.copyFrom(tablet.publicKey()), Enrolment.BY_TOKEN))
                .build()
                .toByteArray());
        ByteString phone = ByteString.copyFromUtf8("phone");
        byte[] signature = tablet.sign(Purpose.ENROL, phone.toByteArray(), new byte[] {'b', 'o', 'b'});
        DeviceEnrolled.Builder vouched = enrolled(phone, Enrolment.BY_DEVICE)
                .setVoucher(tablet.id().toByteString())
                .setSignature(ByteString.copyFrom(signature));
        assertThat(view.with(entry(vouched)).activeDevices("bob")).hasSize(3);
        refuses(view, entry(vouched.clone().setPublicKey(ByteString.copyFromUtf8("other"))), "vouches");
        refuses(view, entry(vouched.clone().setVoucher(Entries.id("laptop").toByteString())), "vouches");
        refuses(view, entry(vouched.clone().setVoucher(Entries.id("stranger").toByteString())), "vouches");
        refuses(view, entry(vouched.clone().clearVoucher()), "vouches");
    }

    private static DeviceEnrolled.Builder enrolled(ByteString publicKey, Enrolment how) {
        return DeviceEnrolled.newBuilder()
                .setAccount("bob")
                .setPublicKey(publicKey)
                .setEnrolment(how);
    }

    private static byte[] entry(DeviceEnrolled.Builder enrolled) {
        return DirectoryEntry.newBuilder().setDeviceEnrolled(enrolled).build().toByteArray();
    }

    @Test
    void rosterEpochsOnlyRise() {
        DirectoryView view = BOB.with(Entries.roster(3));
        assertThat(view.rosterEpoch()).isEqualTo(3);
        refuses(view, Entries.roster(3), "roster epoch 3 after 3");
        assertThat(view.with(Entries.roster(4)).roster()).isPresent();
    }

    @Test
    void kindsOfALaterLevelCountButChangeNothing() {
        DirectoryEntry later = DirectoryEntry.newBuilder()
                .setUnknownFields(UnknownFieldSet.newBuilder()
                        .addField(
                                99,
                                UnknownFieldSet.Field.newBuilder().addVarint(1).build())
                        .build())
                .build();
        DirectoryView view = BOB.with(later.toByteArray());
        assertThat(view.size()).isEqualTo(3);
        assertThat(view.accounts()).isEqualTo(BOB.accounts());
    }

    @Test
    void anOldViewStaysAsItWas() {
        DirectoryView later = with(BOB, Entries.account("amy", Role.MEMBER), Entries.removed("bob"));
        assertThat(later.accounts()).extracting(Account::name).containsExactly("amy");
        assertThat(BOB.accounts()).extracting(Account::name).containsExactly("bob");
    }

    private static DirectoryView fold(byte[]... entries) {
        return with(DirectoryView.empty(), entries);
    }

    private static DirectoryView with(DirectoryView view, byte[]... entries) {
        DirectoryView next = view;
        for (byte[] entry : entries) {
            next = next.with(entry);
        }
        return next;
    }

    private static void refuses(DirectoryView view, byte[] entry, String why) {
        assertThatThrownBy(() -> view.with(entry))
                .isInstanceOf(InvalidEntryException.class)
                .hasMessageContaining(why);
    }
}
