package covey.wire;

import static covey.wire.Validation.between;
import static covey.wire.Validation.count;
import static covey.wire.Validation.emptyOr;
import static covey.wire.Validation.exactly;

import com.google.protobuf.ByteString;
import covey.wire.proto.DirectoryPage;
import covey.wire.proto.PresenceDelta;
import covey.wire.proto.RosterProof;
import covey.wire.proto.RosterSignature;
import covey.wire.proto.SignedHead;
import covey.wire.proto.SignedRoster;

/** What directory.proto does not say about its messages. Entries are judged where the log is replayed. */
final class DirectoryRules {
    private DirectoryRules() {}

    static void signedHead(SignedHead head) {
        between("SignedHead.head", head.getHead(), 1, Limits.SENTENCE_BYTES_MAX);
        exactly("SignedHead.signer", head.getSigner(), DeviceId.BYTES);
        between("SignedHead.signature", head.getSignature(), 1, Limits.SIGNATURE_BYTES_MAX);
    }

    static void page(DirectoryPage page) {
        for (ByteString entry : page.getEntriesList()) {
            between("DirectoryPage.entries", entry, 1, Limits.CONTROL_FRAME_BYTES_MAX);
        }
        if (page.hasHead()) {
            signedHead(page.getHead());
        }
    }

    static void rosterProof(RosterProof proof) {
        exactly("RosterProof.root_public_key", proof.getRootPublicKey(), Limits.HASH_BYTES);
        count("RosterProof.chain", proof.getChainCount(), Limits.ROSTER_CHAIN_MAX);
        proof.getChainList().forEach(DirectoryRules::signedRoster);
    }

    static void signedRoster(SignedRoster signed) {
        between("SignedRoster.roster", signed.getRoster(), 1, Limits.CONTROL_FRAME_BYTES_MAX);
        count("SignedRoster.signatures", signed.getSignaturesCount(), Limits.ROSTER_SIGNATURES_MAX);
        for (RosterSignature signature : signed.getSignaturesList()) {
            emptyOr("RosterSignature.signer", signature.getSigner(), DeviceId.BYTES);
            between("RosterSignature.signature", signature.getSignature(), 1, Limits.SIGNATURE_BYTES_MAX);
        }
    }

    static void presence(PresenceDelta delta) {
        Validation.time("PresenceDelta.time_millis", delta.getTimeMillis());
    }
}
