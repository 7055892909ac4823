package covey.web;

import com.google.protobuf.ByteString;
import covey.chat.Attachment;
import covey.chat.ChatEngine;
import covey.chat.ChatException;
import covey.chat.ChatMessage;
import covey.chat.HistoryQuery;
import covey.chat.MessageState;
import covey.directory.DirectoryView;
import covey.env.Loop.Cancellable;
import covey.peer.HubStatus;
import covey.peer.PeerEvent;
import covey.peer.PeerNode;
import covey.wire.Base32;
import covey.wire.Names;
import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.Problem;
import covey.wire.proto.Query;
import covey.wire.proto.ResolveAccount;
import covey.wire.proto.ResolvedDevice;
import covey.wire.proto.Role;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** What people say and hear. */
final class TalkMethods {
    private static final String ANNOUNCE = "!announce";
    private static final long WAIT_MILLIS_MAX = 600_000;

    private final PeerNode node;
    private final ChatEngine chat;
    private ToLongFunction<ChatMessage> offerNumber = message -> 0;

    TalkMethods(PeerNode node) {
        this.node = node;
        chat = node.chat();
    }

    void addTo(LocalMethods methods) {
        methods.add(
                        "send",
                        "to text waitMillis",
                        (params, answer) -> send(
                                conversation(params.text("to")), params.text("text"), Optional.empty(), params, answer))
                .add(
                        "announce",
                        "text waitMillis",
                        (params, answer) -> send(ANNOUNCE, params.text("text"), Optional.empty(), params, answer))
                .reading("inbox", "limit markRead all", this::inbox)
                .add("inbox.follow", "limit markRead", this::followInbox)
                .reading("history", "with sinceMillis search limit before", this::history)
                .add("read", "conversation", this::read)
                .reading(
                        "conversations",
                        "",
                        (params, answer) -> answer.result(Map.of(
                                "conversations",
                                chat.conversations().stream()
                                        .map(Shapes.Talk::of)
                                        .toList())))
                .add("chat.events", "conversation", this::followChat)
                .add("chat.leave", "conversation", this::leave);
    }

    /** {@code @Bob}, {@code Bob}, {@code #Lab} or {@code !announce}, brought to the one form. */
    static String conversation(String typed) {
        String name = typed.strip();
        if (name.equals(ANNOUNCE)) {
            return name;
        }
        return name.startsWith("#") ? Names.room(name) : "@" + Names.account(name);
    }

    /** Numbers of the transfers that offers are. */
    void offersAre(ToLongFunction<ChatMessage> numbers) {
        offerNumber = numbers;
    }

    /** Before files are read for it. Any thread. */
    void requireReceiver(String to) {
        if (to.startsWith("@") && node.directory().account(to.substring(1)).isEmpty()) {
            throw new WireException(
                    ErrorCode.NOT_FOUND, "there is no account " + to + " in this network; see: covey ls");
        }
    }

    void send(String to, String text, Optional<Attachment> offer, Params params, LocalAnswer answer) {
        long waitMillis = params.number("waitMillis", 0, WAIT_MILLIS_MAX, 0);
        if (to.equals(ANNOUNCE)) {
            requireMayAnnounce();
        }
        if (node.hub().phase() == HubStatus.Phase.REFUSED) {
            Problem problem = node.hub().problem();
            throw new WireException(problem.getCode(), "not sent: " + problem.getMessage());
        }
        if (to.equals("@" + DirectoryView.OPERATOR_ACCOUNT) && node.hub().isConnected()) {
            toOperator(() -> sendNow(to, text, offer, waitMillis, answer), answer);
        } else if (to.startsWith("#") && node.hub().isConnected()) {
            toRoom(to, () -> sendNow(to, text, offer, waitMillis, answer), answer);
        } else {
            sendNow(to, text, offer, waitMillis, answer);
        }
    }

    /** A room that is not known here may be a slip: then nothing is kept to be sent. */
    private void toRoom(String room, Runnable send, LocalAnswer answer) {
        if (chat.isKnown(room)) {
            send.run();
            return;
        }
        Runnable sends = () -> LocalMethods.answering(send, answer);
        chat.room(room, new Awaited<>(node.loop(), answer, Awaited.LOOK_UP_MILLIS, found -> sends.run(), sends) {
            @Override
            void refuse(ChatException why) {
                if (why.code() == ErrorCode.NOT_FOUND) {
                    super.refuse(why);
                } else {
                    sends.run();
                }
            }
        });
    }

    /** Beside a hub with a person's peer no operator reads: what is written to it would wait for ever. */
    private void toOperator(Runnable send, LocalAnswer answer) {
        Query query = Query.newBuilder()
                .setResolve(ResolveAccount.newBuilder().setAccount(DirectoryView.OPERATOR_ACCOUNT))
                .build();
        node.ask(
                query,
                reply -> {
                    boolean isReading =
                            reply.getResolved().getDevicesList().stream().anyMatch(ResolvedDevice::hasPrekey);
                    if (isReading) {
                        LocalMethods.answering(send, answer);
                    } else {
                        answer.error(
                                ErrorCode.NOT_FOUND,
                                "@hub reads no messages here: the hub runs without an operator of its own. Write to an"
                                        + " administrator instead; see: covey ls");
                    }
                },
                answer::error);
    }

    private void sendNow(String to, String text, Optional<Attachment> offer, long waitMillis, LocalAnswer answer) {
        Sending sending = new Sending(answer);
        try {
            ChatMessage sent = offer.isPresent() ? chat.send(to, text, offer.get()) : chat.send(to, text);
            sending.follow(sent, waitMillis);
        } catch (RuntimeException e) {
            sending.close();
            throw e;
        }
        chat.whenDurable(
                () -> {
                    if (waitMillis == 0) {
                        sending.end();
                    }
                },
                sending::failed);
    }

    /** The hub checks it as well; here it is said before anything is kept. */
    private void requireMayAnnounce() {
        boolean mayAnnounce = node.directory()
                .account(node.account())
                .filter(own -> own.role() == Role.ADMINISTRATOR || own.role() == Role.OPERATOR)
                .isPresent();
        if (!mayAnnounce) {
            throw new WireException(
                    ErrorCode.DENIED, "Only administrators announce; ask one, or write to a room everybody is in.");
        }
    }

    /**
     * Follows a message until it is more than queued, or the time is over; passes on warnings meanwhile, such as that
     * of a new device it is sealed to.
     */
    private final class Sending {
        private final LocalAnswer answer;
        private final Cancellable watch = node.watch(this::hear);
        private @Nullable ChatMessage last;
        private Cancellable timer = () -> {};
        private boolean isEnded;

        Sending(LocalAnswer answer) {
            this.answer = answer;
            answer.onCancel(watch::cancel);
        }

        void follow(ChatMessage sent, long waitMillis) {
            last = sent;
            if (waitMillis > 0) {
                timer = node.loop().schedule(waitMillis, this::end);
            }
        }

        private void hear(PeerEvent event) {
            if (event instanceof PeerEvent.Warning(String text)) {
                answer.event(new Shapes.WarningEvent("warning", text));
            } else if (event instanceof PeerEvent.State(ChatMessage message)
                    && last != null
                    && message.id().equals(last.id())) {
                last = message;
                if (message.state() != MessageState.QUEUED) {
                    end();
                }
            }
        }

        void end() {
            if (close() && last != null) {
                answer.result(Map.of("message", shape(last)));
            }
        }

        void failed(ChatException why) {
            if (close()) {
                answer.error(why);
            }
        }

        private boolean close() {
            boolean isFirst = !isEnded;
            isEnded = true;
            watch.cancel();
            timer.cancel();
            return isFirst;
        }
    }

    private void inbox(Params params, LocalAnswer answer) {
        boolean marksRead = params.flag("markRead");
        int limit = (int) params.number("limit", 1, HistoryQuery.LIMIT_MAX, 100);
        List<ChatMessage> messages = chat.inbox(!params.flag("all"), limit);
        Object result = Map.of("messages", messages.stream().map(this::shape).toList());
        if (!marksRead || messages.isEmpty()) {
            answer.result(result);
            return;
        }
        node.loop().execute(() -> {
            chat.markRead(messages);
            answerDurably(answer, result);
        });
    }

    private void answerDurably(LocalAnswer answer, Object result) {
        chat.whenDurable(() -> answer.result(result), why -> answer.error(why));
    }

    private void history(Params params, LocalAnswer answer) {
        Optional<String> before = params.optional("before");
        HistoryQuery query = new HistoryQuery(
                conversation(params.text("with")),
                params.number("sinceMillis", 0, Long.MAX_VALUE, 0),
                params.optional("search").orElse(""),
                (int) params.number("limit", 1, HistoryQuery.LIMIT_MAX, 100),
                before.map(id -> ByteString.copyFrom(Base32.decode(id))).orElse(ByteString.EMPTY));
        List<ChatMessage> messages = chat.history(query);
        Object said = Map.of("messages", messages.stream().map(this::shape).toList());
        boolean isKnown = !messages.isEmpty()
                || query.conversation().equals(ANNOUNCE)
                || chat.conversations().stream().anyMatch(known -> known.name().equals(query.conversation()));
        if (isKnown) {
            answer.result(said);
        } else {
            node.loop()
                    .execute(() ->
                            LocalMethods.answering(() -> historyOfNothing(query.conversation(), said, answer), answer));
        }
    }

    /** Nothing was said there: perhaps because there is no such person or room. */
    private void historyOfNothing(String with, Object nothing, LocalAnswer answer) {
        if (with.startsWith("#") && node.hub().isConnected()) {
            chat.room(with, Awaited.lookedUp(node.loop(), answer, room -> nothing, () -> chat.knownRoom(with)));
            return;
        }
        if (with.startsWith("@")) {
            NetworkMethods.account(node, with.substring(1));
        }
        answer.result(nothing);
    }

    private void read(Params params, LocalAnswer answer) {
        chat.markRead(conversation(params.text("conversation")));
        answerDurably(answer, Map.of());
    }

    private void leave(Params params, LocalAnswer answer) {
        chat.leave(conversation(params.text("conversation")));
        answerDurably(answer, Map.of());
    }

    /** What is unread now, then what comes; each message once. On the loop, so nothing falls in between. */
    private void followInbox(Params params, LocalAnswer answer) {
        boolean marksRead = params.flag("markRead");
        int limit = (int) params.number("limit", 1, HistoryQuery.LIMIT_MAX, 100);
        Set<ByteString> told = new HashSet<>();
        Consumer<List<ChatMessage>> tell = messages -> {
            messages.forEach(message -> answer.event(Map.of("message", shape(message))));
            if (marksRead) {
                chat.markRead(messages);
            }
        };
        follow(answer, event -> {
            if (event instanceof PeerEvent.Message(ChatMessage message)
                    && !message.outgoing()
                    && !told.remove(message.id())) {
                tell.accept(List.of(message));
            }
        });
        List<ChatMessage> unread = chat.inbox(true, limit);
        unread.forEach(message -> told.add(message.id()));
        tell.accept(unread);
    }

    private void followChat(Params params, LocalAnswer answer) {
        String only =
                params.optional("conversation").map(TalkMethods::conversation).orElse("");
        Consumer<PeerEvent> screen = event -> {
            if (concerns(event, only)) {
                shape(event).ifPresent(answer::event);
            }
        };
        follow(answer, screen);
        screen.accept(new PeerEvent.Hub(node.hub())); // from here on nothing is missed
    }

    private void follow(LocalAnswer answer, Consumer<PeerEvent> watcher) {
        Cancellable watch = node.watch(watcher);
        answer.onCancel(watch::cancel);
    }

    private static boolean concerns(PeerEvent event, String only) {
        if (only.isEmpty()) {
            return true;
        }
        return switch (event) {
            case PeerEvent.Message(ChatMessage message) ->
                message.conversation().equals(only);
            case PeerEvent.State(ChatMessage message) -> message.conversation().equals(only);
            case PeerEvent.Presence presence -> only.equals("@" + presence.account());
            case PeerEvent.Path path -> only.equals("@" + path.account());
            case PeerEvent.Left left -> only.equals("@" + left.account());
            case PeerEvent.Hub ignored -> true;
            case PeerEvent.Warning ignored -> true;
            case PeerEvent.Directory ignored -> false;
            case PeerEvent.Settled ignored -> false;
        };
    }

    private Shapes.Message shape(ChatMessage message) {
        return Shapes.Message.of(message, offerNumber.applyAsLong(message));
    }

    private Optional<Object> shape(PeerEvent event) {
        return switch (event) {
            case PeerEvent.Message(ChatMessage message) ->
                Optional.of(new Shapes.MessageEvent("message", shape(message)));
            case PeerEvent.State(ChatMessage message) ->
                Optional.of(new Shapes.StateEvent(
                        "state",
                        Base32.encode(message.id().toByteArray()),
                        message.state().name(),
                        message.reason()));
            case PeerEvent.Presence one ->
                Optional.of(new Shapes.PresenceEvent("presence", one.account(), one.isOnline()));
            case PeerEvent.Path one ->
                Optional.of(new Shapes.LinkEvent("link", one.account(), Shapes.path(one.path()), one.why()));
            case PeerEvent.Left one -> Optional.of(new Shapes.LeftEvent("left", one.account()));
            case PeerEvent.Hub one ->
                Optional.of(new Shapes.HubEvent(
                        "hub", Shapes.lower(one.status().phase()), one.status().why()));
            case PeerEvent.Warning one -> Optional.of(new Shapes.WarningEvent("warning", one.text()));
            case PeerEvent.Directory ignored -> Optional.empty();
            case PeerEvent.Settled ignored -> Optional.empty();
        };
    }
}
