package covey.identity;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import covey.env.Env;
import covey.store.Sha256;
import covey.wire.DeviceId;
import covey.wire.proto.Envelope;
import covey.wire.proto.PublishPrekey;
import covey.wire.proto.RosterProof;
import covey.wire.proto.SealedPost;
import covey.wire.proto.SenderKey;
import covey.wire.proto.SessionHeader;
import covey.wire.proto.TokenKind;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever bytes come, a decoder answers or refuses with its own exception; nothing else gets out. Each test starts
 * from genuine bytes, so that mutations reach what lies behind checksums, sizes and signatures.
 */
class IdentityFuzzTest {
    private static final Env ENV = Env.system();
    private static final DeviceKeys ME = DeviceKeys.generate(ENV);
    private static final DeviceKeys THEM = DeviceKeys.generate(ENV);
    private static final Prekey PREKEY = Prekey.generate(ENV, ME, 1, 1);
    private static final byte[] ID = new byte[16];
    private static final Envelope GENUINE = start().seal(ID, 1, 1, 1, ID, true);
    private static final byte[] KNOWN =
            Session.accept(ME, THEM.publicKey(), PREKEY, GENUINE).encode();

    @MethodSource("tokenTexts")
    @FuzzTest(maxDuration = "10s")
    void tokens(byte[] data) {
        String text = new String(data, StandardCharsets.UTF_8);
        for (String line : List.of(text, Token.PREFIX + text, withChecksum(data))) {
            try {
                Token token = Token.parse(line);
                Token.parse(token.encode());
            } catch (IllegalArgumentException e) {
                requireSentence(e);
            }
        }
    }

    static Stream<byte[]> tokenTexts() {
        Token token = Token.create(ENV, new byte[32], List.of("10.0.0.1:7440"), TokenKind.TOKEN_MEMBER);
        return Stream.of(token.encode().getBytes(StandardCharsets.UTF_8), body(token));
    }

    @MethodSource("codes")
    @FuzzTest(maxDuration = "10s")
    void recoveryCodes(byte[] data) {
        try {
            RootKey.fromRecoveryCode(new String(data, StandardCharsets.UTF_8)).recoveryCode();
        } catch (IllegalArgumentException e) {
            requireSentence(e);
        }
    }

    static Stream<byte[]> codes() {
        return Stream.of(RootKey.generate(ENV).recoveryCode().getBytes(StandardCharsets.US_ASCII));
    }

    @MethodSource("proofs")
    @FuzzTest(maxDuration = "10s")
    void rosters(byte[] data) {
        try {
            Rosters.verify(RosterProof.parseFrom(data), new byte[0]).addresses();
        } catch (UntrustedException e) {
            requireSentence(e);
        } catch (InvalidProtocolBufferException e) {
            // not a proof at all
        }
    }

    static Stream<byte[]> proofs() {
        RootKey root = RootKey.generate(ENV);
        RosterProof proof = Rosters.first(root, THEM.publicKey(), List.of("h:1"));
        return Stream.of(
                proof.toByteArray(),
                // 32 bytes that are no point of the curve
                proof.toBuilder()
                        .setRootPublicKey(ByteString.copyFrom(HexFormat.of().parseHex("ff".repeat(32))))
                        .build()
                        .toByteArray());
    }

    @MethodSource("kept")
    @FuzzTest(maxDuration = "10s")
    void keptThings(byte[] data) {
        try {
            Session session = Session.decode(data);
            session.seal(ID, 1, 1, 1, ID, true);
        } catch (SealException e) {
            requireSentence(e);
        }
        try {
            SenderChain chain = SenderChain.decode(data);
            chain.distribution(ByteString.EMPTY, 1);
        } catch (SealException e) {
            requireSentence(e);
        }
        try {
            Prekey.decode(data).encode();
        } catch (SealException e) {
            requireSentence(e);
        }
    }

    static Stream<byte[]> kept() {
        Session session = start();
        SenderChain chain = SenderChain.create(ENV);
        chain.seal(THEM, ID, 1, ID, ID);
        return Stream.of(session.encode(), chain.encode(), PREKEY.encode());
    }

    @MethodSource("envelopes")
    @FuzzTest(maxDuration = "10s")
    void envelopesOfStrangers(byte[] data) {
        try {
            Envelope envelope = Envelope.parseFrom(data);
            Session.accept(ME, THEM.publicKey(), PREKEY, envelope).open(envelope);
        } catch (SealException e) {
            requireSentence(e);
        } catch (InvalidProtocolBufferException e) {
            // not an envelope at all
        }
    }

    /** The signature holds, so that what the header says reaches key agreement and decapsulation. */
    @MethodSource("envelopes")
    @FuzzTest(maxDuration = "10s")
    void envelopesOfAnAcquaintance(byte[] data) {
        try {
            Envelope envelope = Envelope.parseFrom(data);
            Envelope signed =
                    envelope.toBuilder().setOpen(signed(envelope.getOpen())).build();
            Session.accept(ME, THEM.publicKey(), PREKEY, signed).open(signed);
        } catch (SealException e) {
            requireSentence(e);
        } catch (InvalidProtocolBufferException e) {
            // not an envelope at all
        }
    }

    /** Only the session's own messages open, and a forged one leaves it as it was. */
    @MethodSource("envelopes")
    @FuzzTest(maxDuration = "10s")
    void envelopesOfAKnownSession(byte[] data) {
        Session in = Session.decode(KNOWN);
        try {
            Envelope forged = Envelope.parseFrom(data).toBuilder()
                    .setSessionId(GENUINE.getSessionId())
                    .build();
            in.open(forged);
            throw new AssertionError("a forged envelope was opened");
        } catch (SealException e) {
            requireSentence(e);
        } catch (InvalidProtocolBufferException e) {
            return;
        }
        in.open(GENUINE);
    }

    static Stream<byte[]> envelopes() {
        return Stream.of(
                start().seal(ID, 1, 1, 1, ID, true).toByteArray(),
                start().seal(ID, 1, 1, 1, ID, false).toByteArray());
    }

    @MethodSource("senderKeys")
    @FuzzTest(maxDuration = "10s")
    void senderKeysAndPosts(byte[] data) {
        try {
            SenderChain chain = SenderChain.from(SenderKey.parseFrom(data));
            chain.open(THEM.publicKey(), ID, 1, ID, SealedPost.parseFrom(data));
        } catch (SealException e) {
            requireSentence(e);
        } catch (InvalidProtocolBufferException e) {
            // neither at all
        }
    }

    static Stream<byte[]> senderKeys() {
        SenderChain chain = SenderChain.create(ENV);
        SenderKey key = chain.distribution(ByteString.copyFrom(ID), 1);
        return Stream.of(key.toByteArray(), chain.seal(THEM, ID, 1, ID, ID).toByteArray());
    }

    @MethodSource("keys")
    @FuzzTest(maxDuration = "10s")
    void keysAndSignatures(byte[] data) {
        Signatures.verify(data, Purpose.HEAD, data, data);
        Signatures.verify(THEM.publicKey(), Purpose.HEAD, data, data);
        try {
            Prekey.verify(PublishPrekey.parseFrom(data), THEM.publicKey());
        } catch (InvalidProtocolBufferException e) {
            // not a prekey at all
        }
    }

    static Stream<byte[]> keys() {
        return Stream.of(THEM.publicKey(), PREKEY.published().toByteArray());
    }

    @MethodSource("hashes")
    @FuzzTest(maxDuration = "10s")
    void passwordHashes(byte[] data) {
        String phc = new String(data, StandardCharsets.ISO_8859_1);
        // Genuine costs are tried by other tests; here they would leave the fuzzer a few runs a second.
        Passwords.verify(phc.replaceAll("m=\\d{3,}", "m=99").replaceAll("t=\\d\\d", "t=3"), data);
    }

    static Stream<byte[]> hashes() {
        return Stream.of("$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                .getBytes(StandardCharsets.US_ASCII));
    }

    private static Session start() {
        return Session.start(ENV, THEM, ME.publicKey(), PREKEY.published(), 1, 1);
    }

    private static SessionHeader signed(SessionHeader header) {
        DeviceId sender = THEM.id();
        SessionHeader here = header.toBuilder().setPrekeyId(PREKEY.id()).build();
        byte[] transcript = Session.transcript(sender, ME.id(), PREKEY.published(), here);
        return here.toBuilder()
                .setSignature(ByteString.copyFrom(THEM.sign(Purpose.SESSION, transcript)))
                .build();
    }

    private static byte[] body(Token token) {
        byte[] bytes = java.util.Base64.getUrlDecoder().decode(token.encode().substring(Token.PREFIX.length()));
        return java.util.Arrays.copyOf(bytes, bytes.length - 4);
    }

    private static String withChecksum(byte[] body) {
        ByteString bytes = ByteString.copyFrom(body).concat(ByteString.copyFrom(Sha256.of(body), 0, 4));
        return Token.PREFIX + java.util.Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.toByteArray());
    }

    private static void requireSentence(RuntimeException refusal) {
        String message = refusal.getMessage();
        if (message == null || message.isBlank()) {
            throw new AssertionError("refused without a word", refusal);
        }
    }
}
