package covey.screen;

import covey.env.Clock;
import covey.web.Json;
import covey.web.LocalClient;
import covey.wire.proto.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A chat: carries typed lines to the process and its events to the screen. Lines are handled on the main thread, events
 * on one of their own; {@code talk} is guarded by itself.
 */
public final class Chat {
    private static final int OPENING_LINES = 12;

    /** Whoever comes back to more pages with /history. */
    private static final int UNREAD_LINES_MAX = 1_000;

    /** The process says at once that it tells events; one of an older version does not. */
    private static final int SUBSCRIBING_MILLIS_MAX = 1_000;

    /** Within this most messages are delivered or stored, and a person does not mind. */
    private static final int FATE_MILLIS_MAX = 300;

    /** Long enough for an upgrade of the machine's system. */
    private static final long RETURN_MILLIS_MAX = 30 * 60_000;

    private static final long RETURN_POLL_MILLIS = 200;

    /** What came shortly before the process ended may not have been shown. */
    private static final long OVERLAP_MILLIS = 60_000;

    private static final List<String> HELP = List.of(
            "  /to @NAME or #ROOM   talk to somebody else; /to alone shows a list",
            "  /who                 who is there, and how messages get there",
            "  /history [N]         the last lines said here",
            "  /leave               leave this conversation; the partner is told",
            "  /quit                end (also Ctrl-D)",
            "  //text               a line that begins with a slash");

    private final LocalNode node;
    private final Talk talk;
    private final Screen screen;
    private final MessageText text;
    private final boolean waits;
    private volatile Optional<String> gone = Optional.empty();
    private boolean isBehind;
    private volatile boolean isOver;
    private volatile Optional<LocalClient> events = Optional.empty();
    private volatile long lostMillis;
    private volatile long lostAtMillis;

    /** @param waits for a process that went away; a script rather hears of it at once */
    public Chat(LocalNode node, Talk talk, Screen screen, MessageText text, boolean waits) {
        this.node = node;
        this.waits = waits;
        this.talk = talk;
        this.screen = screen;
        this.text = text;
    }

    /** Runs until the person has enough; throws when the process went away for good. */
    public void run(String with) throws InterruptedException {
        try {
            // Whoever leaves while this opens is heard when it is open.
            synchronized (talk) {
                subscribe();
                talk.hub(node.ask("status").at("hub").text("state"));
                show(); // before anything is printed: the bar takes its line from the bottom
                look();
                if (with.isEmpty()) {
                    offer("Talk to whom?");
                } else {
                    open(Talk.conversation(with));
                }
            }
            Optional<String> line = screen.next();
            while (line.isPresent() && doAs(line.get())) {
                line = screen.next();
            }
            if (gone.isPresent()) {
                throw Exit.UNREACHABLE.because(gone.get());
            }
            synchronized (talk) {
                leave();
            }
        } finally {
            isOver = true;
            events.ifPresent(LocalClient::close);
        }
    }

    private void subscribe() throws InterruptedException {
        CountDownLatch subscribed = new CountDownLatch(1);
        events = Optional.of(node.connect());
        Thread.ofVirtual().name("chat-events").start(() -> follow(subscribed));
        if (!subscribed.await(SUBSCRIBING_MILLIS_MAX, TimeUnit.MILLISECONDS)) {
            screen.note("The process is slow to tell what happens; something may be shown late.");
        }
    }

    private void follow(CountDownLatch subscribed) {
        do {
            try {
                events.orElseThrow().call(LocalNode.request("chat.events"), event -> {
                    subscribed.countDown();
                    resume();
                    heard(event);
                });
            } catch (LocalClient.RefusedException e) {
                lost(e);
            }
        } while (waits && !isOver && isThereInTime());
        screen.end();
    }

    private void lost(LocalClient.RefusedException why) {
        if (gone.isPresent() || isOver) {
            return;
        }
        String ended = why.code() == ErrorCode.UNREACHABLE ? "The process of this home ended" : why.getMessage();
        lostMillis = clock().wallMillis();
        lostAtMillis = clock().monotonicMillis();
        gone = Optional.of(ended + " (" + why.getMessage() + ").");
        if (waits) {
            synchronized (talk) {
                isBehind = true;
                talk.hub("");
                screen.note(ended + "; waiting for it. " + node.whatToStart() + " /quit ends the chat.");
                show();
            }
        }
    }

    /** True when there is a process again; false when that took too long, or nobody waits any more. */
    private boolean isThereInTime() {
        while (!isOver && clock().monotonicMillis() < lostAtMillis + RETURN_MILLIS_MAX) {
            try {
                node.shell().pause(RETURN_POLL_MILLIS);
                events.ifPresent(LocalClient::close);
                events = Optional.of(node.connect());
                return true;
            } catch (CommandFailure e) {
                // not there yet: the next round looks anew
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return false;
    }

    /** The first event of a process that came back: shows what was said to the partner meanwhile, or tries again. */
    private void resume() {
        synchronized (talk) {
            if (gone.isPresent()) {
                gone = Optional.empty();
                screen.note("The process is back.");
            }
            if (!isBehind) {
                return;
            }
            attempt(() -> {
                talk.hub(node.ask("status").at("hub").text("state"));
                look();
                if (!talk.partner().isEmpty()) {
                    node
                            .ask(
                                    "history",
                                    "with",
                                    talk.partner(),
                                    "limit",
                                    UNREAD_LINES_MAX,
                                    "sinceMillis",
                                    lostMillis - OVERLAP_MILLIS)
                            .list("messages")
                            .stream()
                            .filter(message -> message.text("direction").equals("in") && talk.isNews(message))
                            .forEach(message -> screen.message(text.of(message)));
                    node.ask("read", "conversation", talk.partner());
                }
                isBehind = false;
            });
            show();
        }
    }

    private Clock clock() {
        return node.shell().env().clock();
    }

    private void heard(String eventJson) {
        Json event = Json.parse(eventJson);
        synchronized (talk) {
            Talk.Shown shown = talk.heard(event);
            String id = event.at("message").text("id");
            if (talk.isHeld(id)) {
                Thread.ofVirtual().name("chat-fate").start(() -> showSoon(id));
            }
            shown.messages().forEach(message -> screen.message(text.of(message)));
            shown.notes().forEach(screen::note);
            attempt(() -> {
                if (shown.isRead()) {
                    node.ask("read", "conversation", talk.partner());
                }
                if (shown.offers()) {
                    offer("");
                }
            });
            show();
        }
    }

    /** What is refused is told, and the chat goes on: on the events' thread nobody else would. */
    private void attempt(Runnable task) {
        try {
            task.run();
        } catch (CommandFailure e) {
            screen.note(SafeText.line(String.valueOf(e.getMessage())));
        }
    }

    private void showSoon(String id) {
        try {
            node.shell().pause(FATE_MILLIS_MAX);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        synchronized (talk) {
            talk.release(id, Json.parse("{}")).messages().forEach(message -> screen.message(text.of(message)));
        }
    }

    /** Does what a line asks for; false = end. What is refused is told, and the chat goes on. */
    private boolean doAs(String line) {
        synchronized (talk) {
            try {
                Talk.Wish wish = talk.typed(line);
                boolean isEnd = wish instanceof Talk.Wish.Quit || wish instanceof Talk.Wish.Leave;
                if (gone.isPresent() && !(wish instanceof Talk.Wish.Idle)) {
                    if (!isEnd) {
                        screen.note("Not done: the process of this home is away. Arrow up brings the line back.");
                    }
                    return waits && !isEnd;
                }
                return doAs(wish);
            } catch (CommandFailure e) {
                if (gone.isPresent() && !waits) {
                    return false;
                }
                screen.note(SafeText.line(String.valueOf(e.getMessage())));
                return true;
            } finally {
                show();
            }
        }
    }

    private boolean doAs(Talk.Wish wish) {
        switch (wish) {
            case Talk.Wish.Say say -> say(say);
            case Talk.Wish.Open open -> open(open.conversation());
            case Talk.Wish.Offer ignored -> offer("Talk to whom?");
            case Talk.Wish.Who ignored -> who();
            case Talk.Wish.History history -> history(history.lines());
            case Talk.Wish.Leave ignored -> {
                leave();
                offer("You left. Talk to whom?");
            }
            case Talk.Wish.Help ignored -> HELP.forEach(screen::note);
            case Talk.Wish.Quit ignored -> {
                return false;
            }
            case Talk.Wish.Idle idle -> {
                if (!idle.why().isEmpty()) {
                    screen.note(idle.why());
                }
            }
        }
        return true;
    }

    private void say(Talk.Wish.Say say) {
        Json message = node.ask("send", "to", say.to(), "text", say.text(), "waitMillis", 0)
                .at("message");
        talk.said(message.text("id"), message.text("state"));
    }

    /** Whoever is talked to now stays the partner until it is sure that there is another. */
    private void open(String typed) {
        String conversation = typed.toLowerCase(Locale.ROOT);
        boolean isName = conversation.startsWith("@") || conversation.startsWith("#");
        if (isName && !talk.names().contains(conversation)) {
            look();
            if (!talk.names().contains(conversation)) {
                throw Exit.NOT_FOUND.because(unknown(conversation));
            }
        }
        boolean isRoom = conversation.startsWith("#");
        boolean isPrivate =
                isRoom && node.ask("room.members", "room", conversation).flag("private");
        // All that is unread: it is marked as read below, and its senders are told so.
        int lines = Math.clamp(talk.unread(conversation), OPENING_LINES, UNREAD_LINES_MAX);
        Json found = node.ask("history", "with", conversation, "limit", lines);
        if (!conversation.equals(talk.partner())) {
            leave();
        }
        if (isRoom) {
            screen.note(conversation + " is "
                    + (isPrivate ? "private: sealed for its members." : "public: the hub can read it."));
        }
        talk.opened(conversation);
        found.list("messages").forEach(message -> {
            talk.isNews(message);
            screen.message(text.of(message));
        });
        if (conversation.startsWith("@")) {
            Json devices = node.ask("why", "account", conversation.substring(1));
            devices.list("devices").stream()
                    .map(device -> device.text("now"))
                    .min(java.util.Comparator.naturalOrder()) // direct, none, relayed
                    .ifPresent(talk::path);
        }
        node.ask("read", "conversation", conversation);
        show();
    }

    private String unknown(String name) {
        List<String> near = talk.near(name);
        return "There is no " + name + " in this network."
                + (near.isEmpty() ? "" : " Did you mean " + String.join(" or ", near) + "?")
                + (talk.partner().isEmpty() ? "" : " You still talk to " + talk.partner() + ".")
                + " /to shows who there is.";
    }

    /** Names for completion, and what is unread. */
    private void look() {
        Set<String> names = new TreeSet<>();
        for (Json account : node.ask("ls").list("accounts")) {
            if (!account.text("role").equals("operator")) {
                names.add(MessageText.person(account.text("account")));
            }
        }
        node.ask("conversations")
                .list("conversations")
                .forEach(one -> talk.unread(one.text("name"), (int) one.number("unread")));
        if (!talk.partner().isEmpty()) {
            talk.unread(talk.partner(), 0);
        }
        try {
            node.ask("room.ls").list("rooms").forEach(room -> names.add(room.text("name")));
        } catch (CommandFailure e) {
            screen.note("Rooms cannot be listed now: " + e.getMessage());
        }
        talk.names(names);
    }

    /** Shows whom one could talk to: who has something unread or is online comes first. */
    private void offer(String question) {
        look();
        String own = MessageText.person(node.ask("whoami").text("account"));
        List<String> offers = new ArrayList<>();
        talk.names().stream()
                .filter(name -> !name.equals(own) && !name.equals(talk.partner()))
                .sorted(java.util.Comparator.comparingInt((String name) -> -talk.unread(name)))
                .limit(Talk.OFFERS_MAX)
                .forEach(offers::add);
        if (!question.isEmpty()) {
            screen.note(question);
        }
        for (int i = 0; i < offers.size(); i++) {
            int unread = talk.unread(offers.get(i));
            screen.note("  " + (i + 1) + "  " + offers.get(i) + (unread > 0 ? "  (" + unread + " unread)" : ""));
        }
        screen.note(offers.isEmpty() ? "  Nobody is here yet." : "  A number, @NAME or #ROOM chooses; Enter stays.");
        talk.offer(offers);
        show();
    }

    private void who() {
        if (talk.partner().startsWith("#")) {
            List<String> members = node.ask("room.members", "room", talk.partner()).list("members").stream()
                    .map(member -> SafeText.line(MessageText.person(member.text())))
                    .toList();
            screen.note(talk.partner() + ": " + String.join(", ", members));
            return;
        }
        for (Json account : node.ask("ls").list("accounts")) {
            for (Json device : account.list("devices")) {
                screen.note("  "
                        + SafeText.line(MessageText.person(account.text("account")) + "/" + device.text("name") + ": "
                                + DeviceText.state(device) + ", " + DeviceText.link(device)));
            }
        }
    }

    private void history(int lines) {
        if (talk.partner().isEmpty()) {
            screen.note("Nobody is chosen. /to @NAME or /to #ROOM chooses.");
            return;
        }
        node.ask("history", "with", talk.partner(), "limit", lines)
                .list("messages")
                .forEach(message -> screen.message(text.of(message)));
    }

    private void leave() {
        if (talk.partner().startsWith("@")) {
            node.ask("chat.leave", "conversation", talk.partner());
        }
        talk.left();
    }

    private void show() {
        screen.refresh(talk.prompt(), talk.bar());
    }
}
