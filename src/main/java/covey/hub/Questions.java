package covey.hub;

import com.google.protobuf.ByteString;
import covey.content.ContentId;
import covey.directory.DirectoryView;
import covey.swarm.Tracker;
import covey.wire.DeviceId;
import covey.wire.Frame;
import covey.wire.WireException;
import covey.wire.proto.DevicePresence;
import covey.wire.proto.Endpoint;
import covey.wire.proto.EndpointKind;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.FrameType;
import covey.wire.proto.Holder;
import covey.wire.proto.Holders;
import covey.wire.proto.HubStatus;
import covey.wire.proto.PresenceDetails;
import covey.wire.proto.PresenceWanted;
import covey.wire.proto.Query;
import covey.wire.proto.QueryReply;
import covey.wire.proto.Resolved;
import covey.wire.proto.ResolvedDevice;
import covey.wire.proto.Source;
import covey.wire.proto.Sources;
import covey.wire.proto.SourcesWanted;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Answers queries: from the replicated state beside the loop, from soft state on it. Any thread may ask. */
final class Questions {
    private final HubNode hub;

    Questions(HubNode hub) {
        this.hub = hub;
    }

    void ask(HubSession session, Frame frame) {
        Front.requireOpen(session);
        Query query = HubSession.decode(frame, Query.class);
        switch (query.getKindCase()) {
            case HUB_STATUS, PRESENCE ->
                hub.onLoop(() -> session.serve(frame.stream(), () -> askHub(session, frame, query)));
            case SOURCES -> askSources(session, frame, query.getSources());
            case LOOKUP -> hub.catalog.lookUp(() -> session.serve(frame.stream(), () -> lookUp(session, frame, query)));
            case SEARCH, LISTING, OWN_SHARES -> askCatalog(session, frame, query);
            case RESOLVE, ROOMS, ROOM, TOKENS, AUDIT, BLOCKED, KIND_NOT_SET -> askState(session, frame, query);
        }
    }

    private void askHub(HubSession session, Frame frame, Query query) {
        QueryReply.Builder reply = QueryReply.newBuilder();
        if (query.hasHubStatus()) {
            reply.setHubStatus(status());
        } else {
            reply.setPresence(presence(query.getPresence()));
        }
        answer(session, frame, reply.build());
    }

    /** One or two reads: those of a moment together, so that they wake one thread and leave in one flush. */
    private void lookUp(HubSession session, Frame frame, Query query) {
        Holders.Builder holders = hub.catalog.holders(session.device(), query.getLookup(), hub.open::containsKey);
        answer(session, frame, QueryReply.newBuilder().setHolders(holders).build());
    }

    /** Needs nothing of the loop's. */
    private void askCatalog(HubSession session, Frame frame, Query query) {
        hub.env.background(
                "catalog query",
                () -> session.serve(frame.stream(), () -> {
                    DeviceId device = session.device();
                    QueryReply.Builder reply = QueryReply.newBuilder();
                    if (query.hasSearch()) {
                        reply.setSearch(hub.catalog.search(device, query.getSearch(), hub.open::containsKey));
                    } else {
                        reply = hub.state.query(device, query).toBuilder();
                        if (reply.hasListing()) {
                            for (Holder.Builder one : reply.getListingBuilder().getSharesBuilderList()) {
                                one.setOnline(hub.open.containsKey(DeviceId.of(one.getDevice())));
                            }
                        }
                    }
                    answer(session, frame, reply.build());
                }));
    }

    /** The catalog refuses whoever may not see the content before anybody who is fetching it is named. */
    private void askSources(HubSession session, Frame frame, SourcesWanted wanted) {
        hub.env.background(
                "sources",
                () -> session.serve(frame.stream(), () -> {
                    Sources.Builder complete = hub.catalog.sources(session.device(), wanted, hub.open::containsKey);
                    hub.onLoop(() -> session.serve(frame.stream(), () -> {
                        Sources.Builder all =
                                withPartial(complete, session.device(), ContentId.of(wanted.getContent()));
                        hub.env.background(
                                "ticket",
                                () -> session.serve(
                                        frame.stream(), () -> answerSources(session, frame, wanted.getContent(), all)));
                    }));
                }));
    }

    private void answerSources(HubSession session, Frame frame, ByteString content, Sources.Builder found) {
        Sources sources = hub.catalog.ticketed(session.device(), content, found);
        answer(session, frame, QueryReply.newBuilder().setSources(sources).build());
    }

    /** Those who are here first, as the tracker picks them, also who has a part; then who has all of it and is away. */
    private Sources.Builder withPartial(Sources.Builder complete, DeviceId asker, ContentId content) {
        Map<ByteString, Source> away = new LinkedHashMap<>();
        complete.getSourcesList().forEach(source -> away.put(source.getDevice(), source));
        away.remove(asker.toByteString());
        List<DeviceId> holders = away.keySet().stream().map(DeviceId::of).toList();
        Sources.Builder sources = complete.clone().clearSources();
        DirectoryView view = hub.state.view();
        long now = hub.env.clock().monotonicMillis();
        for (Tracker.Holder here : hub.tracker.sources(asker, content, holders, hub.open::containsKey, now)) {
            away.remove(here.device().toByteString());
            view.accountOf(here.device())
                    .ifPresent(account -> sources.addSources(Source.newBuilder()
                            .setDevice(here.device().toByteString())
                            .setAccount(account.name())
                            .setOnline(true)
                            .setPermille(here.permille())));
        }
        away.values().stream()
                .filter(source -> !hub.open.containsKey(DeviceId.of(source.getDevice())))
                .forEach(sources::addSources);
        return sources;
    }

    private void askState(HubSession session, Frame frame, Query query) {
        hub.env.background("query", () -> {
            session.serve(frame.stream(), () -> {
                QueryReply reply = hub.state.query(session.device(), query);
                hub.onLoop(() -> session.serve(
                        frame.stream(), () -> answer(session, frame, reply.hasResolved() ? withPlaces(reply) : reply)));
            });
        });
    }

    private static void answer(HubSession session, Frame frame, QueryReply reply) {
        session.answer(FrameType.QUERY_REPLY, frame.stream(), reply);
        Front.finished(session);
    }

    /** Adds who is online, and where, to what the state knows of devices and prekeys. */
    private QueryReply withPlaces(QueryReply reply) {
        Resolved.Builder resolved = reply.getResolved().toBuilder();
        int roomBytes = HubLimits.PUSH_FRAME_BYTES - reply.getSerializedSize();
        for (ResolvedDevice.Builder device : resolved.getDevicesBuilderList()) {
            HubSession session = hub.open.get(DeviceId.of(device.getDevice()));
            if (session != null) {
                device.setOnline(true);
                for (Endpoint place : places(session)) {
                    roomBytes -= place.getSerializedSize() + Long.BYTES;
                    if (roomBytes > 0) { // an answer fits one frame, however long the names of its places
                        device.addEndpoints(place);
                    }
                }
            }
        }
        return reply.toBuilder().setResolved(resolved).build();
    }

    /** What the device announced, and its own port at the address that the hub sees it come from. */
    private static List<Endpoint> places(HubSession session) {
        List<Endpoint> places = new ArrayList<>(session.endpoints);
        String observed = session.connection.remoteAddress();
        int colon = observed.lastIndexOf(':');
        if (colon > 0 && !session.endpoints.isEmpty()) {
            String host = observed.substring(0, colon).replace("[", "").replace("]", "");
            int port = session.endpoints.getFirst().getPort();
            boolean isKnown =
                    places.stream().anyMatch(place -> place.getHost().equals(host) && place.getPort() == port);
            if (!isKnown) {
                places.add(Endpoint.newBuilder()
                        .setHost(host)
                        .setPort(port)
                        .setKind(EndpointKind.OBSERVED)
                        .build());
            }
        }
        return places;
    }

    private PresenceDetails presence(PresenceWanted wanted) {
        PresenceDetails.Builder details = PresenceDetails.newBuilder();
        DirectoryView view = hub.state.view();
        for (DirectoryView.Account account : view.accounts()) {
            if (!wanted.getAccount().isEmpty() && !wanted.getAccount().equals(account.name())) {
                continue;
            }
            for (DirectoryView.Device device : view.activeDevices(account.name())) {
                details.addDevices(DevicePresence.newBuilder()
                        .setDevice(device.id().toByteString())
                        .setOnline(hub.presence.isOnline((int) device.index()))
                        .setSinceMillis(hub.presence.sinceMillis(device.id()).orElse(0L)));
            }
        }
        if (details.build().getSerializedSize() > HubLimits.PUSH_FRAME_BYTES) {
            throw new WireException(
                    ErrorCode.OVER_LIMIT,
                    "the presence of " + details.getDevicesCount() + " devices does not fit one answer; ask for one"
                            + " account at a time");
        }
        return details.build();
    }

    HubStatus status() {
        var log = hub.replicatedLog.status();
        return HubStatus.newBuilder()
                .setAccounts(hub.state.view().accountCount())
                .setDevices(hub.state.view().deviceCount())
                .setSessions(hub.open.size())
                .setAppliedIndex(hub.state.appliedIndex())
                .setDirectorySize(hub.state.view().size())
                .setStartedMillis(hub.startedMillis)
                .setSoftware(hub.settings.software())
                .setRelayedFrames(hub.relay.relayedFrames())
                .setLeader(log.leader())
                .setTerm(log.term())
                .setLevel(HubState.LEVEL)
                .setMailWaiting(hub.state.totalMailWaiting())
                .setShares(hub.state.catalogFigures().shares())
                .setSearchBehind(hub.catalog.changesBehind())
                .build();
    }
}
