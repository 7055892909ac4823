package covey.screen;

import covey.web.Json;

/** A device of the local API in words. */
public final class DeviceText {
    private DeviceText() {}

    public static String state(Json device) {
        String state = device.text("state");
        return state.equals("self") ? "online" : state;
    }

    public static String link(Json device) {
        String link = device.text("link");
        String why = device.text("why");
        return switch (link) {
            case "self" -> "this device";
            case "none" -> "not linked";
            default -> why.isEmpty() || link.equals("direct") ? link : link + ": " + why;
        };
    }
}
