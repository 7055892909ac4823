package covey.cli;

/** Stands in for the command line until it is written. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        String version = Main.class.getPackage().getImplementationVersion();
        System.out.println("covey " + (version == null ? "(unpackaged)" : version));
    }
}
