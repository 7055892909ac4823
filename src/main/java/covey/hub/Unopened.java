package covey.hub;

import covey.wire.proto.GoodbyeReason;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Connections without a session, oldest first: bounded in number and in time. Owned by the hub's loop. */
final class Unopened {
    private final Set<HubSession> waiting = new LinkedHashSet<>();
    private final Map<String, Integer> byAddress = new HashMap<>();

    /** Past the bounds one is cut: of one address the newest, of all the oldest that nobody works on. */
    void add(HubSession session) {
        waiting.add(session);
        if (byAddress.merge(session.address(), 1, Integer::sum) > HubLimits.UNOPENED_PER_ADDRESS_MAX) {
            cut(session, "too many connections of this address wait for a login; close some of them first");
        } else if (waiting.size() > HubLimits.UNOPENED_MAX) {
            HubSession oldest = waiting.stream()
                    .filter(one -> !one.isAuthenticating)
                    .findFirst()
                    .orElse(session);
            cut(oldest, "too many connections wait for a login; try again in a moment");
        }
    }

    /** A session was opened, or the connection ended. */
    void remove(HubSession session) {
        if (waiting.remove(session)) {
            byAddress.computeIfPresent(session.address(), (address, count) -> count > 1 ? count - 1 : null);
        }
    }

    void sweep(long nowMillis) {
        for (HubSession session : List.copyOf(waiting)) {
            int most = session.stage == HubSession.Stage.GREETED
                    ? HubLimits.GREETED_MILLIS_MAX
                    : HubLimits.UNOPENED_MILLIS_MAX;
            if (!session.isAuthenticating && nowMillis - session.acceptedMillis > most) {
                cut(session, "no session was opened within " + most / 1000 + " s");
            }
        }
    }

    private void cut(HubSession session, String why) {
        remove(session);
        session.close(GoodbyeReason.CLOSING, why);
    }
}
