package covey.cli;

import covey.screen.Exit;
import covey.screen.LocalNode;
import covey.web.Json;
import java.util.List;

/** Finds the one device that somebody means. */
final class Devices {
    /** Three groups of four letters tell devices apart on a screen. */
    private static final int SHORT_ID_CHARS = 14;

    private static final int ID_PREFIX_CHARS_MIN = 4;

    private final LocalNode node;

    Devices(LocalNode node) {
        this.node = node;
    }

    Json find(String typed) {
        List<Json> all = node.ask("device.ls", "account", "").list("devices").stream()
                .filter(device -> !device.flag("revoked"))
                .toList();
        List<Json> found = all.stream().filter(device -> isMeant(device, typed)).toList();
        if (found.isEmpty()) {
            throw Exit.NOT_FOUND.because("No device is called '" + typed + "'. `covey device ls --all` shows them.");
        }
        if (found.size() > 1) {
            throw Exit.USAGE.because("'" + typed + "' means " + found.size()
                    + " devices. Use ACCOUNT/NAME or more of the id; see" + " `covey device ls --all`.");
        }
        return found.getFirst();
    }

    private static boolean isMeant(Json device, String typed) {
        String name = device.text("name");
        return device.text("device").equals(typed)
                || name.equals(typed)
                || (device.text("account") + "/" + name).equals(Verb.account(typed))
                || (typed.length() >= ID_PREFIX_CHARS_MIN
                        && device.text("device").startsWith(typed));
    }

    static String shortId(String device) {
        return device.substring(0, Math.min(SHORT_ID_CHARS, device.length()));
    }
}
