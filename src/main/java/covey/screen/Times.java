package covey.screen;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.TimeZone;

/** Times as people read and type them, in the machine's time zone. */
public final class Times {
    private static final long SECOND = 1_000;
    private static final long MINUTE = 60 * SECOND;
    private static final long HOUR = 60 * MINUTE;
    private static final long DAY = 24 * HOUR;

    private final long nowMillis;
    private final TimeZone zone;

    public Times(Shell shell) {
        this(shell.env().clock().wallMillis(), TimeZone.getDefault());
    }

    public Times(long nowMillis, TimeZone zone) {
        this.nowMillis = nowMillis;
        this.zone = zone;
    }

    /** "14:03" today, "2026-11-20 14:03" before, "-" for never. */
    public String of(long millis) {
        if (millis <= 0) {
            return "-";
        }
        LocalDateTime then = local(millis);
        String clock = two(then.getHour()) + ":" + two(then.getMinute());
        return then.toLocalDate().equals(local(nowMillis).toLocalDate()) ? clock : then.toLocalDate() + " " + clock;
    }

    /** By offset and not by ZoneId, whose first use opens every jar: see {@code StartUp}. */
    private LocalDateTime local(long millis) {
        return LocalDateTime.ofEpochSecond(Math.floorDiv(millis + zone.getOffset(millis), SECOND), 0, ZoneOffset.UTC);
    }

    private long millis(LocalDateTime local) {
        long asUtc = local.toEpochSecond(ZoneOffset.UTC) * SECOND;
        long near = asUtc - zone.getOffset(asUtc);
        return asUtc - zone.getOffset(near); // twice: the first offset may be that of the other side of a clock change
    }

    /** A moment before now: a span such as 2h, a day such as 2026-11-20, or a day and time. */
    public long since(String typed) {
        if (typed.equals("today")) {
            return startOfDay(0);
        }
        if (typed.equals("yesterday")) {
            return startOfDay(1);
        }
        if (!typed.isEmpty() && Character.isLetter(typed.charAt(typed.length() - 1))) {
            return nowMillis - span(typed);
        }
        try {
            String iso = typed.replace(' ', 'T');
            LocalDateTime then = iso.indexOf('T') < 0 ? LocalDate.parse(iso).atStartOfDay() : LocalDateTime.parse(iso);
            return millis(then);
        } catch (DateTimeException e) {
            throw Exit.USAGE.because(
                    "The time '" + typed + "' is not understood (expected: a span such as 90m, 2h or 7d, a day"
                            + " such as"
                            + " 2026-11-20, a day and time such as 2026-11-20T14:00, today or yesterday).");
        }
    }

    private long startOfDay(int daysBefore) {
        return millis(local(nowMillis).toLocalDate().minusDays(daysBefore).atStartOfDay());
    }

    /** A span between two others. */
    public static long span(String typed, String least, String most) {
        long millis = span(typed);
        if (millis < span(least) || millis > span(most)) {
            throw Exit.USAGE.because("The span '" + typed + "' will not do (expected: " + least + " to " + most + ").");
        }
        return millis;
    }

    /** A span such as 500ms, 90s, 30m, 24h or 7d, in milliseconds. */
    public static long span(String typed) {
        String text = typed.strip().toLowerCase(Locale.ROOT);
        int digits = 0;
        while (digits < text.length() && Character.isDigit(text.charAt(digits))) {
            digits++;
        }
        long unit = switch (text.substring(digits)) {
            case "ms" -> 1;
            case "s" -> SECOND;
            case "m", "min" -> MINUTE;
            case "h" -> HOUR;
            case "d" -> DAY;
            default -> 0;
        };
        // Nine digits of days still fit; more is a mistake.
        if (unit == 0 || digits == 0 || digits > 9) {
            throw Exit.USAGE.because(
                    "The span '" + typed + "' is not understood (expected: such as 500ms, 90s, 30m," + " 24h, 7d).");
        }
        return Long.parseLong(text.substring(0, digits)) * unit;
    }

    /** "3 s", "5 min", "2 h", "4 d": one unit is enough for a glance. */
    public static String spanText(long millis) {
        if (millis < SECOND) {
            return millis + " ms";
        }
        if (millis < 2 * MINUTE) {
            return millis / SECOND + " s";
        }
        if (millis < 2 * HOUR) {
            return millis / MINUTE + " min";
        }
        return millis < 2 * DAY ? millis / HOUR + " h" : millis / DAY + " d";
    }

    private static String two(int number) {
        return number < 10 ? "0" + number : Integer.toString(number);
    }
}
