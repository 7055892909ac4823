package covey.transfer;

import covey.store.Batch;
import covey.store.OrderedStore;

/** The numbers by which a person names transfers and offers: one row for both. Any thread; {@code this} guards it. */
public final class Numbers {
    private final OrderedStore store;

    public Numbers(OrderedStore store) {
        this.store = store;
    }

    /** One that was never given before. No wait for the disk: what has it is synced after it, or lost with it. */
    synchronized long next() {
        long number = store.get(Tables.NUMBERS).map(Tables::number).orElse(Transfers.FIRST_NUMBER);
        store.write(new Batch().put(Tables.NUMBERS, Tables.number(number + 1)), false);
        return number;
    }
}
