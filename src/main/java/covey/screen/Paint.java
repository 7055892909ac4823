package covey.screen;

/** Colours, used sparingly: they repeat what the words say. */
public enum Paint {
    ON,
    OFF;

    /** Values of {@code --color}, as typed. */
    public enum When {
        auto,
        always,
        never
    }

    public static Paint of(When when, Shell shell) {
        return switch (when) {
            case always -> ON;
            case never -> OFF;
            case auto -> {
                boolean plain = !shell.variable("NO_COLOR").isEmpty()
                        || shell.variable("TERM").equals("dumb")
                        || !shell.person().isThere();
                yield plain ? OFF : ON;
            }
        };
    }

    public String bold(String text) {
        return in("1", text);
    }

    public String good(String text) {
        return in("32", text);
    }

    public String warning(String text) {
        return in("33", text);
    }

    public String bad(String text) {
        return in("31", text);
    }

    String faint(String text) {
        return in("2", text);
    }

    private String in(String code, String text) {
        return this == ON ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }
}
