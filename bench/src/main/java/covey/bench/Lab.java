package covey.bench;

import java.util.ArrayList;
import java.util.List;

/** Hosts in network namespaces on one switch, their links shaped by tbf; needs root, {@code ip} and {@code tc}. */
final class Lab implements AutoCloseable {
    private static final String PREFIX = "covey-lab-";
    private static final String SWITCH = PREFIX + "switch";

    /** What a switch keeps for a port before it drops. */
    private static final String QUEUE = "20ms";

    /** Hosts hand so much at once to a link: a drop then loses little. */
    private static final int BURST_BYTES = 16 * 1024;

    private final List<String> hosts = new ArrayList<>();

    Lab() {
        close(); // what a run that was killed left
        ip("netns", "add", SWITCH);
        ip("-n", SWITCH, "link", "add", "br0", "type", "bridge");
        ip("-n", SWITCH, "link", "set", "br0", "up");
    }

    static boolean isPossible() {
        return Machine.isInstalled("ip")
                && Machine.isInstalled("tc")
                && Machine.run("id", "-u").equals("0")
                && Machine.run("ip", "netns", "add", PREFIX + "probe").isEmpty()
                && Machine.run("ip", "netns", "del", PREFIX + "probe").isEmpty();
    }

    /**
     * A host with the next address.
     *
     * @param megabits of its link, each way; 0 = not shaped
     * @return its address
     */
    String host(String name, int megabits) {
        hosts.add(name);
        String space = PREFIX + name;
        String address = "10.78.0." + hosts.size();
        String port = "p" + hosts.size();
        ip("netns", "add", space);
        ip("link", "add", port, "netns", SWITCH, "type", "veth", "peer", "name", "eth0", "netns", space);
        ip("-n", SWITCH, "link", "set", port, "gso_max_size", "" + BURST_BYTES, "master", "br0", "up");
        ip("-n", space, "link", "set", "eth0", "gso_max_size", "" + BURST_BYTES, "up");
        ip("-n", space, "link", "set", "lo", "up");
        ip("-n", space, "addr", "add", address + "/24", "dev", "eth0");
        if (megabits > 0) {
            shape(space, "eth0", megabits);
            shape(SWITCH, port, megabits);
        }
        return address;
    }

    private static void shape(String space, String device, int megabits) {
        String rate = megabits + "mbit";
        told(
                "tc", "-n", space, "qdisc", "add", "dev", device, "root", "tbf", "rate", rate, "burst", "128kb",
                "latency", QUEUE);
    }

    /** Prefix of a command line that runs on this host. */
    static List<String> on(String name) {
        return List.of("ip", "netns", "exec", PREFIX + name);
    }

    private static void ip(String... arguments) {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        told(command.toArray(String[]::new));
    }

    private static void told(String... command) {
        String said = Machine.run(command);
        if (!said.isEmpty()) {
            throw new IllegalStateException(String.join(" ", command) + ": " + said);
        }
    }

    @Override
    public void close() {
        for (String line : Machine.run("ip", "netns", "list").lines().toList()) {
            String space = line.split(" ")[0];
            if (space.startsWith(PREFIX)) {
                Machine.run("ip", "netns", "del", space);
            }
        }
    }
}
