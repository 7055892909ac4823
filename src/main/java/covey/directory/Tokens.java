package covey.directory;

import com.google.protobuf.ByteString;
import covey.directory.DirectoryView.Account;
import covey.store.Keys;
import covey.store.MerkleLog;
import covey.store.OrderedStore;
import covey.store.Records;
import covey.wire.Base32;
import covey.wire.Limits;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.Role;
import covey.wire.proto.StoredLabel;
import covey.wire.proto.StoredToken;
import covey.wire.proto.TokenCreate;
import covey.wire.proto.TokenInfo;
import covey.wire.proto.TokenKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Invitations and resets. The state knows the hash of a token's secret, never the secret. */
public final class Tokens {
    /** Who invites more than this at once should open the registration. */
    static final int USES_MAX = 10_000;

    /** An invitation that nobody used for a year is forgotten somewhere. */
    static final long LIFETIME_MILLIS_MAX = 366L * 24 * 60 * 60 * 1000;

    /** Living tokens at one time: a script that goes wild must not fill the state. */
    static final int TOKENS_MAX = 1_000;

    /** Expired tokens removed in one tick. */
    private static final int EXPIRED_PER_TICK_MAX = 100;

    private static final int ID_BYTES = 8;

    /** A page of tokens fits a control frame: at most so many, with full labels fewer. */
    private static final int PAGE_BYTES_MAX = 12 * 1024;

    private Tokens() {}

    public static TokenInfo create(Step step, TokenCreate command) {
        byte[] hash = command.getSecretHash().toByteArray();
        check(step, command, hash);
        byte[] key = key(hash);
        Optional<byte[]> existing = step.get(key);
        if (existing.isPresent()) {
            return info(hash, Records.parse(StoredToken.parser(), existing.get()));
        }
        if (count(step) >= TOKENS_MAX) {
            throw Refused.overLimit(
                    "There are " + TOKENS_MAX + " tokens, the most there can be: revoke some (covey hub token ls).");
        }
        StoredToken.Builder token = StoredToken.newBuilder()
                .setKind(command.getKind())
                .setUsesLeft(Math.max(1, command.getUses()))
                .setExpiresMillis(command.getExpiresMillis())
                .setCreatedBy(step.actor().account());
        new TreeMap<>(command.getLabelsMap())
                .forEach((name, value) ->
                        token.addLabels(StoredLabel.newBuilder().setName(name).setValue(value)));
        if (command.getKind() == TokenKind.TOKEN_RESET) {
            token.setUsesLeft(1)
                    .setAccount(command.getAccount())
                    .setAccountIndex(resettable(step, command).index());
        }
        StoredToken stored = token.build();
        step.put(key, stored.toByteArray());
        step.put(expiryKey(stored.getExpiresMillis(), hash), Tables.NOTHING);
        String detail = stored.getKind() + " uses=" + stored.getUsesLeft() + " expires=" + stored.getExpiresMillis()
                + (stored.getAccount().isEmpty() ? "" : " account=" + stored.getAccount());
        step.audit("token.create", id(hash), detail);
        return info(hash, stored);
    }

    private static void check(Step step, TokenCreate command, byte[] hash) {
        DirectoryState.booted(step);
        if (hash.length != MerkleLog.HASH_BYTES) {
            throw Refused.bad("secret hash: " + hash.length + " bytes (expected: the SHA-256 of the secret).");
        }
        if (command.getKind() == TokenKind.UNRECOGNIZED) {
            throw new Refused(
                    ErrorCode.UNSUPPORTED,
                    "This hub does not know tokens of kind " + command.getKindValue() + ": update it.");
        }
        if (command.getUses() < 0 || command.getUses() > USES_MAX) {
            throw Refused.bad(
                    "uses: " + Integer.toUnsignedString(command.getUses()) + " (expected: 1.." + USES_MAX + ").");
        }
        long lifetime = command.getExpiresMillis() - step.nowMillis();
        if (lifetime <= 0 || lifetime > LIFETIME_MILLIS_MAX) {
            throw Refused.bad("A token lives from now on, for at most 366 days.");
        }
        boolean labelsFit = command.getLabelsCount() <= Limits.LABELS_MAX;
        for (Map.Entry<String, String> label : command.getLabelsMap().entrySet()) {
            labelsFit &= !label.getKey().isEmpty()
                    && label.getKey().length() <= Limits.LABEL_CHARS_MAX
                    && label.getValue().length() <= Limits.LABEL_CHARS_MAX;
        }
        if (!labelsFit) {
            throw Refused.bad("A token has at most " + Limits.LABELS_MAX + " labels of at most "
                    + Limits.LABEL_CHARS_MAX + " characters.");
        }
    }

    private static Account resettable(Step step, TokenCreate command) {
        Account account = step.view().account(command.getAccount()).orElseThrow(() -> {
            return Refused.notFound("There is no account @" + command.getAccount() + ".");
        });
        if (account.role() == Role.MACHINE || account.isOperator()) {
            throw Refused.bad("@" + account.name() + " has no password to reset.");
        }
        return account;
    }

    public static void revoke(Step step, String tokenId) {
        byte[] hash = find(step, tokenId).orElseThrow(() -> {
            return Refused.notFound("There is no token " + tokenId + ": it was used up, has expired, or never was"
                    + " (covey hub token ls shows those there are).");
        });
        remove(
                step,
                hash,
                Records.parse(StoredToken.parser(), step.get(key(hash)).orElseThrow()));
        step.audit("token.revoke", tokenId, "");
    }

    /** Counts one use; refuses tokens that are unknown, expired or of another kind than wanted. */
    static StoredToken use(Step step, ByteString secretHash) {
        byte[] hash = secretHash.toByteArray();
        StoredToken token = (hash.length == MerkleLog.HASH_BYTES ? step.get(key(hash)) : Optional.<byte[]>empty())
                .map(bytes -> Records.parse(StoredToken.parser(), bytes))
                .filter(found -> found.getExpiresMillis() > step.nowMillis())
                .orElseThrow(() -> Refused.denied("This token is not valid: it was used up, has expired or was revoked."
                        + " Ask an administrator for a new one."));
        if (token.getUsesLeft() <= 1) {
            remove(step, hash, token);
        } else {
            StoredToken rest =
                    token.toBuilder().setUsesLeft(token.getUsesLeft() - 1).build();
            step.put(key(hash), rest.toByteArray());
        }
        return token;
    }

    /** Removes expired ones, a bounded number per tick. */
    public static void tick(Step step) {
        List<byte[]> expired = new ArrayList<>();
        byte[] until = Keys.of(Tables.TOKEN_EXPIRY).u64(step.nowMillis() + 1).build();
        step.transaction().scan(Keys.of(Tables.TOKEN_EXPIRY).build(), until, false, (key, value) -> {
            expired.add(key);
            return expired.size() < EXPIRED_PER_TICK_MAX;
        });
        for (byte[] key : expired) {
            byte[] hash = Keys.read(key).skip(1 + Long.BYTES).rest();
            step.delete(key);
            step.delete(key(hash));
        }
    }

    /** A living token (expired ones stay until a tick: compare). */
    public static Optional<StoredToken> get(OrderedStore store, byte[] secretHash) {
        return secretHash.length == MerkleLog.HASH_BYTES
                ? store.get(key(secretHash)).map(bytes -> Records.parse(StoredToken.parser(), bytes))
                : Optional.empty();
    }

    /** Tokens with an id after this one, by id, as many as fit a frame; the flag says whether there are more. */
    public static boolean list(OrderedStore store, String after, List<TokenInfo> tokens) {
        byte[] from = after.isEmpty() ? Keys.of(Tables.TOKEN).build() : Keys.end(prefix(after));
        int[] bytes = new int[1];
        boolean[] more = new boolean[1];
        store.scan(from, Keys.of(Tables.TOKEN + 1).build(), false, (key, value) -> {
            bytes[0] += value.length + 2 * ID_BYTES;
            more[0] = bytes[0] > PAGE_BYTES_MAX;
            if (!more[0]) {
                tokens.add(info(Keys.read(key).skip(1).rest(), Records.parse(StoredToken.parser(), value)));
            }
            return !more[0];
        });
        return more[0];
    }

    /** First bytes of the secret's hash: names a token without giving it away. */
    public static String id(byte[] secretHash) {
        return Base32.encode(Arrays.copyOf(secretHash, ID_BYTES));
    }

    private static TokenInfo info(byte[] hash, StoredToken token) {
        TokenInfo.Builder info = TokenInfo.newBuilder()
                .setTokenId(id(hash))
                .setKind(token.getKind())
                .setUsesLeft(token.getUsesLeft())
                .setExpiresMillis(token.getExpiresMillis())
                .setCreatedBy(token.getCreatedBy());
        token.getLabelsList().forEach(label -> info.putLabels(label.getName(), label.getValue()));
        return info.build();
    }

    private static Optional<byte[]> find(Step step, String tokenId) {
        byte[][] hash = new byte[1][];
        byte[] from = prefix(tokenId);
        step.transaction().scan(from, Keys.end(from), false, (key, value) -> {
            hash[0] = Keys.read(key).skip(1).rest();
            return false;
        });
        return Optional.ofNullable(hash[0]);
    }

    private static byte[] prefix(String tokenId) {
        byte[] id;
        try {
            id = Base32.decode(tokenId);
        } catch (IllegalArgumentException e) {
            throw Refused.bad("token id: '" + tokenId + "' (expected: as `covey hub token ls` shows it).");
        }
        if (id.length != ID_BYTES) {
            throw Refused.bad("token id: '" + tokenId + "' (expected: as `covey hub token ls` shows it).");
        }
        return Keys.of(Tables.TOKEN).fixed(id).build();
    }

    private static void remove(Step step, byte[] hash, StoredToken token) {
        step.delete(key(hash));
        step.delete(expiryKey(token.getExpiresMillis(), hash));
    }

    private static int count(Step step) {
        int[] count = new int[1];
        byte[] from = Keys.of(Tables.TOKEN).build();
        step.transaction().scan(from, Keys.end(from), false, (key, value) -> {
            count[0]++;
            return true;
        });
        return count[0];
    }

    private static byte[] key(byte[] hash) {
        return Keys.of(Tables.TOKEN).fixed(hash).build();
    }

    private static byte[] expiryKey(long expiresMillis, byte[] hash) {
        return Keys.of(Tables.TOKEN_EXPIRY).u64(expiresMillis).fixed(hash).build();
    }
}
