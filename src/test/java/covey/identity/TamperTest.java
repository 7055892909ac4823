package covey.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import covey.env.Env;
import covey.wire.Limits;
import covey.wire.proto.Envelope;
import covey.wire.proto.PublishPrekey;
import covey.wire.proto.SealedPost;
import covey.wire.proto.SessionHeader;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every bit of what travels is bound: a changed one is refused, and what comes after it is not harmed. */
class TamperTest {
    private static final Env ENV = Env.system();
    private static final byte[] ID = ENV.randomBytes(16);
    private static final byte[] TEXT = new byte[] {1, 2, 3};

    private final DeviceKeys anna = DeviceKeys.generate(ENV);
    private final DeviceKeys bob = DeviceKeys.generate(ENV);
    private final Prekey prekey = Prekey.generate(ENV, bob, 7, 1_000);
    private final Session out = Session.start(ENV, anna, bob.publicKey(), prekey.published(), 5, 2_000);
    private final Envelope genuine = out.seal(ID, 3, 4, 2, TEXT, true);

    @SuppressWarnings("ImmutableEnumChecker") // they hold method references only
    enum HeaderField {
        EPHEMERAL_KEY(
                header -> header.getEphemeralKey(),
                (header, value) -> header.toBuilder().setEphemeralKey(value).build()),
        KEM_CIPHERTEXT(
                header -> header.getKemCiphertext(),
                (header, value) -> header.toBuilder().setKemCiphertext(value).build()),
        SIGNATURE(
                header -> header.getSignature(),
                (header, value) -> header.toBuilder().setSignature(value).build());

        private final Function<SessionHeader, ByteString> get;
        private final java.util.function.BiFunction<SessionHeader, ByteString, SessionHeader> with;

        HeaderField(
                Function<SessionHeader, ByteString> get,
                java.util.function.BiFunction<SessionHeader, ByteString, SessionHeader> with) {
            this.get = get;
            this.with = with;
        }
    }

    @ParameterizedTest
    @EnumSource
    void aSessionIsRefusedWhenAByteOfItsHeaderDiffers(HeaderField field) {
        ByteString value = field.get.apply(genuine.getOpen());
        for (int i = 0; i < value.size(); i += value.size() > 100 ? 17 : 1) {
            refusedAtOpening(field.with.apply(genuine.getOpen(), flipped(value, i)));
        }
        refusedAtOpening(field.with.apply(genuine.getOpen(), value.substring(1)));
        refusedAtOpening(field.with.apply(genuine.getOpen(), value.concat(ByteString.copyFrom(new byte[1]))));
        refusedAtOpening(field.with.apply(genuine.getOpen(), ByteString.EMPTY));
    }

    @Test
    void aSessionIsRefusedWhenANumberOfItsHeaderDiffers() {
        SessionHeader header = genuine.getOpen();
        refusedAtOpening(header.toBuilder().setPrekeyId(8).build());
        refusedAtOpening(header.toBuilder().setDirectorySize(6).build());
        refusedAtOpening(header.toBuilder().setTimeMillis(2_001).build());
    }

    /**
     * Somebody who may sign, but does not have the receiver's prekey, cannot make the receiver believe a session id.
     *
     */
    @Test
    void aSessionIsRefusedWhenItsKeysDoNotGiveItsId() {
        Envelope renamed = genuine.toBuilder()
                .setSessionId(flipped(genuine.getSessionId(), 0))
                .build();
        assertThatThrownBy(() -> Session.accept(bob, anna.publicKey(), prekey, renamed))
                .isInstanceOf(SealException.class);
    }

    @Test
    void aPrekeyOfTheSameNumberIsNotTheSamePrekey() {
        Prekey other = Prekey.generate(ENV, bob, 7, 1_000);
        assertThatThrownBy(() -> Session.accept(bob, anna.publicKey(), other, genuine))
                .isInstanceOf(SealException.class);
    }

    @Test
    void everyBitOfAnEnvelopeIsBoundToItsText() {
        Session in = Session.accept(bob, anna.publicKey(), prekey, genuine);
        for (int i = 0; i < genuine.getMessageId().size(); i++) {
            refused(in, genuine.toBuilder().setMessageId(flipped(genuine.getMessageId(), i)));
        }
        for (int i = 0; i < genuine.getSessionId().size(); i++) {
            refused(in, genuine.toBuilder().setSessionId(flipped(genuine.getSessionId(), i)));
        }
        for (int i = 0; i < genuine.getCiphertext().size(); i++) {
            refused(in, genuine.toBuilder().setCiphertext(flipped(genuine.getCiphertext(), i)));
            refused(
                    in,
                    genuine.toBuilder().setCiphertext(genuine.getCiphertext().substring(0, i)));
        }
        for (int bit = 0; bit < Long.SIZE; bit++) {
            refused(in, genuine.toBuilder().setSequence(genuine.getSequence() ^ (1L << bit)));
            refused(in, genuine.toBuilder().setStreamEpoch(genuine.getStreamEpoch() ^ (1L << bit)));
        }
        for (int bit = 0; bit < Integer.SIZE; bit++) {
            refused(in, genuine.toBuilder().setCounter(genuine.getCounter() ^ (1 << bit)));
        }
        refused(in, genuine.toBuilder().setMessageId(ByteString.EMPTY));
        assertThat(in.open(genuine)).isEqualTo(TEXT);
    }

    /** It rises while sealed bytes wait to be sent again, so it cannot be bound. */
    @Test
    void theFloorMayRiseWhileTheSameBytesAreSentAgain() {
        Session in = Session.accept(bob, anna.publicKey(), prekey, genuine);
        assertThat(in.open(genuine.toBuilder().setFloor(4).build())).isEqualTo(TEXT);
    }

    @Test
    void anEnvelopeForOneDeviceIsNoneForAnother() {
        DeviceKeys carol = DeviceKeys.generate(ENV);
        assertThatThrownBy(() -> Session.accept(carol, anna.publicKey(), prekey, genuine))
                .isInstanceOf(SealException.class);
        assertThatThrownBy(() -> Session.accept(bob, carol.publicKey(), prekey, genuine))
                .isInstanceOf(SealException.class);
    }

    @Test
    void aPrekeyIsRefusedWhenAnyOfItDiffers() {
        PublishPrekey published = prekey.published();
        assertThat(Prekey.verify(published, bob.publicKey())).isTrue();
        assertThat(Prekey.verify(published, anna.publicKey())).isFalse();
        for (int i = 0; i < published.getX25519().size(); i++) {
            refused(published.toBuilder().setX25519(flipped(published.getX25519(), i)));
        }
        for (int i = 0; i < published.getMlKem().size(); i += 13) {
            refused(published.toBuilder().setMlKem(flipped(published.getMlKem(), i)));
        }
        for (int i = 0; i < published.getSignature().size(); i++) {
            refused(published.toBuilder().setSignature(flipped(published.getSignature(), i)));
        }
        refused(published.toBuilder().setPrekeyId(8));
        refused(published.toBuilder().setCreatedMillis(1_001));
    }

    /** A device may sign what it likes about itself; those who seal to it must not stumble over it. */
    @Test
    void aPrekeyThatCannotBeSealedToIsRefused() {
        byte[] outOfRange = new byte[Limits.ML_KEM_PUBLIC_BYTES];
        java.util.Arrays.fill(outOfRange, (byte) 0xff);
        byte[] x25519 = prekey.published().getX25519().toByteArray();
        byte[] mlKem = prekey.published().getMlKem().toByteArray();
        byte[] one = new byte[Limits.X25519_BYTES];
        one[0] = 1;
        assertThat(Prekey.verify(signedByBob(x25519, mlKem), bob.publicKey())).isTrue();
        assertThat(Prekey.verify(signedByBob(x25519, outOfRange), bob.publicKey()))
                .isFalse();
        assertThat(Prekey.verify(signedByBob(new byte[32], mlKem), bob.publicKey()))
                .isFalse();
        assertThat(Prekey.verify(signedByBob(one, mlKem), bob.publicKey())).isFalse();
    }

    @Test
    void everyBitOfARoomPostIsBoundToItsText() {
        SenderChain chain = SenderChain.create(ENV);
        byte[] room = {9};
        SenderChain member = SenderChain.from(chain.distribution(ByteString.copyFrom(room), 1));
        SealedPost post = chain.seal(anna, room, 1, ID, TEXT);
        for (int i = 0; i < post.getCiphertext().size(); i++) {
            refused(member, post.toBuilder().setCiphertext(flipped(post.getCiphertext(), i)));
        }
        for (int i = 0; i < post.getSignature().size(); i++) {
            refused(member, post.toBuilder().setSignature(flipped(post.getSignature(), i)));
        }
        for (int i = 0; i < post.getKeyId().size(); i++) {
            refused(member, post.toBuilder().setKeyId(flipped(post.getKeyId(), i)));
        }
        for (int bit = 0; bit < Integer.SIZE; bit++) {
            refused(member, post.toBuilder().setCounter(post.getCounter() ^ (1 << bit)));
        }
        assertThatThrownBy(() -> member.open(anna.publicKey(), new byte[] {8}, 1, ID, post))
                .isInstanceOf(SealException.class);
        assertThatThrownBy(() -> member.open(anna.publicKey(), room, 1, new byte[16], post))
                .isInstanceOf(SealException.class);
        assertThat(member.open(anna.publicKey(), room, 1, ID, post)).isEqualTo(TEXT);
        assertThatThrownBy(() -> member.open(anna.publicKey(), room, 1, ID, post))
                .hasMessageContaining("before");
    }

    /** All members know the chain, so only the signature tells whose post it is. */
    @Test
    void aMemberCannotPostInAnothersName() {
        SenderChain annas = SenderChain.create(ENV);
        SenderChain bobsCopy = SenderChain.from(annas.distribution(ByteString.EMPTY, 1));
        SenderChain carolsCopy = SenderChain.from(annas.distribution(ByteString.EMPTY, 1));
        SealedPost forged = bobsCopy.seal(bob, ID, 1, ID, TEXT);
        assertThatThrownBy(() -> carolsCopy.open(anna.publicKey(), ID, 1, ID, forged))
                .isInstanceOf(SealException.class)
                .hasMessageContaining("not signed");
    }

    private PublishPrekey signedByBob(byte[] x25519, byte[] mlKem) {
        byte[] signature = bob.sign(Purpose.PREKEY, Crypto.u64(1), x25519, mlKem, Crypto.u64(0));
        return PublishPrekey.newBuilder()
                .setPrekeyId(1)
                .setX25519(ByteString.copyFrom(x25519))
                .setMlKem(ByteString.copyFrom(mlKem))
                .setSignature(ByteString.copyFrom(signature))
                .build();
    }

    private void refusedAtOpening(SessionHeader header) {
        Envelope altered = genuine.toBuilder().setOpen(header).build();
        assertThatThrownBy(() -> Session.accept(bob, anna.publicKey(), prekey, altered))
                .isInstanceOf(SealException.class);
    }

    private void refused(PublishPrekey.Builder altered) {
        assertThat(Prekey.verify(altered.build(), bob.publicKey())).isFalse();
    }

    private static void refused(Session in, Envelope.Builder altered) {
        assertThatThrownBy(() -> in.open(altered.build())).isInstanceOf(SealException.class);
    }

    private void refused(SenderChain member, SealedPost.Builder altered) {
        assertThatThrownBy(() -> member.open(anna.publicKey(), new byte[] {9}, 1, ID, altered.build()))
                .isInstanceOf(SealException.class);
    }

    private static ByteString flipped(ByteString bytes, int at) {
        byte[] copy = bytes.toByteArray();
        copy[at] ^= (byte) (1 << (at % 8));
        return ByteString.copyFrom(copy);
    }
}
