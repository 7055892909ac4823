package covey.identity;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import covey.env.Env;
import covey.wire.Limits;
import covey.wire.proto.PublishPrekey;
import covey.wire.proto.StoredPrekey;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;

/** A device's key pairs for sessions that others open to it: X25519 and ML-KEM-768, signed by the device key. */
public final class Prekey {
    private static final int VERSION = 1;

    private final PublishPrekey published;
    private final PrivateKey x25519;
    private final PrivateKey mlKem;

    private Prekey(PublishPrekey published, PrivateKey x25519, PrivateKey mlKem) {
        this.published = published;
        this.x25519 = x25519;
        this.mlKem = mlKem;
    }

    public static Prekey generate(Env env, DeviceKeys keys, long id, long nowMillis) {
        try {
            KeyPairGenerator x25519 = KeyPairGenerator.getInstance("X25519");
            x25519.initialize(255, env.random());
            KeyPair agreement = x25519.generateKeyPair();
            KeyPairGenerator mlKem = KeyPairGenerator.getInstance("ML-KEM-768");
            mlKem.initialize(java.security.spec.NamedParameterSpec.ML_KEM_768, env.random());
            KeyPair encapsulation = mlKem.generateKeyPair();
            PublishPrekey unsigned = PublishPrekey.newBuilder()
                    .setPrekeyId(id)
                    .setX25519(ByteString.copyFrom(Crypto.raw(agreement.getPublic(), Limits.X25519_BYTES)))
                    .setMlKem(ByteString.copyFrom(Crypto.raw(encapsulation.getPublic(), Limits.ML_KEM_PUBLIC_BYTES)))
                    .setCreatedMillis(nowMillis)
                    .build();
            PublishPrekey signed = unsigned.toBuilder()
                    .setSignature(ByteString.copyFrom(keys.sign(Purpose.PREKEY, parts(unsigned))))
                    .build();
            return new Prekey(signed, agreement.getPrivate(), encapsulation.getPrivate());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot make a prekey", e);
        }
    }

    private static byte[][] parts(PublishPrekey prekey) {
        return new byte[][] {
            Crypto.u64(prekey.getPrekeyId()),
            prekey.getX25519().toByteArray(),
            prekey.getMlKem().toByteArray(),
            Crypto.u64(prekey.getCreatedMillis())
        };
    }

    /** True when the device with this key signed it, and a session can be opened to it. */
    public static boolean verify(PublishPrekey prekey, byte[] spki) {
        return haveTheirSizes(prekey)
                && Signatures.verify(spki, Purpose.PREKEY, prekey.getSignature().toByteArray(), parts(prekey))
                && Crypto.areUsable(
                        prekey.getX25519().toByteArray(), prekey.getMlKem().toByteArray());
    }

    private static boolean haveTheirSizes(PublishPrekey prekey) {
        return prekey.getX25519().size() == Limits.X25519_BYTES
                && prekey.getMlKem().size() == Limits.ML_KEM_PUBLIC_BYTES;
    }

    /** The public half, for the hub. */
    public PublishPrekey published() {
        return published;
    }

    public long id() {
        return published.getPrekeyId();
    }

    PrivateKey x25519() {
        return x25519;
    }

    PrivateKey mlKem() {
        return mlKem;
    }

    /** Both halves, for this device's own store. */
    public byte[] encode() {
        return StoredPrekey.newBuilder()
                .setVersion(VERSION)
                .setPublished(published)
                .setX25519Private(ByteString.copyFrom(x25519.getEncoded()))
                .setMlKemPrivate(ByteString.copyFrom(mlKem.getEncoded()))
                .build()
                .toByteArray();
    }

    /** Throws {@link SealException} for anything that {@link #encode} did not write. */
    public static Prekey decode(byte[] bytes) {
        try {
            StoredPrekey stored = StoredPrekey.parseFrom(bytes);
            if (stored.getVersion() != VERSION || !haveTheirSizes(stored.getPublished())) {
                throw new SealException("stored prekey is damaged, or of a later version");
            }
            return new Prekey(
                    stored.getPublished(),
                    Crypto.privateKey("X25519", stored.getX25519Private().toByteArray()),
                    Crypto.privateKey("ML-KEM-768", stored.getMlKemPrivate().toByteArray()));
        } catch (InvalidProtocolBufferException | GeneralSecurityException | IllegalArgumentException e) {
            throw new SealException("stored prekey is damaged");
        }
    }
}
