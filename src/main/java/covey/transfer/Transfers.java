package covey.transfer;

import com.google.protobuf.ByteString;
import covey.content.BlockStore;
import covey.content.ContentException;
import covey.content.ContentException.Reason;
import covey.content.ContentId;
import covey.content.Exporter;
import covey.content.Holding;
import covey.env.Env;
import covey.env.HashWorkers;
import covey.store.Batch;
import covey.store.Keys;
import covey.store.OrderedStore;
import covey.store.StoreException;
import covey.wire.Sizes;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.KeptTransfer;
import covey.wire.proto.KeptTransferState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All that this device fetches, or could: a durable list. What is wanted is fetched a few at a time, in order of
 * numbers, and goes on by itself after a restart; what came whole is brought to its place, where it is served from.
 *
 * <p>Any thread; {@code this} guards the list. Watchers hear of each change, in order, and must not block.
 */
public final class Transfers implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Transfers.class);

    /** Smaller numbers are those of search results. */
    public static final long FIRST_NUMBER = 1_001;

    /** At once; each has buffers and connections, and more of them only share the same link. */
    private static final int RUNNING_MAX = 8;

    /** What has ended is forgotten, oldest first, beyond so many. */
    private static final int ENDED_MAX = 1_000;

    /** Offers too; they have a number again, another one, when their message is looked at. */
    static final int OFFERED_MAX = 1_000;

    /** What has not: more is refused with a sentence. */
    private static final int OPEN_MAX = 10_000;

    /** Remembered of one transfer. */
    private static final int GIVERS_MAX = 32;

    /** What transfers work with. */
    public record Ports(
            Env env,
            OrderedStore store,
            Numbers numbers,
            BlockStore blocks,
            HashWorkers workers,
            Exporter exporter,
            Fetcher fetcher) {}

    private final Ports ports;
    private final TreeMap<Long, KeptTransfer> kept = new TreeMap<>();
    private final Map<Long, Hearing> running = new HashMap<>();
    private final Map<Long, Progress> progress = new HashMap<>();
    private final List<Consumer<Transfer>> watchers = new CopyOnWriteArrayList<>();
    private boolean isOpen;

    public Transfers(Ports ports) {
        this.ports = ports;
        ports.store().scan(Tables.TRANSFERS, Keys.end(Tables.TRANSFERS), false, (key, value) -> {
            kept.put(Tables.numberOf(key), Tables.parse(KeptTransfer.parser(), value));
            return true;
        });
    }

    /** Goes on with what had not ended. */
    public synchronized void start() {
        isOpen = true;
        pump();
    }

    public synchronized List<Transfer> list() {
        return kept.keySet().stream().map(this::view).toList();
    }

    public synchronized Optional<Transfer> find(long number) {
        return kept.containsKey(number) ? Optional.of(view(number)) : Optional.empty();
    }

    private Transfer view(long number) {
        KeptTransfer one = kept.getOrDefault(number, KeptTransfer.getDefaultInstance());
        return new Transfer(number, one, Optional.ofNullable(progress.get(number)));
    }

    /** Whether it is fetched, or was until so long ago. */
    public synchronized boolean isFetched(ContentId content, long withinMillis) {
        ByteString id = ByteString.copyFrom(content.toBytes());
        long since = ports.env().clock().wallMillis() - withinMillis;
        return kept.values().stream()
                .filter(one -> one.getContent().equals(id))
                .anyMatch(one -> switch (one.getState()) {
                    case TRANSFER_WAITING -> true;
                    case TRANSFER_PAUSED, TRANSFER_DONE, TRANSFER_FAILED -> one.getChangedMillis() > since;
                    case TRANSFER_OFFERED, TRANSFER_CANCELLED, UNRECOGNIZED -> false;
                });
    }

    /** Hears of changes until the result is run. */
    public Runnable watch(Consumer<Transfer> watcher) {
        watchers.add(watcher);
        return () -> watchers.remove(watcher);
    }

    /** Durable when it returns: it is fetched now, or as soon as it can be. One that has not ended goes on. */
    public synchronized Transfer get(Wanted wanted) {
        Optional<Long> same = kept.entrySet().stream()
                .filter(entry -> isSame(entry.getValue(), wanted))
                .map(Map.Entry::getKey)
                .reduce((first, second) -> second);
        if (same.isEmpty()) {
            requireRoom();
        }
        long number = same.orElseGet(ports.numbers()::next);
        KeptTransfer.Builder next = Transfer.kept(wanted).setState(KeptTransferState.TRANSFER_WAITING);
        same.map(kept::get)
                .ifPresent(before -> next.setFrom(before.getFrom())
                        .setMessageId(before.getMessageId())
                        .addAllGivers(before.getGiversList())
                        .setHaveBytes(before.getHaveBytes()));
        if (!running.containsKey(number)) {
            keep(number, next, true);
            pump();
        }
        return view(number);
    }

    private static boolean isSame(KeptTransfer one, Wanted wanted) {
        return one.getState() != KeptTransferState.TRANSFER_DONE
                && one.getState() != KeptTransferState.TRANSFER_CANCELLED
                && one.getTarget().equals(wanted.target().toString())
                && ContentId.of(one.getContent()).equals(wanted.content());
    }

    /** What a message offers; the same message has the same number each time. */
    public synchronized Transfer offered(ByteString messageId, KeptTransfer offer) {
        Optional<Long> known = ports.store()
                .get(Tables.byMessage(messageId))
                .map(Tables::number)
                .filter(kept::containsKey);
        if (known.isPresent()) {
            return view(known.get());
        }
        long number = ports.numbers().next();
        // What the disk loses is made again from the message.
        keep(number, offer.toBuilder().setMessageId(messageId).setState(KeptTransferState.TRANSFER_OFFERED), false);
        return view(number);
    }

    /** Fetches what was offered, or goes on with what was stopped or failed. */
    public synchronized Transfer accept(long number, Wanted wanted) {
        KeptTransfer before = require(number);
        String target = wanted.target().toString();
        if (running.containsKey(number) && !before.getTarget().equals(target)) {
            throw new ContentException(
                    Reason.CHANGED,
                    "Transfer " + number + " is on its way to " + before.getTarget()
                            + ". Move it when it is there; or begin anew, after covey cancel " + number);
        }
        if (before.getState() != KeptTransferState.TRANSFER_WAITING) {
            requireRoom();
        }
        KeptTransfer.Builder next = Transfer.kept(wanted)
                .setState(KeptTransferState.TRANSFER_WAITING)
                .setFrom(before.getFrom())
                .setMessageId(before.getMessageId())
                .addAllGivers(before.getGiversList())
                .setHaveBytes(before.getHaveBytes());
        if (!running.containsKey(number)) {
            keep(number, next, true);
            pump();
        }
        return view(number);
    }

    /** Stops it; what is here stays, and it goes on when it is wanted again. */
    public synchronized Transfer pause(long number, String sentence) {
        return stop(number, KeptTransferState.TRANSFER_PAUSED, sentence);
    }

    /** Nobody wants it any more: what is here goes with the next clean-up. */
    public Transfer cancel(long number) {
        synchronized (this) {
            Transfer.State state = view(number).state();
            if (state == Transfer.State.DONE || state == Transfer.State.CANCELLED) {
                throw new ContentException(
                        Reason.NOT_FOUND, "Transfer " + number + " has ended: there is nothing to cancel.");
            }
            stop(number, KeptTransferState.TRANSFER_CANCELLED, "");
        }
        ports.blocks().release(find(number).orElseThrow().content(), owner(number));
        return find(number).orElseThrow();
    }

    private Transfer stop(long number, KeptTransferState state, String sentence) {
        KeptTransfer before = require(number);
        Optional.ofNullable(running.remove(number)).ifPresent(fetch -> fetch.stop.run());
        Optional<Progress> last = Optional.ofNullable(progress.remove(number));
        long have = last.map(Progress::haveBytes).orElse(before.getHaveBytes());
        keep(number, before.toBuilder().setState(state).setSentence(sentence).setHaveBytes(have), true);
        pump();
        return view(number);
    }

    private KeptTransfer require(long number) {
        KeptTransfer one = kept.get(number);
        if (one == null) {
            throw new ContentException(
                    Reason.NOT_FOUND, "There is no transfer " + number + " here; see: covey transfers");
        }
        return one;
    }

    private void requireRoom() {
        long open = kept.values().stream()
                .filter(one -> one.getState() == KeptTransferState.TRANSFER_WAITING)
                .count();
        if (open >= OPEN_MAX) {
            throw new ContentException(
                    Reason.LIMIT,
                    open + " transfers wait already (at most " + OPEN_MAX + " may). Wait until some have ended, or"
                            + " cancel some: covey transfers");
        }
    }

    static String owner(long number) {
        return "get:" + number;
    }

    /** Writes, then tells. */
    private void keep(long number, KeptTransfer.Builder next, boolean isSynced) {
        KeptTransfer now =
                next.setChangedMillis(ports.env().clock().wallMillis()).build();
        kept.put(number, now);
        Batch batch = new Batch().put(Tables.transfer(number), now.toByteArray());
        if (!now.getMessageId().isEmpty()) {
            batch.put(Tables.byMessage(now.getMessageId()), Tables.number(number));
        }
        forgetOldest(batch);
        ports.store().write(batch, isSynced);
        tell(number);
    }

    private void forgetOldest(Batch batch) {
        List<Long> ended = new ArrayList<>();
        List<Long> offered = new ArrayList<>();
        kept.forEach((number, one) -> {
            switch (one.getState()) {
                case TRANSFER_OFFERED -> offered.add(number);
                case TRANSFER_WAITING -> {}
                case TRANSFER_PAUSED, TRANSFER_DONE, TRANSFER_FAILED, TRANSFER_CANCELLED, UNRECOGNIZED ->
                    ended.add(number);
            }
        });
        forget(batch, ended.subList(0, Math.max(0, ended.size() - ENDED_MAX)));
        forget(batch, offered.subList(0, Math.max(0, offered.size() - OFFERED_MAX)));
    }

    private void forget(Batch batch, List<Long> numbers) {
        for (long number : numbers) {
            KeptTransfer old = Optional.ofNullable(kept.remove(number)).orElseThrow();
            batch.delete(Tables.transfer(number));
            batch.delete(Tables.byMessage(old.getMessageId()));
            ports.blocks().release(ContentId.of(old.getContent()), owner(number));
        }
    }

    private void tell(long number) {
        Transfer now = view(number);
        watchers.forEach(watcher -> watcher.accept(now));
    }

    /** Begins what waits, as far as there is room. */
    private void pump() {
        if (!isOpen) {
            return;
        }
        for (long number : List.copyOf(kept.keySet())) {
            boolean isWaiting = view(number).kept().getState() == KeptTransferState.TRANSFER_WAITING;
            if (isWaiting && !running.containsKey(number) && running.size() < RUNNING_MAX) {
                Hearing fetch = new Hearing(number);
                running.put(number, fetch);
                fetch.stop = ports.fetcher().fetch(view(number), owner(number), fetch);
            }
        }
    }

    /** One fetch's word; what comes after it was stopped is dropped. */
    private final class Hearing implements Fetcher.Hearer {
        private final long number;
        private Runnable stop = () -> {};

        Hearing(long number) {
            this.number = number;
        }

        private void ifRunning(Runnable task) {
            synchronized (Transfers.this) {
                if (isRunning()) {
                    task.run();
                }
            }
        }

        private boolean isRunning() {
            return equals(running.get(number));
        }

        /** What a person accepted, or a policy, was as large as they were told. */
        @Override
        public void known(long bytes) {
            ifRunning(() -> {
                KeptTransfer before = require(number);
                boolean isTold = before.getBytes() > 0 || before.getFiles() > 0;
                if (before.getBytes() != bytes) {
                    keep(number, before.toBuilder().setBytes(bytes), true);
                }
                if (isTold && bytes > before.getBytes()) {
                    String who = before.getFrom().isEmpty() ? "was told" : "@" + before.getFrom() + " said";
                    throw new ContentException(
                            Reason.LIMIT,
                            "It is " + Sizes.text(bytes) + ", not the " + Sizes.text(before.getBytes()) + " that " + who
                                    + ": nothing of it was fetched. To fetch it all the same: covey get " + number);
                }
            });
        }

        @Override
        public void progressed(Progress now) {
            ifRunning(() -> {
                progress.put(number, now);
                if (!noteGivers(now)) {
                    tell(number);
                }
            });
        }

        /** Kept, so that a restart can ask them without a hub. */
        private boolean noteGivers(Progress now) {
            KeptTransfer before = require(number);
            List<ByteString> fresh = now.sources().stream()
                    .filter(one -> one.bytes() > 0)
                    .map(one -> one.device().toByteString())
                    .filter(device -> !before.getGiversList().contains(device))
                    .limit(Math.max(0, GIVERS_MAX - before.getGiversCount()))
                    .toList();
            if (!fresh.isEmpty()) {
                keep(number, before.toBuilder().addAllGivers(fresh), true);
            }
            return !fresh.isEmpty();
        }

        @Override
        public void stalled(String sentence) {
            ifRunning(() -> keep(number, require(number).toBuilder().setSentence(sentence), true));
        }

        @Override
        public void finished() {
            Transfer transfer = find(number).orElseThrow();
            ports.env().background("export " + number, () -> {
                try {
                    Path where = ports.workers().call(() -> export(transfer, this::requireRunning));
                    end(KeptTransferState.TRANSFER_DONE, where.toString(), "", ErrorCode.INTERNAL);
                } catch (ContentException e) {
                    failed(e.reason(), String.valueOf(e.getMessage()));
                } catch (StoreException e) {
                    log.warn("transfer ended and could not be recorded number={}", number, e);
                }
            });
        }

        private void requireRunning() {
            synchronized (Transfers.this) {
                if (!isRunning()) {
                    throw new ContentException(Reason.REFUSED, "The transfer was stopped.");
                }
            }
        }

        @Override
        public void failed(Reason reason, String sentence) {
            end(KeptTransferState.TRANSFER_FAILED, "", sentence, codeOf(reason));
        }

        private void end(KeptTransferState state, String where, String sentence, ErrorCode code) {
            ifRunning(() -> {
                running.remove(number);
                KeptTransfer before = require(number);
                long have = Optional.ofNullable(progress.remove(number))
                        .map(Progress::haveBytes)
                        .orElse(before.getHaveBytes());
                KeptTransfer.Builder next = before.toBuilder()
                        .setState(state)
                        .setSentence(sentence)
                        .setCode(code.getNumber())
                        .setHaveBytes(
                                state == KeptTransferState.TRANSFER_DONE ? Math.max(have, before.getBytes()) : have);
                keep(number, where.isEmpty() ? next : next.setTarget(where), true);
                log.info(
                        "transfer ended number={} state={} content={}",
                        number,
                        state,
                        view(number).content());
                pump();
            });
        }
    }

    private Path export(Transfer transfer, Runnable lastWord) {
        KeptTransfer one = transfer.kept();
        Exporter.Options options = new Exporter.Options(
                one.getRenames() ? Exporter.Collision.RENAME : Exporter.Collision.REFUSE,
                !one.getSha256().isEmpty(),
                true);
        try (Holding holding = ports.blocks()
                .open(transfer.content())
                .orElseThrow(() -> new ContentException(
                        Reason.NOT_FOUND, "What was fetched is not in the block store any more; get it again."))) {
            requirePlain(holding, one.getSha256());
            return ports.exporter().export(holding, Path.of(one.getTarget()), options, lastWord);
        }
    }

    /** Who asked by plain SHA-256 gets a file that has it, or none. */
    private static void requirePlain(Holding holding, ByteString sha256) {
        boolean isAsked = !sha256.isEmpty();
        if (isAsked
                && !(holding.manifest().isOneFile()
                        && holding.manifest().file(0).plain().toByteString().equals(sha256))) {
            throw new ContentException(
                    Reason.DAMAGED, "What was fetched has another SHA-256 than the one asked for: it is not used.");
        }
    }

    /** As a command's exit code tells it. */
    public static ErrorCode codeOf(Reason reason) {
        return switch (reason) {
            case DAMAGED -> ErrorCode.DAMAGED;
            case DENIED -> ErrorCode.DENIED;
            case NO_SPACE, LIMIT -> ErrorCode.OVER_LIMIT;
            case NOT_FOUND -> ErrorCode.NOT_FOUND;
            case CHANGED, EXISTS -> ErrorCode.CONFLICT;
            case REFUSED -> ErrorCode.UNSUPPORTED;
            case FAILED -> ErrorCode.INTERNAL;
            case STOPPED -> ErrorCode.PARTIAL;
        };
    }

    /** Stops all that runs; it goes on at the next start. */
    @Override
    public synchronized void close() {
        isOpen = false;
        running.values().forEach(fetch -> fetch.stop.run());
        running.clear();
    }
}
