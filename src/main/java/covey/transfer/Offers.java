package covey.transfer;

import covey.content.BlockStore;
import covey.content.ContentId;
import covey.content.Imported;
import covey.env.Env;
import covey.store.Batch;
import covey.store.Keys;
import covey.store.OrderedStore;
import covey.wire.proto.KeptOffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What this device offered with messages: it serves that content to those people and rooms, with or without a hub, for
 * as long as their mail may wait. Any thread.
 */
public final class Offers {
    /** As long as mail waits for its receiver, and as long again to fetch. */
    public static final long LIFETIME_MILLIS = 60L * 24 * 60 * 60 * 1000;

    private static final String OWNER = "offer:";

    /**
     * One offer.
     *
     * @param to "@bob" or "#lab"
     */
    public record Offer(
            long number,
            ContentId content,
            String to,
            String name,
            long bytes,
            int files,
            long offeredMillis,
            long untilMillis) {}

    private final Env env;
    private final OrderedStore store;
    private final BlockStore blocks;
    private final Numbers numbers;

    public Offers(Env env, OrderedStore store, BlockStore blocks, Numbers numbers) {
        this.env = env;
        this.store = store;
        this.blocks = blocks;
        this.numbers = numbers;
    }

    /** Durable when it returns: the message that tells of it may go. */
    public void add(Imported imported, String to, String name, int files) {
        blocks.link(List.of(imported), OWNER + to);
        long now = env.clock().wallMillis();
        byte[] key = Tables.offer(imported.id(), to);
        long number = store.get(key)
                .map(before -> Tables.parse(KeptOffer.parser(), before).getNumber())
                .orElseGet(numbers::next);
        KeptOffer kept = KeptOffer.newBuilder()
                .setName(name)
                .setBytes(imported.manifest().bytes())
                .setFiles(files)
                .setOfferedMillis(now)
                .setUntilMillis(now + LIFETIME_MILLIS)
                .setNumber(number)
                .build();
        store.write(new Batch().put(key, kept.toByteArray()), true);
    }

    /** Nobody gets it by this offer any more. */
    public void withdraw(ContentId content, String to) {
        store.write(new Batch().delete(Tables.offer(content, to)), true);
        blocks.release(content, OWNER + to);
    }

    /** To whom the content is offered now: "@bob", "#lab". */
    public List<String> receivers(ContentId content) {
        List<String> receivers = new ArrayList<>();
        scan(Tables.offers(content), offer -> receivers.add(offer.to()));
        return receivers;
    }

    public List<Offer> all() {
        List<Offer> all = new ArrayList<>();
        scan(Tables.OFFERS, all::add);
        return all;
    }

    public Optional<Offer> find(long number) {
        return all().stream().filter(offer -> offer.number() == number).findFirst();
    }

    private void scan(byte[] prefix, java.util.function.Consumer<Offer> each) {
        long now = env.clock().wallMillis();
        store.scan(prefix, Keys.end(prefix), false, (key, value) -> {
            KeptOffer kept = Tables.parse(KeptOffer.parser(), value);
            if (now < kept.getUntilMillis()) {
                each.accept(new Offer(
                        kept.getNumber(),
                        Tables.contentOfOffer(key),
                        Tables.receiverOfOffer(key),
                        kept.getName(),
                        kept.getBytes(),
                        kept.getFiles(),
                        kept.getOfferedMillis(),
                        kept.getUntilMillis()));
            }
            return true;
        });
    }

    /** Gives up what is out of its time; called at the start. */
    public void expire() {
        long now = env.clock().wallMillis();
        List<byte[]> over = new ArrayList<>();
        store.scan(Tables.OFFERS, Keys.end(Tables.OFFERS), false, (key, value) -> {
            if (Tables.parse(KeptOffer.parser(), value).getUntilMillis() <= now) {
                over.add(key);
            }
            return true;
        });
        over.forEach(key -> withdraw(Tables.contentOfOffer(key), Tables.receiverOfOffer(key)));
    }
}
