package covey.node;

import covey.hub.HubApi;
import covey.transport.LocalApi;
import covey.wire.proto.ErrorCode;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** What a home with a hub offers to commands: its peer's methods, and the hub's own. */
final class HomeApi implements LocalApi {
    private static final JsonMapper JSON = new JsonMapper();

    /** The operator is the hub's own voice: it has no password and cannot go away. */
    private static final Set<String> NOT_FOR_OPERATOR = Set.of("logout", "passwd");

    private final LocalApi peer;
    private final HubApi hub;
    private final boolean isOperator;

    HomeApi(LocalApi peer, HubApi hub, boolean isOperator) {
        this.peer = peer;
        this.hub = hub;
        this.isOperator = isOperator;
    }

    @Override
    public void handle(String requestJson, Reply reply) {
        String method = method(requestJson);
        if (HubApi.handles(method)) {
            hub.handle(requestJson, reply);
        } else if (isOperator && NOT_FOR_OPERATOR.contains(method)) {
            reply.error(
                    ErrorCode.BAD_REQUEST,
                    "This is a hub's home: @hub has no password and does not log out. `covey stop` ends the hub.");
        } else {
            peer.handle(requestJson, reply);
        }
    }

    /** Empty for what is no request: the peer's methods refuse it with a sentence. */
    private static String method(String requestJson) {
        try {
            return JSON.readTree(requestJson).path("method").asString("");
        } catch (JacksonException e) {
            return "";
        }
    }
}
