package covey.identity;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.InvalidProtocolBufferException;
import covey.env.Env;
import covey.wire.proto.Envelope;
import covey.wire.proto.RosterProof;
import covey.wire.proto.SenderKey;
import java.nio.charset.StandardCharsets;

/** Whatever bytes come, a decoder answers or refuses with its own exception; nothing else gets out. */
class IdentityFuzzTest {
    private static final DeviceKeys ME = DeviceKeys.generate(Env.system());
    private static final DeviceKeys THEM = DeviceKeys.generate(Env.system());
    private static final Prekey PREKEY = Prekey.generate(Env.system(), ME, 1, 1);

    @FuzzTest(maxDuration = "5s")
    void tokens(FuzzedDataProvider data) {
        try {
            Token.parse(
                    data.consumeBoolean()
                            ? Token.PREFIX + data.consumeRemainingAsString()
                            : data.consumeRemainingAsString());
        } catch (IllegalArgumentException e) {
            // refused
        }
    }

    @FuzzTest(maxDuration = "5s")
    void recoveryCodes(FuzzedDataProvider data) {
        try {
            RootKey.fromRecoveryCode(data.consumeRemainingAsString());
        } catch (IllegalArgumentException e) {
            // refused
        }
    }

    @FuzzTest(maxDuration = "5s")
    void rosters(byte[] data) {
        try {
            Rosters.verify(RosterProof.parseFrom(data), new byte[0]);
        } catch (UntrustedException | InvalidProtocolBufferException e) {
            // refused
        }
    }

    @FuzzTest(maxDuration = "5s")
    void storedThings(byte[] data) {
        try {
            Session.decode(data);
        } catch (SealException e) {
            // refused
        }
        try {
            SenderChain.decode(data);
        } catch (SealException e) {
            // refused
        }
        try {
            Prekey.decode(data);
        } catch (SealException e) {
            // refused
        }
    }

    @FuzzTest(maxDuration = "5s")
    void envelopes(byte[] data) {
        try {
            Envelope envelope = Envelope.parseFrom(data);
            Session session = Session.accept(ME, THEM.publicKey(), PREKEY, envelope);
            session.open(envelope);
        } catch (SealException | InvalidProtocolBufferException e) {
            // refused
        }
        try {
            SenderChain.from(SenderKey.parseFrom(data));
        } catch (SealException | InvalidProtocolBufferException e) {
            // refused
        }
    }

    @FuzzTest(maxDuration = "5s")
    void keysSignaturesAndPasswordHashes(byte[] data) {
        Signatures.verify(data, Purpose.HEAD, data, data);
        String phc = new String(data, StandardCharsets.ISO_8859_1);
        if (!phc.contains("m=")) {
            Passwords.verify(phc, data);
        }
    }
}
