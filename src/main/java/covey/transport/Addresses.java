package covey.transport;

import covey.transport.Transport.Address;

/** Parses addresses as people type them. */
final class Addresses {
    private Addresses() {}

    static Address parse(String text, int defaultPort) {
        String trimmed = text.strip();
        if (trimmed.startsWith("[")) {
            int end = trimmed.indexOf(']');
            if (end < 0) {
                throw refused(text);
            }
            String rest = trimmed.substring(end + 1);
            String host = trimmed.substring(1, end);
            return rest.isEmpty() ? new Address(host, defaultPort) : new Address(host, port(rest, text));
        }
        int first = trimmed.indexOf(':');
        if (first < 0 || first != trimmed.lastIndexOf(':')) {
            return new Address(trimmed, defaultPort);
        }
        return new Address(trimmed.substring(0, first), port(trimmed.substring(first), text));
    }

    private static int port(String colonAndPort, String text) {
        try {
            int port = Integer.parseInt(colonAndPort.substring(1));
            if (colonAndPort.charAt(0) == ':' && port >= 0 && port <= 65_535) {
                return port;
            }
        } catch (NumberFormatException e) {
            throw refused(text);
        }
        throw refused(text);
    }

    private static IllegalArgumentException refused(String text) {
        return new IllegalArgumentException(
                "address: '" + text + "' (expected: HOST:PORT, [IPV6]:PORT with a port of 0 to 65535)");
    }
}
