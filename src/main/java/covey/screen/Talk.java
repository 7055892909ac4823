package covey.screen;

import covey.web.Json;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * What the chat screen knows and decides: what an event shows, what a typed line means. Does nothing itself; {@link
 * Chat} does. Not for several threads at once.
 */
public final class Talk {
    static final List<String> COMMANDS = List.of("/to", "/who", "/history", "/leave", "/help", "/quit");

    /** More do not fit a screen of 24 lines beside what was said. */
    static final int OFFERS_MAX = 12;

    /** Messages whose echo may still come. */
    private static final int SAID_MAX = 64;

    /** Of messages on the screen, which an event or the history may bring once more. */
    private static final int SHOWN_MAX = 2_000;

    /** Typing errors of a name that is still recognised. */
    private static final int NEAR_EDITS_MAX = 2;

    private static final int NEAR_MAX = 3;
    private static final int HISTORY_LINES = 20;
    private static final int HISTORY_LINES_MAX = 1_000;

    /** What a typed line asks for. */
    sealed interface Wish {
        record Say(String to, String text) implements Wish {}

        record Open(String conversation) implements Wish {}

        record Offer() implements Wish {}

        record Who() implements Wish {}

        record History(int lines) implements Wish {}

        record Leave() implements Wish {}

        record Help() implements Wish {}

        record Quit() implements Wish {}

        /** Nothing to do but to say why, or nothing at all when that is empty. */
        record Idle(String why) implements Wish {}
    }

    /** What an event shows. {@code messages} are what people said, {@code notes} what happened. */
    record Shown(List<Json> messages, List<String> notes, boolean isRead, boolean offers) {
        static final Shown NOTHING = new Shown(List.of(), List.of(), false, false);

        static Shown note(String note) {
            return new Shown(List.of(), List.of(note), false, false);
        }
    }

    private String partner = "";
    private boolean isOffering;
    private List<String> offered = List.of();
    private String hub = "";
    private String path = "";
    private String fate = "";
    private String lastId = "";
    private final Map<String, Json> held = new LinkedHashMap<>();
    private final Deque<String> said = new ArrayDeque<>();
    private final Set<String> shown = new LinkedHashSet<>();
    private final Map<String, Integer> unread = new LinkedHashMap<>();
    /** Read by the completer too, which must not wait for what the screen does: replaced as a whole. */
    private volatile Set<String> names = Set.of();

    public String partner() {
        return partner;
    }

    boolean isOffering() {
        return isOffering;
    }

    Set<String> names() {
        return names;
    }

    void names(Set<String> known) {
        names = Collections.unmodifiableSet(new TreeSet<>(known));
    }

    int unread(String conversation) {
        return unread.getOrDefault(conversation, 0);
    }

    void unread(String conversation, int count) {
        if (count > 0) {
            unread.put(conversation, count);
        } else {
            unread.remove(conversation);
        }
    }

    void hub(String state) {
        hub = state;
    }

    void path(String how) {
        path = how;
    }

    void opened(String conversation) {
        partner = conversation;
        isOffering = false;
        fate = "";
        path = "";
        held.clear(); // the history shows them
        unread.remove(conversation);
    }

    /** The own side left: nobody is the partner until one is chosen. */
    void left() {
        opened("");
    }

    void offer(List<String> conversations) {
        offered = List.copyOf(conversations);
        isOffering = true;
    }

    void said(String id, String state) {
        said.addLast(id);
        if (said.size() > SAID_MAX) {
            said.removeFirst();
        }
        lastId = id;
        fate = state.toLowerCase(Locale.ROOT);
    }

    /** Notes that a message is shown; false when it stands on the screen already. */
    boolean isNews(Json message) {
        String id = message.text("id");
        boolean isNews = id.isEmpty() || shown.add(id);
        if (shown.size() > SHOWN_MAX) {
            shown.remove(shown.iterator().next());
        }
        return isNews;
    }

    Wish typed(String line) {
        String text = line.strip();
        if (text.startsWith("/") && !text.startsWith("//")) {
            return command(text);
        }
        if (text.isEmpty()) {
            isOffering = isOffering && partner.isEmpty();
            return new Wish.Idle("");
        }
        if (isOffering) {
            String chosen = chosen(text);
            if (!chosen.isEmpty()) {
                return new Wish.Open(chosen);
            }
            if (partner.isEmpty()) {
                return new Wish.Idle("Choose first: a number of the list, @NAME or #ROOM.");
            }
            isOffering = false; // whoever goes on writing stays
        }
        if (partner.isEmpty()) {
            return new Wish.Idle("Nobody is chosen. /to @NAME or /to #ROOM chooses.");
        }
        return new Wish.Say(partner, text.startsWith("//") ? text.substring(1) : line);
    }

    private Wish command(String text) {
        int space = text.indexOf(' ');
        String name = space < 0 ? text : text.substring(0, space);
        String argument = space < 0 ? "" : text.substring(space + 1).strip();
        return switch (name) {
            case "/to" -> {
                String chosen = argument.matches("\\d+") ? chosen(argument) : conversation(argument);
                yield argument.isEmpty() || chosen.isEmpty() ? new Wish.Offer() : new Wish.Open(chosen);
            }
            case "/who" -> new Wish.Who();
            case "/history" -> new Wish.History(lines(argument));
            case "/leave" -> partner.isEmpty() ? new Wish.Offer() : new Wish.Leave();
            case "/help" -> new Wish.Help();
            case "/quit", "/exit" -> new Wish.Quit();
            default ->
                new Wish.Idle("There is no command " + name + ". /help shows them; // begins a line with a slash.");
        };
    }

    private static int lines(String argument) {
        return argument.matches("\\d{1,4}")
                ? Math.clamp(Integer.parseInt(argument), 1, HISTORY_LINES_MAX)
                : HISTORY_LINES;
    }

    /** A number of the list, or a name with its sign; empty for anything else. */
    private String chosen(String text) {
        if (text.matches("\\d{1,3}")) {
            int number = Integer.parseInt(text);
            return number >= 1 && number <= offered.size() ? offered.get(number - 1) : "";
        }
        return text.matches("[@#!]\\S+") ? text : "";
    }

    /** Names that somebody may have meant, best first. */
    List<String> near(String typed) {
        String wanted = typed.substring(1);
        return names.stream()
                .filter(name -> edits(name.substring(1), wanted) <= NEAR_EDITS_MAX
                        || (wanted.length() > NEAR_EDITS_MAX && name.contains(wanted)))
                .sorted(Comparator.comparingInt(name -> edits(name.substring(1), wanted)))
                .limit(NEAR_MAX)
                .toList();
    }

    /** Levenshtein's distance. */
    private static int edits(String a, String b) {
        int[] row = IntStream.rangeClosed(0, b.length()).toArray();
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(changed, 1 + Math.min(diagonal, row[j - 1]));
            }
        }
        return row[b.length()];
    }

    Shown heard(Json event) {
        return switch (event.text("type")) {
            case "message" -> message(event.at("message"));
            case "state" -> state(event);
            case "presence" -> presence(event);
            case "link" -> link(event);
            case "left" -> left(event);
            case "hub" -> hub(event);
            case "warning" -> Shown.note(SafeText.line(event.text("text")));
            default -> Shown.NOTHING; // of a newer process
        };
    }

    private Shown message(Json message) {
        String conversation = message.text("conversation");
        boolean isPartner = conversation.equals(partner);
        if (message.text("direction").equals("out")) {
            // By another command of this home, or on another device; what was typed here stands on the screen.
            boolean isNews = isPartner && !message.text("id").equals(lastId) && !said.contains(message.text("id"));
            if (isNews) {
                said(message.text("id"), message.text("state"));
            }
            if (isNews && message.text("state").equals("QUEUED")) {
                held.put(message.text("id"), message);
                return Shown.NOTHING;
            }
            return isNews ? new Shown(List.of(message), List.of(), false, false) : Shown.NOTHING;
        }
        if (isPartner) {
            return isNews(message) ? new Shown(List.of(message), List.of(), true, false) : Shown.NOTHING;
        }
        unread(conversation, unread(conversation) + 1);
        String who = SafeText.line(MessageText.person(message.text("from")));
        String where = conversation.equals(who) ? "" : " in " + SafeText.line(conversation);
        return Shown.note("* " + who + " wrote" + where + " (" + unread(conversation) + " unread): /to "
                + SafeText.line(conversation));
    }

    private Shown state(Json event) {
        if (event.text("id").equals(lastId)) {
            fate = event.text("state").toLowerCase(Locale.ROOT);
        }
        List<String> notes = event.text("state").equals("FAILED")
                ? List.of("Not sent: " + SafeText.line(event.text("reason")))
                : List.of();
        return new Shown(release(event.text("id"), event).messages(), notes, false, false);
    }

    /** Not shown yet, because what becomes of it will be known in a moment. */
    boolean isHeld(String id) {
        return held.containsKey(id);
    }

    /** Shows what was held, with what is known of it by now. */
    Shown release(String id, Json news) {
        return Optional.ofNullable(held.remove(id))
                .map(message -> new Shown(List.of(message.with(news)), List.of(), false, false))
                .orElse(Shown.NOTHING);
    }

    private Shown presence(Json event) {
        String who = MessageText.person(event.text("account"));
        return who.equals(partner)
                ? Shown.note(SafeText.line(who) + " is " + (event.flag("online") ? "online." : "offline."))
                : Shown.NOTHING;
    }

    private Shown link(Json event) {
        String who = MessageText.person(event.text("account"));
        if (!who.equals(partner) || event.text("path").equals(path)) {
            return Shown.NOTHING;
        }
        path = event.text("path");
        String why = SafeText.line(event.text("why"));
        return switch (path) {
            case "direct" -> Shown.note("Linked with " + who + " directly.");
            case "relayed" -> Shown.note("The hub relays to " + who + (why.isEmpty() ? "." : ": " + why));
            default -> Shown.NOTHING;
        };
    }

    private Shown left(Json event) {
        String who = MessageText.person(event.text("account"));
        boolean isPartner = who.equals(partner);
        String more = isPartner ? " What you write waits there. Or talk to somebody else:" : "";
        return new Shown(List.of(), List.of(SafeText.line(who) + " left the conversation." + more), false, isPartner);
    }

    private Shown hub(Json event) {
        String before = hub;
        hub = event.text("state");
        if (hub.equals(before)) {
            return Shown.NOTHING;
        }
        if (hub.equals("connected")) {
            return before.isEmpty() ? Shown.NOTHING : Shown.note("The hub is back.");
        }
        if (hub.equals("connecting")) {
            return Shown.NOTHING;
        }
        String why = SafeText.line(event.text("why"));
        return Shown.note("The hub is " + hub + (why.isEmpty() ? "" : ": " + why)
                + ". Waiting for it; what you write is kept, and direct links go on.");
    }

    String prompt() {
        return isOffering ? "to> " : partner.isEmpty() ? "> " : partner + "> ";
    }

    /** Hub, way to the partner, fate of the last message, and where something unread waits. */
    String bar() {
        List<String> parts = new ArrayList<>();
        parts.add("hub " + (hub.isEmpty() ? "?" : hub));
        if (!partner.isEmpty()) {
            parts.add(partner + (path.isEmpty() || path.equals("none") ? "" : " " + path));
        }
        if (!fate.isEmpty()) {
            parts.add("last: " + fate);
        }
        if (!unread.isEmpty()) {
            List<String> counts = new ArrayList<>();
            unread.forEach((conversation, count) -> counts.add(SafeText.line(conversation) + " " + count));
            parts.add("unread: " + String.join(", ", counts));
        }
        return String.join(" | ", parts);
    }

    /** "bob" -> "@bob"; a sign that stands there already says what it is. */
    public static String conversation(String typed) {
        return typed.matches("([@#!].*)?") ? typed : "@" + typed;
    }
}
