package covey.web;

import com.fasterxml.jackson.annotation.JsonProperty;
import covey.chat.Attachment;
import covey.chat.ChatMessage;
import covey.chat.Conversation;
import covey.courier.PathKind;
import covey.peer.HubStatus;
import covey.peer.PeerNode;
import covey.peer.RouteState;
import covey.wire.Base32;
import covey.wire.proto.AuditRecord;
import covey.wire.proto.Role;
import covey.wire.proto.TokenInfo;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What the local API answers, as JSON shows it: a field here is a field there. Times are milliseconds since 1970. */
final class Shapes {
    private Shapes() {}

    record Message(
            String id,
            String conversation,
            String from,
            String text,
            Optional<Attached> attachment,
            long sentMillis,
            long receivedMillis,
            String direction,
            String state,
            String reason,
            boolean unread,
            boolean sealed) {
        /** @param offerNumber of the transfer that the attachment is here; 0 = none */
        static Message of(ChatMessage message, long offerNumber) {
            return new Message(
                    Base32.encode(message.id().toByteArray()),
                    message.conversation(),
                    message.from(),
                    message.text(),
                    message.attachment().map(offer -> Attached.of(offer, offerNumber)),
                    message.sentMillis(),
                    message.receivedMillis(),
                    message.outgoing() ? "out" : "in",
                    message.state().name(),
                    message.reason(),
                    message.unread(),
                    message.sealed());
        }
    }

    /** A file or folder offered with a message. */
    record Attached(long number, String content, String name, long bytes, int files, String sha256) {
        static Attached of(Attachment offered, long number) {
            return new Attached(
                    number,
                    offered.content().toString(),
                    offered.name(),
                    offered.bytes(),
                    offered.files(),
                    offered.sha256());
        }
    }

    record Hub(String state, String address, long sinceMillis, String why) {
        static Hub of(HubStatus hub) {
            return new Hub(lower(hub.phase()), hub.address(), hub.sinceMillis(), hub.why());
        }
    }

    record Link(
            String account, String device, String path, String why, String address, long rttMillis, long sinceMillis) {}

    record Status(
            long pid,
            String role,
            String account,
            String device,
            String deviceName,
            String network,
            String networkName,
            String home,
            String version,
            Hub hub,
            List<Link> links,
            int queued,
            int unread,
            long directorySize,
            boolean fork,
            String forkWhy,
            List<String> warnings) {}

    record WhoAmI(String account, String role, String device, String deviceName, String network, String networkName) {}

    record People(List<Account> accounts, Hub hub) {}

    record Account(String account, String role, boolean blocked, boolean disabled, List<Device> devices) {}

    record Device(String device, String name, String state, long sinceMillis, String link, String why) {}

    record Why(String account, List<WhyDevice> devices) {}

    record WhyDevice(
            String device, String name, boolean online, String now, String why, List<RouteState.Attempt> attempts) {}

    record Verify(String account, List<String> words, List<VerifyDevice> devices) {}

    record VerifyDevice(String device, List<String> words) {}

    record OwnDevice(
            String device,
            String account,
            String name,
            String state,
            boolean revoked,
            long sinceMillis,
            String enrolment,
            long enrolledMillis) {}

    record Talk(String name, int unread, long lastMillis) {
        static Talk of(Conversation conversation) {
            return new Talk(conversation.name(), conversation.unread(), conversation.lastMillis());
        }
    }

    record Room(String name, @JsonProperty("private") boolean isPrivate, int members, boolean joined, int unread) {}

    record Members(
            List<String> members,
            long epoch,
            @JsonProperty("private") boolean isPrivate) {}

    record NewToken(String token, String tokenId, long expiresMillis) {}

    record Token(
            String tokenId,
            String kind,
            int usesLeft,
            long expiresMillis,
            Map<String, String> labels,
            String createdBy) {
        static Token of(TokenInfo token) {
            return new Token(
                    token.getTokenId(),
                    lower(token.getKind()).replace("token_", ""),
                    token.getUsesLeft(),
                    token.getExpiresMillis(),
                    token.getLabelsMap(),
                    token.getCreatedBy());
        }
    }

    record AuditLine(long index, long timeMillis, String actor, String action, String subject, String detail) {
        static AuditLine of(AuditRecord one) {
            return new AuditLine(
                    one.getIndex(),
                    one.getTimeMillis(),
                    one.getActor(),
                    one.getAction(),
                    one.getSubject(),
                    one.getDetail());
        }
    }

    record HubState(
            String network,
            String networkName,
            String leader,
            long term,
            int level,
            long appliedIndex,
            long accounts,
            long devices,
            int sessions,
            long directorySize,
            long startedMillis,
            long relayedFrames,
            long mailWaiting,
            String listen,
            String software) {
        static HubState of(covey.wire.proto.HubStatus hub, PeerNode node) {
            return new HubState(
                    Base32.grouped(node.networkId().toByteArray()),
                    node.networkName(),
                    hub.getLeader(),
                    hub.getTerm(),
                    hub.getLevel(),
                    hub.getAppliedIndex(),
                    hub.getAccounts(),
                    hub.getDevices(),
                    hub.getSessions(),
                    hub.getDirectorySize(),
                    hub.getStartedMillis(),
                    hub.getRelayedFrames(),
                    hub.getMailWaiting(),
                    node.hub().address(),
                    hub.getSoftware());
        }
    }

    // Events of chat.events; their type says which fields they have.

    record MessageEvent(String type, Message message) {}

    record StateEvent(String type, String id, String state, String reason) {}

    record PresenceEvent(String type, String account, boolean online) {}

    record LinkEvent(String type, String account, String path, String why) {}

    record LeftEvent(String type, String account) {}

    record HubEvent(String type, String state, String why) {}

    record WarningEvent(String type, String text) {}

    static String path(PathKind path) {
        return switch (path) {
            case DIRECT -> "direct";
            case RELAY -> "relayed";
            case MAIL, NONE -> "none";
        };
    }

    static String role(Role role) {
        return lower(role);
    }

    static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
