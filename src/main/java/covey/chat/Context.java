package covey.chat;

import covey.courier.Station;
import covey.store.Turn;
import covey.wire.DeviceId;

/** What all parts of the engine share. A new one is made when the engine begins again from its store. */
record Context(Station station, String account, People people, Listener listener) {
    Turn turn() {
        return station.turn;
    }

    DeviceId me() {
        return station.me;
    }

    boolean isHubUp() {
        return station.paths.hubIsUp();
    }

    ChatMessage tell(ChatMessage message, boolean isNew) {
        turn().after(() -> {
            if (isNew) {
                listener.message(message);
            } else {
                listener.state(message);
            }
        });
        return message;
    }
}
