package covey.cli;

import covey.screen.Times;

/**
 * Keeps a short command short. The class path has some ninety jars, and whatever asks for a class or a service that no
 * jar has opens them all: 30 ms. Three such questions are avoided (measured with strace, docs/benchmarks.md):
 * picocli's for Groovy, the JDK's for a provider of sockets here, and the one for a logger in {@link System#exit}, see
 * {@link Main}. A fourth, for time zones, is avoided in {@link Times}.
 */
final class StartUp {
    private static final String SELECTORS = "java.nio.channels.spi.SelectorProvider";

    private StartUp() {}

    static void prepare() {
        System.setProperty("picocli.disable.closures", "true");
        if (System.getProperty(SELECTORS) == null) {
            nameSelectors(System.getProperty("os.name", "").startsWith("Mac") ? "KQueue" : "EPoll");
        }
    }

    /** Names the JDK's own provider, if it is still called so. */
    private static void nameSelectors(String kind) {
        String name = "sun.nio.ch." + kind + "SelectorProvider";
        try {
            Class<?> found = Class.forName(name, false, null);
            System.setProperty(SELECTORS, found.getName());
        } catch (ClassNotFoundException e) {
            System.clearProperty(SELECTORS); // then it is looked for: slower, nothing worse
        }
    }
}
