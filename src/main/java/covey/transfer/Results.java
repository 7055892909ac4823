package covey.transfer;

import covey.env.Env;
import covey.store.Batch;
import covey.store.OrderedStore;
import covey.wire.proto.KeptResult;
import covey.wire.proto.KeptResults;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** What the last search of this home found, so that its numbers can be typed for a day. Any thread. */
public final class Results {
    /** Numbers from there on are transfers'. */
    public static final int MAX = (int) Transfers.FIRST_NUMBER - 2;

    private static final long LIFETIME_MILLIS = TimeUnit.HOURS.toMillis(24);

    private final Env env;
    private final OrderedStore store;

    public Results(Env env, OrderedStore store) {
        this.env = env;
        this.store = store;
    }

    public void keep(List<KeptResult> results) {
        KeptResults kept = KeptResults.newBuilder()
                .setFoundMillis(env.clock().wallMillis())
                .addAllResults(results)
                .build();
        store.write(new Batch().put(Tables.RESULTS, kept.toByteArray()), false);
    }

    /** Empty when there is no such number, or it was found too long ago. */
    public Optional<KeptResult> find(long number) {
        return store.get(Tables.RESULTS)
                .map(value -> Tables.parse(KeptResults.parser(), value))
                .filter(kept -> env.clock().wallMillis() - kept.getFoundMillis() < LIFETIME_MILLIS)
                .flatMap(kept -> kept.getResultsList().stream()
                        .filter(one -> one.getNumber() == number)
                        .findFirst());
    }
}
