package covey.identity;

import com.google.protobuf.ByteString;
import covey.wire.proto.SkippedKey;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A key that moves one way: each message has its own, and old ones are erased. A receiver keeps the keys of messages it
 * has not seen yet, at most {@link #SKIPPED_MAX}; a key is used once. One thread.
 */
final class Chain {
    /** More missing messages than are ever in flight; bounds memory and what a forged counter can cost. */
    static final int SKIPPED_MAX = 1_000;

    private static final int MESSAGE_LABEL = 1;
    private static final int CHAIN_LABEL = 2;

    private byte[] key;
    private int next;
    private final LinkedHashMap<Integer, byte[]> skipped = new LinkedHashMap<>();

    Chain(byte[] key, int next, List<SkippedKey> skipped) {
        this.key = key;
        this.next = next;
        for (SkippedKey old : skipped) {
            this.skipped.put(old.getCounter(), old.getKey().toByteArray());
        }
    }

    int next() {
        return next;
    }

    byte[] key() {
        return key.clone();
    }

    List<SkippedKey> skipped() {
        List<SkippedKey> keys = new ArrayList<>();
        for (Map.Entry<Integer, byte[]> entry : skipped.entrySet()) {
            keys.add(SkippedKey.newBuilder()
                    .setCounter(entry.getKey())
                    .setKey(ByteString.copyFrom(entry.getValue()))
                    .build());
        }
        return keys;
    }

    /** Key of the next message to send; the chain moves on. */
    byte[] advance() {
        byte[] messageKey = Crypto.step(key, MESSAGE_LABEL);
        key = Crypto.step(key, CHAIN_LABEL);
        next++;
        return messageKey;
    }

    /**
     * Opens with the key of that counter. The chain only moves when the message is genuine, so that a forged one cannot
     * spoil it.
     */
    byte[] open(int counter, byte[] ciphertext, byte[] associated) {
        byte[] kept = skipped.get(counter);
        if (kept != null) {
            byte[] plaintext = Crypto.open(kept, ciphertext, associated);
            skipped.remove(counter);
            return plaintext;
        }
        if (counter < next) {
            throw new SealException("message " + counter + " of this session was opened before");
        }
        if (counter - next > SKIPPED_MAX) {
            throw new SealException(
                    "message " + counter + " is too far ahead (expected: at most " + (next + SKIPPED_MAX) + ")");
        }
        Chain ahead = new Chain(key, next, List.of());
        LinkedHashMap<Integer, byte[]> passed = new LinkedHashMap<>();
        while (ahead.next < counter) {
            int at = ahead.next;
            passed.put(at, ahead.advance());
        }
        byte[] plaintext = Crypto.open(ahead.advance(), ciphertext, associated);
        key = ahead.key;
        next = ahead.next;
        skipped.putAll(passed);
        while (skipped.size() > SKIPPED_MAX) {
            skipped.remove(skipped.keySet().iterator().next());
        }
        return plaintext;
    }
}
