package covey.web;

import covey.chat.Attachment;
import covey.content.ContentException;
import covey.content.ContentException.Reason;
import covey.files.Contents;
import covey.files.References;
import covey.files.TransferView;
import covey.peer.PeerNode;
import covey.transfer.Offers;
import covey.transfer.Transfer;
import covey.transfer.Wanted;
import covey.wire.DeviceId;
import covey.wire.Names;
import covey.wire.Sizes;
import covey.wire.proto.ErrorCode;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Fetching and offering files. */
final class FileMethods {
    /** So long a command waits without a byte coming. */
    private static final long WAIT_MILLIS = 60_000;

    private static final long LOOK_MILLIS = 1_000;

    private final PeerNode node;
    private final Contents contents;
    private final TalkMethods talk;
    private final References references;

    FileMethods(PeerNode node, Contents contents, TalkMethods talk) {
        this.node = node;
        this.contents = contents;
        this.talk = talk;
        this.references = new References(node, contents);
    }

    void addTo(LocalMethods methods) {
        methods.reading("get", "ref target from detach waitMillis", this::get)
                .reading("send.file", "to file text waitMillis", this::send)
                .reading(
                        "transfers",
                        "",
                        (params, answer) -> answer.result(Map.of(
                                "transfers",
                                contents.transfers().list().stream()
                                        .map(this::shape)
                                        .toList(),
                                "offers",
                                contents.offers().all().stream()
                                        .map(TransferView.Offered::of)
                                        .toList(),
                                "servedBytes",
                                contents.servedBytes())))
                .reading("transfers.watch", "", this::watch)
                .reading("cancel", "number", this::cancel);
    }

    private TransferView shape(Transfer transfer) {
        return TransferView.of(transfer, references);
    }

    /** Follows the transfer to its end; who goes away before stops it, unless it was to be detached. */
    private void get(Params params, LocalAnswer answer) {
        Set<DeviceId> only = new HashSet<>();
        params.names("from").forEach(account -> only.addAll(references.devicesOf(Names.account(account))));
        References.Found found = references.resolve(params.text("ref"));
        Wanted wanted = wanted(found, params.optional("target"), only);
        Transfer begun = found.number().isPresent()
                ? contents.transfers().accept(found.number().get(), wanted)
                : contents.transfers().get(wanted);
        if (params.flag("detach")) {
            answer.result(Map.of("transfer", shape(begun)));
        } else {
            new Following(begun.number(), params.number("waitMillis", 0, Long.MAX_VALUE, WAIT_MILLIS), answer);
        }
    }

    /** One command that waits for a transfer; {@code this} guards it. */
    private final class Following {
        private final long number;
        private final long patienceMillis;
        private final LocalAnswer answer;
        private final Runnable unwatch;
        private long haveBytes = -1;
        private long movedMillis = now();
        private boolean isOver;

        Following(long number, long patienceMillis, LocalAnswer answer) {
            this.number = number;
            this.patienceMillis = patienceMillis;
            this.answer = answer;
            unwatch = contents.transfers().watch(this::heard);
            answer.onCancel(this::stop);
            look();
        }

        private void look() {
            contents.transfers().find(number).ifPresent(this::heard);
            synchronized (this) {
                if (isOver) {
                    return;
                }
            }
            node.loop().schedule(LOOK_MILLIS, () -> node.env().background("get", this::look));
        }

        private synchronized void heard(Transfer transfer) {
            if (transfer.number() != number || isOver) {
                return;
            }
            TransferView view = shape(transfer);
            if (view.haveBytes() != haveBytes) {
                haveBytes = view.haveBytes();
                movedMillis = now();
            }
            if (transfer.isEnded()) {
                isOver = true;
                unwatch.run();
                end(transfer, answer);
            } else if (now() - movedMillis > patienceMillis) {
                isOver = true;
                unwatch.run();
                answer.error(
                        ErrorCode.UNREACHABLE,
                        "Nothing came for " + patienceMillis / 1_000 + " s"
                                + (view.why().isEmpty() ? "" : ": " + view.why())
                                + ". It goes on by itself when somebody who has it answers; see: covey transfers");
            } else {
                answer.event(view);
            }
        }

        /** Whoever waited is gone. */
        private void stop() {
            synchronized (this) {
                if (isOver) {
                    return;
                }
                isOver = true;
            }
            unwatch.run();
            if (contents.transfers().find(number).filter(one -> !one.isEnded()).isPresent()) {
                contents.transfers().pause(number, "Stopped by hand. To go on: covey get " + number);
            }
        }

        private long now() {
            return node.env().clock().monotonicMillis();
        }
    }

    private void end(Transfer transfer, LocalAnswer answer) {
        switch (transfer.state()) {
            case DONE -> answer.result(Map.of("transfer", shape(transfer)));
            case FAILED -> answer.error(transfer.code(), transfer.kept().getSentence());
            case PAUSED, CANCELLED, OFFERED, WAITING, FETCHING ->
                answer.error(
                        ErrorCode.PARTIAL,
                        "The transfer was stopped by another command. To go on: covey get " + transfer.number());
        }
    }

    private Wanted wanted(References.Found found, Optional<String> target, Set<DeviceId> only) {
        Set<DeviceId> asked = only.isEmpty() ? found.only() : only;
        if (target.isEmpty()) {
            boolean isGoingOn = !found.target().isEmpty();
            Path where = isGoingOn ? Path.of(found.target()) : contents.download(found.name());
            return found.wanted(where, !isGoingOn || found.renames(), asked);
        }
        Path typed = Path.of(target.get());
        if (!typed.isAbsolute()) {
            throw new ContentException(
                    Reason.REFUSED, "The target " + typed + " is refused (expected: an absolute path).");
        }
        Path where = Files.isDirectory(typed) ? typed.resolve(found.name()) : typed;
        if (Files.exists(where, LinkOption.NOFOLLOW_LINKS)) {
            throw new ContentException(
                    Reason.EXISTS, where + " exists already and is not overwritten. Choose another -o, or move it.");
        }
        return found.wanted(where, false, asked);
    }

    private void send(Params params, LocalAnswer answer) {
        String to = TalkMethods.conversation(params.text("to"));
        Path path = Path.of(params.text("file"));
        talk.requireReceiver(to);
        Attachment offer = contents.offer(path, to);
        String kind = offer.files() == 1 ? "" : " (" + offer.files() + " files)";
        String text = params.optional("text")
                .orElse("[offered file] " + offer.name() + kind + ", " + Sizes.text(offer.bytes())
                        + "; a newer Covey can fetch it");
        node.loop()
                .execute(() ->
                        LocalMethods.answering(() -> talk.send(to, text, Optional.of(offer), params, answer), answer));
    }

    private void watch(Params params, LocalAnswer answer) {
        Runnable unwatch = contents.transfers().watch(transfer -> answer.event(shape(transfer)));
        answer.onCancel(unwatch);
        contents.transfers().list().stream()
                .filter(transfer -> !transfer.isEnded())
                .forEach(transfer -> answer.event(shape(transfer)));
    }

    private void cancel(Params params, LocalAnswer answer) {
        long number = params.number("number", 1, Long.MAX_VALUE, 0);
        Optional<Offers.Offer> offer = contents.offers().find(number);
        if (offer.isPresent()) {
            contents.takeBack(offer.get());
            answer.result(Map.of("offer", TransferView.Offered.of(offer.get())));
        } else {
            answer.result(Map.of("transfer", shape(contents.transfers().cancel(number))));
        }
        node.env().background("clean up", () -> contents.store().gc());
    }
}
