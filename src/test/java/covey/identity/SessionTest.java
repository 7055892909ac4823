package covey.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import covey.env.Env;
import covey.wire.proto.Envelope;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SessionTest {
    private static final Env ENV = Env.system();
    private static final byte[] ID = new byte[16];

    private final DeviceKeys anna = DeviceKeys.generate(ENV);
    private final DeviceKeys bob = DeviceKeys.generate(ENV);
    private final Prekey prekey = Prekey.generate(ENV, bob, 7, 1_000);
    private final Session out = Session.start(ENV, anna, bob.publicKey(), prekey.published(), 5, 2_000);

    @Test
    void whatIsSealedIsOpenedOnceByTheReceiver() {
        Envelope first = seal("hello", 1);
        Session in = Session.accept(bob, anna.publicKey(), prekey, first);
        assertThat(open(in, first)).isEqualTo("hello");
        assertThatThrownBy(() -> in.open(first))
                .isInstanceOf(SealException.class)
                .hasMessageContaining("before");
    }

    @Test
    void messagesMayComeInAnyOrderAndSomeNever() {
        Envelope first = seal("1", 1);
        Envelope second = seal("2", 2);
        Envelope third = seal("3", 3);
        Session in = Session.accept(bob, anna.publicKey(), prekey, third);
        assertThat(open(in, third)).isEqualTo("3");
        assertThat(open(in, first)).isEqualTo("1");
        Session stored = Session.decode(in.encode());
        assertThat(open(stored, second)).isEqualTo("2");
        assertThatThrownBy(() -> stored.open(first)).isInstanceOf(SealException.class);
    }

    @Test
    void aMessageTooFarAheadIsRefusedAndChangesNothing() {
        Envelope first = seal("1", 1);
        Session in = Session.accept(bob, anna.publicKey(), prekey, first);
        Envelope far = first.toBuilder().setCounter(Chain.SKIPPED_MAX + 2).build();
        assertThatThrownBy(() -> in.open(far)).isInstanceOf(SealException.class);
        Envelope negative = first.toBuilder().setCounter(-1).build();
        assertThatThrownBy(() -> in.open(negative)).isInstanceOf(SealException.class);
        assertThat(open(in, first)).isEqualTo("1");
    }

    @Test
    void onlyTheReceiverCanTakeTheSessionAndOnlyFromItsSender() {
        Envelope first = seal("hello", 1);
        DeviceKeys eve = DeviceKeys.generate(ENV);
        Prekey evesPrekey = Prekey.generate(ENV, eve, 7, 1_000);
        assertThatThrownBy(() -> Session.accept(eve, anna.publicKey(), evesPrekey, first))
                .isInstanceOf(SealException.class);
        assertThatThrownBy(() -> Session.accept(bob, eve.publicKey(), prekey, first))
                .isInstanceOf(SealException.class);
    }

    /**
     * The home folder of a sender was restored to the past: what it says under counters used before stays unreadable.
     *
     */
    @Test
    void aSenderRestoredToThePastDoesNotTellItsTexts() {
        byte[] past = out.encode();
        byte[] one = Session.decode(past)
                .seal(ENV.randomBytes(16), 1, 1, 1, new byte[64], false)
                .getCiphertext()
                .toByteArray();
        byte[] two = Session.decode(past)
                .seal(ENV.randomBytes(16), 1, 1, 1, new byte[64], false)
                .getCiphertext()
                .toByteArray();
        int equal = 0;
        for (int i = 0; i < one.length; i++) {
            equal += one[i] == two[i] ? 1 : 0;
        }
        assertThat(equal).isLessThan(16);
    }

    @Test
    void aPrekeySignedBySomebodyElseIsRefused() {
        DeviceKeys eve = DeviceKeys.generate(ENV);
        Prekey forged = Prekey.generate(ENV, eve, 7, 1_000);
        assertThatThrownBy(() -> Session.start(ENV, anna, bob.publicKey(), forged.published(), 5, 2_000))
                .isInstanceOf(SealException.class)
                .hasMessageContaining("not signed");
    }

    @Test
    void aStolenChainKeyOpensNothingSentBefore() {
        Envelope first = seal("past", 1);
        Session in = Session.accept(bob, anna.publicKey(), prekey, first);
        in.open(first);
        Session stolen = Session.decode(in.encode());
        assertThatThrownBy(() -> stolen.open(first)).isInstanceOf(SealException.class);
        Envelope renumbered = first.toBuilder().setCounter(1).build();
        assertThatThrownBy(() -> stolen.open(renumbered)).isInstanceOf(SealException.class);
    }

    @Test
    void senderGoesOnAfterARestartFromItsStore() {
        Envelope first = seal("1", 1);
        Session again = Session.decode(out.encode());
        Envelope second = again.seal(ID, 1, 2, 1, bytes("2"), true);
        Session in = Session.accept(bob, anna.publicKey(), prekey, first);
        assertThat(open(in, first)).isEqualTo("1");
        assertThat(open(in, second)).isEqualTo("2");
    }

    @Test
    void aRoomPostIsOpenedByMembersAndSignedByItsSender() {
        SenderChain chain = SenderChain.create(ENV);
        ByteString room = ByteString.copyFromUtf8("room");
        SenderChain member = SenderChain.from(chain.distribution(room, 3));
        var post = chain.seal(anna, room.toByteArray(), 3, ID, bytes("hi"));
        assertThatThrownBy(() -> member.open(bob.publicKey(), room.toByteArray(), 3, ID, post))
                .isInstanceOf(SealException.class);
        assertThatThrownBy(() -> member.open(anna.publicKey(), room.toByteArray(), 4, ID, post))
                .isInstanceOf(SealException.class);
        assertThat(member.open(anna.publicKey(), room.toByteArray(), 3, ID, post))
                .isEqualTo(bytes("hi"));
        SenderChain late = SenderChain.from(chain.distribution(room, 3));
        assertThatThrownBy(() -> late.open(anna.publicKey(), room.toByteArray(), 3, ID, post))
                .isInstanceOf(SealException.class);
    }

    private Envelope seal(String text, long sequence) {
        return out.seal(ID, 1, sequence, 1, bytes(text), true);
    }

    private static String open(Session session, Envelope envelope) {
        return new String(session.open(envelope), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
