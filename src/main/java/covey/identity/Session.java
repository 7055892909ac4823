package covey.identity;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import covey.env.Env;
import covey.store.Sha256;
import covey.wire.DeviceId;
import covey.wire.Limits;
import covey.wire.proto.Envelope;
import covey.wire.proto.PublishPrekey;
import covey.wire.proto.SessionHeader;
import covey.wire.proto.StoredSession;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Arrays;
import java.util.List;
import javax.crypto.KEM;

/**
 * One way from a sender device to a receiver device: opened by one X25519 agreement, one ML-KEM-768 encapsulation and
 * one signature, then a {@link Chain} (DESIGN decision 6). One thread; store {@link #encode} after each use, before the
 * message leaves or is acknowledged.
 */
public final class Session {
    private static final int VERSION = 1;
    private static final int ID_BYTES = 16;
    private static final String SALT = "covey/session/1";

    private final byte[] id;
    private final DeviceId sender;
    private final DeviceId receiver;
    private final SessionHeader header;
    private final Chain chain;

    private Session(byte[] id, DeviceId sender, DeviceId receiver, SessionHeader header, Chain chain) {
        this.id = id;
        this.sender = sender;
        this.receiver = receiver;
        this.header = header;
        this.chain = chain;
    }

    /**
     * Opens a session to a device.
     *
     * @param theirSpki the receiver's device key, from the directory
     * @param theirs its prekey; its signature is checked here
     * @param directorySize the sender's view of the directory, bound into the key
     */
    public static Session start(
            Env env, DeviceKeys me, byte[] theirSpki, PublishPrekey theirs, long directorySize, long nowMillis) {
        if (!Prekey.verify(theirs, theirSpki)) {
            throw new SealException(
                    "the prekey is not signed by the device it is said to belong to, or cannot be used");
        }
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("X25519");
            generator.initialize(255, env.random());
            KeyPair ephemeral = generator.generateKeyPair();
            byte[] agreed =
                    Crypto.agree(ephemeral.getPrivate(), theirs.getX25519().toByteArray());
            KEM.Encapsulated encapsulated = KEM.getInstance("ML-KEM")
                    .newEncapsulator(Crypto.mlKem(theirs.getMlKem().toByteArray()), env.random())
                    .encapsulate();
            SessionHeader unsigned = SessionHeader.newBuilder()
                    .setPrekeyId(theirs.getPrekeyId())
                    .setEphemeralKey(ByteString.copyFrom(Crypto.raw(ephemeral.getPublic(), Limits.X25519_BYTES)))
                    .setKemCiphertext(ByteString.copyFrom(encapsulated.encapsulation()))
                    .setDirectorySize(directorySize)
                    .setTimeMillis(nowMillis)
                    .build();
            DeviceId receiver = Signatures.deviceId(theirSpki);
            byte[] transcript = transcript(me.id(), receiver, theirs, unsigned);
            SessionHeader signed = unsigned.toBuilder()
                    .setSignature(ByteString.copyFrom(me.sign(Purpose.SESSION, transcript)))
                    .build();
            return derive(agreed, encapsulated.key().getEncoded(), transcript, me.id(), receiver, signed);
        } catch (GeneralSecurityException e) {
            throw new SealException("cannot open a session: " + e.getMessage());
        }
    }

    /** Takes the session that the first envelope opens; open that envelope with it afterwards. */
    public static Session accept(DeviceKeys me, byte[] senderSpki, Prekey prekey, Envelope first) {
        if (!first.hasOpen()) {
            throw new SealException("the envelope opens no session");
        }
        SessionHeader header = first.getOpen();
        DeviceId sender = Signatures.deviceId(senderSpki);
        byte[] transcript = transcript(sender, me.id(), prekey.published(), header);
        boolean isSigned = Signatures.verify(
                senderSpki, Purpose.SESSION, header.getSignature().toByteArray(), transcript);
        if (!isSigned || header.getPrekeyId() != prekey.id()) {
            throw new SealException("the session is not signed by its sender, or opened for another prekey");
        }
        if (header.getKemCiphertext().size() != Limits.ML_KEM_CIPHERTEXT_BYTES) {
            throw new SealException("the session's key encapsulation has the wrong size");
        }
        try {
            byte[] agreed =
                    Crypto.agree(prekey.x25519(), header.getEphemeralKey().toByteArray());
            byte[] decapsulated = KEM.getInstance("ML-KEM")
                    .newDecapsulator(prekey.mlKem())
                    .decapsulate(header.getKemCiphertext().toByteArray())
                    .getEncoded();
            Session session = derive(agreed, decapsulated, transcript, sender, me.id(), header);
            if (!Arrays.equals(session.id, first.getSessionId().toByteArray())) {
                throw new SealException("the session's keys do not fit");
            }
            return session;
        } catch (GeneralSecurityException e) {
            throw new SealException("cannot take the session: " + e.getMessage());
        }
    }

    /** What the sender signs and the keys hang on: both devices, the receiver's prekey, and all of the header. */
    static byte[] transcript(DeviceId sender, DeviceId receiver, PublishPrekey prekey, SessionHeader header) {
        return Signatures.message(
                Purpose.SESSION,
                sender.toBytes(),
                receiver.toBytes(),
                Crypto.u64(header.getPrekeyId()),
                prekey.getX25519().toByteArray(),
                prekey.getMlKem().toByteArray(),
                header.getEphemeralKey().toByteArray(),
                header.getKemCiphertext().toByteArray(),
                Crypto.u64(header.getDirectorySize()),
                Crypto.u64(header.getTimeMillis()));
    }

    private static Session derive(
            byte[] agreed,
            byte[] encapsulated,
            byte[] transcript,
            DeviceId sender,
            DeviceId receiver,
            SessionHeader header)
            throws GeneralSecurityException {
        byte[] secret = Arrays.copyOf(agreed, agreed.length + encapsulated.length);
        System.arraycopy(encapsulated, 0, secret, agreed.length, encapsulated.length);
        byte[] keys = Crypto.hkdf(secret, SALT, Sha256.of(transcript), Crypto.KEY_BYTES + ID_BYTES);
        for (byte[] used : List.of(agreed, encapsulated, secret)) {
            Arrays.fill(used, (byte) 0);
        }
        Chain chain = new Chain(Arrays.copyOf(keys, Crypto.KEY_BYTES), 0);
        return new Session(Arrays.copyOfRange(keys, Crypto.KEY_BYTES, keys.length), sender, receiver, header, chain);
    }

    /**
     * Seals the next message.
     *
     * @param messageId random and of this message alone: its key hangs on it
     * @param withHeader until the receiver acknowledged a message of this session
     */
    public Envelope seal(
            byte[] messageId, long streamEpoch, long sequence, long floor, byte[] plaintext, boolean withHeader) {
        int counter = chain.next();
        byte[] ciphertext = chain.seal(plaintext, associated(messageId, streamEpoch, sequence, counter));
        Envelope.Builder envelope = Envelope.newBuilder()
                .setMessageId(ByteString.copyFrom(messageId))
                .setStreamEpoch(streamEpoch)
                .setSequence(sequence)
                .setFloor(floor)
                .setSessionId(ByteString.copyFrom(id))
                .setCounter(counter)
                .setCiphertext(ByteString.copyFrom(ciphertext));
        if (withHeader) {
            envelope.setOpen(header);
        }
        return envelope.build();
    }

    /** Opens one message, each once; throws {@link SealException} and is unchanged when it is not genuine. */
    public byte[] open(Envelope envelope) {
        if (!Arrays.equals(id, envelope.getSessionId().toByteArray())) {
            throw new SealException("the envelope belongs to another session");
        }
        byte[] associated = associated(
                envelope.getMessageId().toByteArray(),
                envelope.getStreamEpoch(),
                envelope.getSequence(),
                envelope.getCounter());
        return chain.open(envelope.getCounter(), envelope.getCiphertext().toByteArray(), associated);
    }

    /** The floor is left out: it rises while the same sealed bytes wait to be sent again. */
    private byte[] associated(byte[] messageId, long streamEpoch, long sequence, int counter) {
        return ByteBuffer.allocate(Integer.BYTES
                        + messageId.length
                        + 2 * Long.BYTES
                        + ID_BYTES
                        + Integer.BYTES
                        + 2 * DeviceId.BYTES)
                .putInt(messageId.length)
                .put(messageId)
                .putLong(streamEpoch)
                .putLong(sequence)
                .put(id)
                .putInt(counter)
                .put(sender.toBytes())
                .put(receiver.toBytes())
                .array();
    }

    public byte[] id() {
        return id.clone();
    }

    /** For this device's own store. */
    public byte[] encode() {
        return StoredSession.newBuilder()
                .setVersion(VERSION)
                .setSessionId(ByteString.copyFrom(id))
                .setChainKey(ByteString.copyFrom(chain.key()))
                .setCounter(chain.next())
                .setSender(sender.toByteString())
                .setReceiver(receiver.toByteString())
                .setHeader(header)
                .addAllSkipped(chain.skipped())
                .build()
                .toByteArray();
    }

    /** Throws {@link SealException} for anything that {@link #encode} did not write. */
    public static Session decode(byte[] bytes) {
        try {
            StoredSession stored = StoredSession.parseFrom(bytes);
            boolean isWhole =
                    stored.getVersion() == VERSION && stored.getSessionId().size() == ID_BYTES;
            if (!isWhole) {
                throw new SealException("stored session is damaged, or of a later version");
            }
            Chain chain =
                    Chain.restore(stored.getChainKey().toByteArray(), stored.getCounter(), stored.getSkippedList());
            return new Session(
                    stored.getSessionId().toByteArray(),
                    DeviceId.of(stored.getSender()),
                    DeviceId.of(stored.getReceiver()),
                    stored.getHeader(),
                    chain);
        } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
            throw new SealException("stored session is damaged");
        }
    }
}
