package covey.wire;

import static covey.wire.Validation.atMost;
import static covey.wire.Validation.between;
import static covey.wire.Validation.count;
import static covey.wire.Validation.emptyOr;
import static covey.wire.Validation.exactly;
import static covey.wire.Validation.positive;
import static covey.wire.Validation.told;

import com.google.protobuf.ByteString;
import covey.wire.proto.Deposit;
import covey.wire.proto.DeviceMail;
import covey.wire.proto.Envelope;
import covey.wire.proto.EnvelopeAck;
import covey.wire.proto.LinkHello;
import covey.wire.proto.MailItem;
import covey.wire.proto.MailPush;
import covey.wire.proto.RoomItem;
import covey.wire.proto.RoomPost;
import covey.wire.proto.RoomPush;
import covey.wire.proto.SealedPost;
import covey.wire.proto.SessionHeader;
import java.util.HashSet;
import java.util.Set;

/** What talk.proto does not say about its messages. What is sealed is judged by whoever opens it. */
final class TalkRules {
    private TalkRules() {}

    static void linkHello(LinkHello hello) {
        exactly("LinkHello.network_id", hello.getNetworkId(), Limits.HASH_BYTES);
        exactly("LinkHello.boot_nonce", hello.getBootNonce(), Limits.ID_BYTES);
        if (hello.hasHead()) {
            DirectoryRules.signedHead(hello.getHead());
        }
    }

    static void envelope(Envelope envelope) {
        exactly("Envelope.message_id", envelope.getMessageId(), Limits.ID_BYTES);
        positive("Envelope.sequence", envelope.getSequence());
        exactly("Envelope.session_id", envelope.getSessionId(), Limits.ID_BYTES);
        between("Envelope.ciphertext", envelope.getCiphertext(), 1, Limits.ENVELOPE_BYTES_MAX);
        if (envelope.hasOpen()) {
            SessionHeader open = envelope.getOpen();
            exactly("SessionHeader.ephemeral_key", open.getEphemeralKey(), Limits.X25519_BYTES);
            exactly("SessionHeader.kem_ciphertext", open.getKemCiphertext(), Limits.ML_KEM_CIPHERTEXT_BYTES);
            between("SessionHeader.signature", open.getSignature(), 1, Limits.SIGNATURE_BYTES_MAX);
        }
    }

    static void envelopeAck(EnvelopeAck ack) {
        positive("EnvelopeAck.sequence", ack.getSequence());
        emptyOr("EnvelopeAck.message_id", ack.getMessageId(), Limits.ID_BYTES);
    }

    static void deposit(Deposit deposit) {
        exactly("Deposit.message_id", deposit.getMessageId(), Limits.ID_BYTES);
        Validation.account("Deposit.to_account", deposit.getToAccount());
        count("Deposit.covered", deposit.getCoveredCount(), Limits.DEVICES_PER_ACCOUNT_MAX);
        count("Deposit.mails", deposit.getMailsCount(), Limits.DEVICES_PER_ACCOUNT_MAX);
        for (ByteString device : deposit.getCoveredList()) {
            exactly("Deposit.covered", device, DeviceId.BYTES);
        }
        Set<ByteString> named = new HashSet<>();
        for (DeviceMail mail : deposit.getMailsList()) {
            if (!named.add(mail.getDevice())) {
                throw Validation.refused("Deposit.mails", "a device twice", "each device once");
            }
            exactly("DeviceMail.device", mail.getDevice(), DeviceId.BYTES);
            between("DeviceMail.envelope", mail.getEnvelope(), 1, Limits.ENVELOPE_BYTES_MAX);
        }
    }

    static void mail(MailPush push) {
        push.getItemsList().forEach(TalkRules::mailItem);
    }

    private static void mailItem(MailItem item) {
        positive("MailItem.position", item.getPosition());
        switch (item.getContentCase()) {
            case SEALED -> {
                exactly("SealedMail.from_device", item.getSealed().getFromDevice(), DeviceId.BYTES);
                between("SealedMail.envelope", item.getSealed().getEnvelope(), 1, Limits.ENVELOPE_BYTES_MAX);
            }
            case NOTICE -> {
                exactly("MailNotice.message_id", item.getNotice().getMessageId(), Limits.ID_BYTES);
                exactly("MailNotice.to_device", item.getNotice().getToDevice(), DeviceId.BYTES);
            }
            case CONTENT_NOT_SET -> {
                // Of a later version: the receiver acknowledges what it does not know, so that the rest can follow.
            }
        }
    }

    static void roomPost(RoomPost post) {
        room("RoomPost.room", post.getRoom());
        exactly("RoomPost.post_id", post.getPostId(), Limits.ID_BYTES);
        switch (post.getContentCase()) {
            case TEXT -> atMost("RoomPost.text", post.getText(), Limits.TEXT_BYTES_MAX);
            case SEALED -> sealedPost(post.getSealed());
            case CONTENT_NOT_SET -> {
                // Refused by the hub as a post without content; shown by a peer as one of a later version.
            }
        }
    }

    private static void sealedPost(SealedPost sealed) {
        exactly("SealedPost.key_id", sealed.getKeyId(), Limits.ID_BYTES);
        between("SealedPost.ciphertext", sealed.getCiphertext(), 1, Limits.ENVELOPE_BYTES_MAX);
        between("SealedPost.signature", sealed.getSignature(), 1, Limits.SIGNATURE_BYTES_MAX);
    }

    static void rooms(RoomPush push) {
        for (RoomItem item : push.getItemsList()) {
            room("RoomItem.room", item.getRoom());
            positive("RoomItem.index", item.getIndex());
            told("RoomItem.from_account", item.getFromAccount(), Limits.ACCOUNT_NAME_CHARS_MAX);
            exactly("RoomItem.from_device", item.getFromDevice(), DeviceId.BYTES);
            // What was posted passed the rules when it was: an item that cannot be shown must not end the session.
        }
        push.getLeftList().forEach(left -> room("RoomPush.left", left));
    }

    static void room(String field, ByteString room) {
        between(field, room, 1, Limits.ROOM_ID_BYTES_MAX);
    }
}
