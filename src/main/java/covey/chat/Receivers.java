package covey.chat;

import covey.wire.Names;
import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import java.util.Comparator;
import java.util.Optional;

/** Whom a message is for, from what a person typed. */
final class Receivers {
    /** A name further off than this is another name, not a slip. */
    private static final int SLIPS_MAX = 2;

    private Receivers() {}

    /** {@code @account}, {@code #room} or {@code !announce}, in the one form that is kept. */
    static String conversation(String typed) {
        String name = typed.strip();
        if (name.startsWith("@")) {
            return "@" + account(name);
        }
        if (name.startsWith("#")) {
            return room(name);
        }
        if (name.equals(RoomBook.ANNOUNCEMENTS)) {
            return name;
        }
        throw new ChatException(
                ErrorCode.BAD_REQUEST, "receiver: '" + typed + "' (expected: @NAME, '#ROOM' or !announce)");
    }

    static String account(String typed) {
        try {
            return Names.account(typed);
        } catch (WireException e) {
            throw new ChatException(e.code(), e.getMessage());
        }
    }

    static String room(String typed) {
        try {
            return Names.room(typed);
        } catch (WireException e) {
            throw new ChatException(e.code(), e.getMessage());
        }
    }

    /** Throws {@link ChatException} when nothing can be said to this account. */
    static void check(String account, People people) {
        if (!people.exists(account)) {
            String hint = nearest(account, people)
                    .map(name -> " Did you mean @" + name + "?")
                    .orElse(" See who is there: covey ls.");
            throw new ChatException(ErrorCode.NOT_FOUND, "There is no account @" + account + "." + hint);
        }
        if (people.isBlocked(account)) {
            throw new ChatException(
                    ErrorCode.DENIED,
                    "You have blocked @" + account + ": to write to it, take its messages again (covey block @"
                            + account + " --undo).");
        }
    }

    private static Optional<String> nearest(String typed, People people) {
        return people.accounts().stream()
                .filter(name -> distance(typed, name) <= SLIPS_MAX || (typed.length() > 2 && name.startsWith(typed)))
                .min(Comparator.<String>comparingInt(name -> distance(typed, name))
                        .thenComparing(name -> name));
    }

    /** Letters to change, add or leave out (Levenshtein). */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(changed, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
