package covey.identity;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import covey.env.Env;
import covey.wire.proto.SealedPost;
import covey.wire.proto.SenderKey;
import covey.wire.proto.StoredSenderChain;
import java.util.Arrays;

/**
 * One sender device's key for one membership epoch of a private room: a post is sealed once for all members, and signed
 * by the device, since every member knows the chain. One thread; store {@link #encode} after each use.
 */
public final class SenderChain {
    private static final int VERSION = 1;
    private static final int ID_BYTES = 16;

    private final byte[] keyId;
    private final Chain chain;

    private SenderChain(byte[] keyId, Chain chain) {
        this.keyId = keyId;
        this.chain = chain;
    }

    public static SenderChain create(Env env) {
        return new SenderChain(env.randomBytes(ID_BYTES), new Chain(env.randomBytes(Crypto.KEY_BYTES), 0));
    }

    /** What members are sent, each in a sealed envelope: opens posts from now on, not those before. */
    public SenderKey distribution(ByteString room, long epoch) {
        return SenderKey.newBuilder()
                .setRoom(room)
                .setEpoch(epoch)
                .setKeyId(ByteString.copyFrom(keyId))
                .setChainKey(ByteString.copyFrom(chain.key()))
                .setCounter(chain.next())
                .build();
    }

    public static SenderChain from(SenderKey key) {
        if (key.getKeyId().size() != ID_BYTES) {
            throw new SealException(
                    "sender key: id of " + key.getKeyId().size() + " bytes (expected: " + ID_BYTES + ")");
        }
        return new SenderChain(
                key.getKeyId().toByteArray(), new Chain(key.getChainKey().toByteArray(), key.getCounter()));
    }

    public byte[] keyId() {
        return keyId.clone();
    }

    /** @param postId random and of this post alone: its key hangs on it */
    public SealedPost seal(DeviceKeys me, byte[] room, long epoch, byte[] postId, byte[] plaintext) {
        int counter = chain.next();
        byte[] ciphertext = chain.seal(plaintext, associated(room, epoch, postId, counter));
        byte[] signature = me.sign(Purpose.ROOM_POST, associated(room, epoch, postId, counter), ciphertext);
        return SealedPost.newBuilder()
                .setKeyId(ByteString.copyFrom(keyId))
                .setCounter(counter)
                .setCiphertext(ByteString.copyFrom(ciphertext))
                .setSignature(ByteString.copyFrom(signature))
                .build();
    }

    /** Opens one post, each once; throws {@link SealException} and is unchanged when it is not genuine. */
    public byte[] open(byte[] senderSpki, byte[] room, long epoch, byte[] postId, SealedPost post) {
        byte[] associated = associated(room, epoch, postId, post.getCounter());
        byte[] ciphertext = post.getCiphertext().toByteArray();
        if (!Arrays.equals(keyId, post.getKeyId().toByteArray())) {
            throw new SealException("the post is sealed with another sender key");
        }
        if (!Signatures.verify(
                senderSpki, Purpose.ROOM_POST, post.getSignature().toByteArray(), associated, ciphertext)) {
            throw new SealException("the post is not signed by the device it is said to come from");
        }
        return chain.open(post.getCounter(), ciphertext, associated);
    }

    private byte[] associated(byte[] room, long epoch, byte[] postId, int counter) {
        return Signatures.message(Purpose.ROOM_POST, room, Crypto.u64(epoch), postId, keyId, Crypto.u64(counter));
    }

    public byte[] encode() {
        return StoredSenderChain.newBuilder()
                .setVersion(VERSION)
                .setKeyId(ByteString.copyFrom(keyId))
                .setChainKey(ByteString.copyFrom(chain.key()))
                .setCounter(chain.next())
                .addAllSkipped(chain.skipped())
                .build()
                .toByteArray();
    }

    /** Throws {@link SealException} for anything that {@link #encode} did not write. */
    public static SenderChain decode(byte[] bytes) {
        try {
            StoredSenderChain stored = StoredSenderChain.parseFrom(bytes);
            boolean isWhole =
                    stored.getVersion() == VERSION && stored.getKeyId().size() == ID_BYTES;
            if (!isWhole) {
                throw new SealException("stored sender key is damaged, or of a later version");
            }
            Chain chain =
                    Chain.restore(stored.getChainKey().toByteArray(), stored.getCounter(), stored.getSkippedList());
            return new SenderChain(stored.getKeyId().toByteArray(), chain);
        } catch (InvalidProtocolBufferException e) {
            throw new SealException("stored sender key is damaged");
        }
    }
}
