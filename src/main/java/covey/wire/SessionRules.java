package covey.wire;

import static covey.wire.Validation.atMost;
import static covey.wire.Validation.between;
import static covey.wire.Validation.canonical;
import static covey.wire.Validation.count;
import static covey.wire.Validation.emptyOr;
import static covey.wire.Validation.exactly;
import static covey.wire.Validation.told;

import com.google.protobuf.ByteString;
import covey.wire.proto.AddressUpdate;
import covey.wire.proto.AuthReply;
import covey.wire.proto.Endpoint;
import covey.wire.proto.FrameHeader;
import covey.wire.proto.FrameType;
import covey.wire.proto.Goodbye;
import covey.wire.proto.Hello;
import covey.wire.proto.HelloReply;
import covey.wire.proto.Join;
import covey.wire.proto.Login;
import covey.wire.proto.Problem;
import covey.wire.proto.RelayFailed;
import covey.wire.proto.SessionOpen;
import covey.wire.proto.SessionOpenReply;
import covey.wire.proto.Track;
import java.util.List;

/** What frame.proto and session.proto do not say about their messages. */
final class SessionRules {
    private static final int PORT_MAX = 65_535;

    private SessionRules() {}

    static void problem(Problem problem) {
        atMost("Problem.message", problem.getMessage(), Limits.SENTENCE_BYTES_MAX);
    }

    static void goodbye(Goodbye goodbye) {
        atMost("Goodbye.message", goodbye.getMessage(), Limits.SENTENCE_BYTES_MAX);
    }

    /** A relayed frame names the other device and carries what devices say to each other, nothing else. */
    static void relay(FrameHeader header) {
        exactly("FrameHeader.device", header.getDevice(), DeviceId.BYTES);
        FrameType inner = header.getInner();
        boolean isOfDevices = inner == FrameType.LINK_HELLO
                || inner == FrameType.ENVELOPE
                || inner == FrameType.ENVELOPE_ACK
                // Of a later version: for the receiver to drop.
                || inner == FrameType.UNRECOGNIZED;
        if (!isOfDevices) {
            throw Validation.refused("FrameHeader.inner", inner.toString(), "LINK_HELLO, ENVELOPE or ENVELOPE_ACK");
        }
    }

    static void hello(Hello hello) {
        emptyOr("Hello.network_id", hello.getNetworkId(), Limits.HASH_BYTES);
        exactly("Hello.boot_nonce", hello.getBootNonce(), Limits.ID_BYTES);
        atMost("Hello.software", hello.getSoftware(), Limits.SOFTWARE_BYTES_MAX);
    }

    static void helloReply(HelloReply reply) {
        DirectoryRules.rosterProof(reply.getRoster());
        atMost("HelloReply.observed_address", reply.getObservedAddress(), Limits.ADDRESS_BYTES_MAX);
        told("HelloReply.network_name", reply.getNetworkName(), Limits.DEVICE_NAME_CHARS_MAX);
    }

    static void join(Join join) {
        secret("Join.token_secret", join.getTokenSecret());
        Validation.account("Join.account", join.getAccount());
        password("Join.password", join.getPassword());
        canonical("Join.device_name", join.getDeviceName(), Names::device);
    }

    static void login(Login login) {
        secret("Login.token_secret", login.getTokenSecret());
        Validation.account("Login.account", login.getAccount());
        password("Login.password", login.getPassword());
        canonical("Login.device_name", login.getDeviceName(), Names::device);
    }

    private static void secret(String field, ByteString secret) {
        between(field, secret, 0, Limits.SECRET_BYTES_MAX);
    }

    /** Only the upper bound: how good a new one must be is said where it is set. */
    static void password(String field, String password) {
        atMost(field, password, Limits.PASSWORD_BYTES_MAX);
    }

    static void authReply(AuthReply reply) {
        told("AuthReply.account", reply.getAccount(), Limits.ACCOUNT_NAME_CHARS_MAX);
    }

    static void sessionOpen(SessionOpen open) {
        endpoints("SessionOpen.endpoints", open.getEndpointsList());
    }

    static void sessionOpenReply(SessionOpenReply reply) {
        told("SessionOpenReply.account", reply.getAccount(), Limits.ACCOUNT_NAME_CHARS_MAX);
        if (reply.hasHead()) {
            DirectoryRules.signedHead(reply.getHead());
        }
    }

    static void addresses(AddressUpdate update) {
        endpoints("AddressUpdate.endpoints", update.getEndpointsList());
    }

    static void endpoints(String field, List<Endpoint> endpoints) {
        count(field, endpoints.size(), Limits.ENDPOINTS_MAX);
        for (Endpoint endpoint : endpoints) {
            if (endpoint.getHost().isEmpty() || endpoint.getPort() < 1 || endpoint.getPort() > PORT_MAX) {
                throw Validation.refused(field, endpoint.getHost() + ":" + endpoint.getPort(), "host and port");
            }
            atMost(field + ".host", endpoint.getHost(), Limits.ADDRESS_BYTES_MAX);
        }
    }

    static void track(Track track) {
        CatalogRules.content("Track.content", track.getContent());
        if (track.getTotalBlocks() < 1 || Integer.compareUnsigned(track.getHaveBlocks(), track.getTotalBlocks()) > 0) {
            throw Validation.refused(
                    "Track.have_blocks",
                    Integer.toUnsignedString(track.getHaveBlocks()),
                    "at most total_blocks, " + Integer.toUnsignedString(track.getTotalBlocks()) + ", from 1 on");
        }
    }

    static void relayFailed(RelayFailed failed) {
        exactly("RelayFailed.device", failed.getDevice(), DeviceId.BYTES);
    }
}
