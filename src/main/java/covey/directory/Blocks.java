package covey.directory;

import covey.directory.DirectoryView.Account;
import covey.store.Keys;
import covey.store.OrderedStore;
import covey.store.PersistentMap;
import covey.store.Records;
import covey.wire.proto.BlockAccount;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Who does not want to hear of whom. Immutable and in memory beside the store, since every message asks. A block names
 * the blocked account's index too: another account that takes the name later is not blocked.
 */
public final class Blocks {
    /** The list of one account must fit a control frame. */
    static final int BLOCKS_PER_ACCOUNT_MAX = 250;

    private static final Blocks NONE = new Blocks(PersistentMap.empty());

    private final PersistentMap<Pair, Long> pairs;

    private Blocks(PersistentMap<Pair, Long> pairs) {
        this.pairs = pairs;
    }

    private record Pair(String receiver, String sender) implements Comparable<Pair> {
        @Override
        public int compareTo(Pair other) {
            int order = receiver.compareTo(other.receiver);
            return order != 0 ? order : sender.compareTo(other.sender);
        }
    }

    public static Blocks none() {
        return NONE;
    }

    public static Blocks load(OrderedStore store) {
        PersistentMap<Pair, Long>[] pairs = newHolder();
        byte[] from = Keys.of(Tables.BLOCK).build();
        store.scan(from, Keys.end(from), false, (key, value) -> {
            Keys.Reader reader = Keys.read(key).skip(1);
            Pair pair = new Pair(reader.string(), reader.string());
            pairs[0] = pairs[0].put(pair, Records.number(value));
            return true;
        });
        return new Blocks(pairs[0]);
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // arrays of generic types cannot be made otherwise
    private static PersistentMap<Pair, Long>[] newHolder() {
        return new PersistentMap[] {PersistentMap.<Pair, Long>empty()};
    }

    /** True when {@code receiver} blocked the account that is now called {@code sender}. */
    public boolean isBlocked(DirectoryView view, String receiver, String sender) {
        if (pairs.size() == 0) {
            return false;
        }
        Optional<Long> index = pairs.get(new Pair(receiver, sender));
        return index.isPresent()
                && view.account(sender)
                        .filter(account -> account.index() == index.get())
                        .isPresent();
    }

    /** Accounts that this one blocked, by name. */
    public static List<String> of(OrderedStore store, String receiver) {
        List<String> blocked = new ArrayList<>();
        byte[] from = Keys.of(Tables.BLOCK).string(receiver).build();
        store.scan(from, Keys.end(from), false, (key, value) -> {
            Keys.Reader reader = Keys.read(key).skip(from.length);
            blocked.add(reader.string());
            return true;
        });
        return blocked;
    }

    /** BlockAccount by any account. */
    public static void apply(Step step, BlockAccount command) {
        String receiver = step.actor().account();
        String sender = command.getAccount();
        byte[] key = Keys.of(Tables.BLOCK).string(receiver).string(sender).build();
        if (!command.getBlocked()) {
            step.delete(key);
            step.blocks(new Blocks(step.blocks().pairs.remove(new Pair(receiver, sender))));
            return;
        }
        Account account = step.view()
                .account(sender)
                .orElseThrow(() -> Refused.notFound("There is no account @" + sender + " to block."));
        if (sender.equals(receiver) || account.isOperator()) {
            throw Refused.bad("Nobody can block " + (account.isOperator() ? "the operator." : "itself."));
        }
        if (countOf(step, receiver) >= BLOCKS_PER_ACCOUNT_MAX && step.get(key).isEmpty()) {
            throw Refused.overLimit("You have blocked " + BLOCKS_PER_ACCOUNT_MAX
                    + " accounts, the most there can be: unblock one first.");
        }
        step.put(key, Tables.number(account.index()));
        step.blocks(new Blocks(step.blocks().pairs.put(new Pair(receiver, sender), account.index())));
    }

    /** The account is gone: so is what it blocked. */
    static void forget(Step step, String receiver) {
        byte[] from = Keys.of(Tables.BLOCK).string(receiver).build();
        step.transaction().scan(from, Keys.end(from), false, (key, value) -> {
            String sender = Keys.read(key).skip(from.length).string();
            step.delete(key);
            step.blocks(new Blocks(step.blocks().pairs.remove(new Pair(receiver, sender))));
            return true;
        });
    }

    private static int countOf(Step step, String receiver) {
        int[] count = new int[1];
        byte[] from = Keys.of(Tables.BLOCK).string(receiver).build();
        step.transaction().scan(from, Keys.end(from), false, (key, value) -> {
            count[0]++;
            return true;
        });
        return count[0];
    }
}
