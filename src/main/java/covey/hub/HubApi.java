package covey.hub;

import covey.identity.Signatures;
import covey.identity.Words;
import covey.transport.LocalApi;
import covey.wire.Base32;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.HubStatus;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The hub's own part of the local API: {@code hub.status}. Everything else is the peer's beside it. Any thread. */
public final class HubApi implements LocalApi {
    private static final JsonMapper JSON = new JsonMapper();

    private final HubNode hub;
    private final String listen;
    private final byte[] publicKey;

    /** @param publicKey the hub's: who logs in by address compares its words */
    public HubApi(HubNode hub, String listen, byte[] publicKey) {
        this.hub = hub;
        this.listen = listen;
        this.publicKey = publicKey;
    }

    public static boolean handles(String method) {
        return method.equals("hub.status");
    }

    @Override
    public void handle(String requestJson, Reply reply) {
        JsonNode request = JSON.readTree(requestJson);
        String method = request.path("method").asString("");
        if (!handles(method)) {
            reply.error(ErrorCode.UNSUPPORTED, "the hub does not know the method '" + method + "'");
            return;
        }
        reply.result(JSON.writeValueAsString(status()));
    }

    private ObjectNode status() {
        HubStatus status = hub.status();
        ObjectNode json = JSON.createObjectNode();
        json.put("pid", ProcessHandle.current().pid());
        json.put("network", Base32.grouped(hub.networkId().toByteArray()));
        json.put("networkName", hub.state.network().map(HubState.Network::name).orElse(""));
        json.put("leader", status.getLeader());
        json.put("term", status.getTerm());
        json.put("level", status.getLevel());
        json.put("appliedIndex", status.getAppliedIndex());
        json.put("accounts", status.getAccounts());
        json.put("devices", status.getDevices());
        json.put("sessions", status.getSessions());
        json.put("directorySize", status.getDirectorySize());
        json.put("startedMillis", status.getStartedMillis());
        json.put("relayedFrames", status.getRelayedFrames());
        json.put("mailWaiting", status.getMailWaiting());
        json.put("files", status.getShares());
        json.put("searchBehind", status.getSearchBehind());
        json.put("software", status.getSoftware());
        json.put("listen", listen);
        json.put("key", Signatures.deviceId(publicKey).toString());
        Words.ofKey(publicKey).forEach(json.putArray("keyWords")::add);
        json.put(
                "survives",
                "One hub: what was acknowledged survives a crash of its process or machine, not the loss of its disk;"
                        + " while it is away, peers talk directly and keep what they could not deliver.");
        return json;
    }
}
