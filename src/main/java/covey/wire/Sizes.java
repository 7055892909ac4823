package covey.wire;

import covey.wire.proto.ErrorCode;
import java.util.Locale;

/** Sizes and rates as people read and type them: decimal, as disks and networks are sold. */
public final class Sizes {
    private static final String UNITS = "kMGTP";
    private static final int STEP = 1_000;

    private Sizes() {}

    /** "812 bytes", "3.2 MB", "41 GB". */
    public static String text(long bytes) {
        if (bytes < STEP) {
            return bytes == 1 ? "1 byte" : bytes + " bytes";
        }
        double value = bytes;
        int unit = -1;
        while (value >= STEP - 0.5 && unit < UNITS.length() - 1) {
            value /= STEP;
            unit++;
        }
        return String.format(Locale.ROOT, value < 9.95 ? "%.1f %cB" : "%.0f %cB", value, UNITS.charAt(unit));
    }

    /** "20M", "1.5G", "4096", with or without B; throws {@link WireException}. */
    public static long parse(String typed) {
        String text = typed.strip().replaceFirst("(?i)b(ytes)?$", "").strip();
        int last = text.length() - 1;
        int unit = last < 0 ? -1 : UNITS.toLowerCase(Locale.ROOT).indexOf(Character.toLowerCase(text.charAt(last)));
        String number = unit < 0 ? text : text.substring(0, last).strip();
        if (!number.matches("\\d{1,15}(\\.\\d{1,3})?")) {
            throw new WireException(
                    ErrorCode.BAD_REQUEST,
                    "The size '" + typed + "' is not understood (expected: such as 4096, 500k, 20M or 1.5G).");
        }
        double bytes = Double.parseDouble(number) * Math.pow(STEP, unit + 1);
        return (long) Math.min(bytes, Long.MAX_VALUE);
    }
}
