package covey.node;

/** How a process speaks to the person or script that started it. Any thread. */
public interface Teller {
    /** A sentence for the person. */
    void say(String sentence);

    /** A line that somebody may want to use further: data. */
    void print(String line);

    /** Shown once and kept nowhere; must reach the person before this returns. */
    void recoveryCode(String code);

    /** How whoever started it ends it, such as "Ctrl-C". */
    String howToEnd();

    /** The process does its work from now on. */
    void ready();
}
