package covey.identity;

import com.google.protobuf.ByteString;
import covey.wire.proto.SkippedKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;

/**
 * A key that moves one way: each message has its own seed, and old ones are erased. A receiver keeps the seeds of
 * messages it has not seen yet, at most {@link #SKIPPED_MAX}; a seed is used once. One thread.
 */
final class Chain {
    /**
     * More missing messages than are ever in flight; bounds memory and what a forged counter can cost (about 1 ms). The
     * oldest go first: such a message can no longer be opened.
     */
    static final int SKIPPED_MAX = 1_000;

    private static final byte MESSAGE_LABEL = 1;
    private static final byte CHAIN_LABEL = 2;

    private byte[] key;
    private int next;
    private final LinkedHashMap<Integer, byte[]> skipped = new LinkedHashMap<>();

    /** @param key becomes this chain's own, which erases it with the first message */
    Chain(byte[] key, int next) {
        if (key.length != Crypto.KEY_BYTES || next < 0) {
            throw new SealException("chain: key of " + key.length + " bytes at " + next + " (expected: "
                    + Crypto.KEY_BYTES + " bytes)");
        }
        this.key = key;
        this.next = next;
    }

    /** What {@link #key}, {@link #next} and {@link #skipped} told; throws {@link SealException} for anything else. */
    static Chain restore(byte[] key, int next, List<SkippedKey> skipped) {
        Chain chain = new Chain(key, next);
        for (SkippedKey old : skipped) {
            boolean isPast = old.getCounter() >= 0 && old.getCounter() < next;
            if (!isPast || old.getKey().size() != Crypto.KEY_BYTES || chain.skipped.size() == SKIPPED_MAX) {
                throw new SealException("chain: a skipped message's key is damaged, or there are too many");
            }
            chain.skipped.put(old.getCounter(), old.getKey().toByteArray());
        }
        return chain;
    }

    int next() {
        return next;
    }

    byte[] key() {
        return key.clone();
    }

    List<SkippedKey> skipped() {
        List<SkippedKey> keys = new ArrayList<>(skipped.size());
        skipped.forEach((counter, seed) -> keys.add(SkippedKey.newBuilder()
                .setCounter(counter)
                .setKey(ByteString.copyFrom(seed))
                .build()));
        return keys;
    }

    /** Seals the message with the counter {@link #next}; the chain moves on. */
    byte[] seal(byte[] plaintext, byte[] associated) {
        byte[] seed = advance();
        byte[] ciphertext = Crypto.seal(seed, plaintext, associated);
        Arrays.fill(seed, (byte) 0);
        return ciphertext;
    }

    private byte[] advance() {
        if (next == Integer.MAX_VALUE) {
            throw new SealException("the session is used up; open a new one");
        }
        byte[] seed = Crypto.step(key, MESSAGE_LABEL);
        byte[] following = Crypto.step(key, CHAIN_LABEL);
        Arrays.fill(key, (byte) 0);
        key = following;
        next++;
        return seed;
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
            Arrays.fill(kept, (byte) 0);
            return plaintext;
        }
        if (counter < next) {
            throw new SealException(
                    "message " + Integer.toUnsignedString(counter) + " of this session was opened before");
        }
        if (counter - next > SKIPPED_MAX) {
            throw new SealException(
                    "message " + counter + " is too far ahead (expected: at most " + (next + SKIPPED_MAX) + ")");
        }
        Chain ahead = new Chain(key.clone(), next);
        while (ahead.next < counter) {
            int at = ahead.next;
            ahead.skipped.put(at, ahead.advance());
        }
        byte[] plaintext = Crypto.open(ahead.advance(), ciphertext, associated);
        moveTo(ahead);
        return plaintext;
    }

    private void moveTo(Chain ahead) {
        Arrays.fill(key, (byte) 0);
        key = ahead.key;
        next = ahead.next;
        skipped.putAll(ahead.skipped);
        while (skipped.size() > SKIPPED_MAX) {
            skipped.pollFirstEntry();
        }
    }
}
