package covey.mailbox;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import covey.store.StoreException;
import covey.store.StoreException.Reason;
import covey.wire.DeviceId;
import covey.wire.Limits;
import covey.wire.proto.MailItem;
import covey.wire.proto.MailNotice;
import covey.wire.proto.MailOutcome;
import covey.wire.proto.SealedMail;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * One item of a mailbox as it is stored: {@code kind u8 | time i64 | message id 16 | device 32 | envelope or outcome}.
 * By hand, because every message is written and read in this form.
 *
 * @param device sealed mail: who sent it; a notice: where the message should have gone
 * @param body sealed mail: the envelope; a notice: one byte, the outcome
 */
record Item(boolean isNotice, long timeMillis, ByteString messageId, DeviceId device, ByteString body) {
    private static final byte SEALED = 1;
    private static final byte NOTICE = 2;
    private static final int HEADER_BYTES = 1 + Long.BYTES + Limits.ID_BYTES + DeviceId.BYTES;

    static Item sealed(long timeMillis, ByteString messageId, DeviceId from, ByteString envelope) {
        return new Item(false, timeMillis, messageId, from, envelope);
    }

    static Item notice(long timeMillis, ByteString messageId, DeviceId to, MailOutcome outcome) {
        ByteString body = UnsafeByteOperations.unsafeWrap(new byte[] {(byte) outcome.getNumber()});
        return new Item(true, timeMillis, messageId, to, body);
    }

    byte[] encode() {
        byte[] bytes = new byte[HEADER_BYTES + body.size()];
        ByteBuffer.wrap(bytes).put(isNotice ? NOTICE : SEALED).putLong(timeMillis);
        messageId.copyTo(bytes, 1 + Long.BYTES);
        System.arraycopy(device.toBytes(), 0, bytes, HEADER_BYTES - DeviceId.BYTES, DeviceId.BYTES);
        body.copyTo(bytes, HEADER_BYTES);
        return bytes;
    }

    static Item decode(byte[] value) {
        boolean isWhole = value.length > HEADER_BYTES && (value[0] == SEALED || value[0] == NOTICE);
        if (!isWhole) {
            throw new StoreException("A mailbox item of " + value.length + " bytes cannot be read.", Reason.DAMAGED);
        }
        ByteString bytes = UnsafeByteOperations.unsafeWrap(value);
        int idAt = 1 + Long.BYTES;
        int deviceAt = idAt + Limits.ID_BYTES;
        return new Item(
                value[0] == NOTICE,
                ByteBuffer.wrap(value).getLong(1),
                bytes.substring(idAt, deviceAt),
                DeviceId.of(Arrays.copyOfRange(value, deviceAt, HEADER_BYTES)),
                bytes.substring(HEADER_BYTES));
    }

    /** As it goes to the device. */
    MailItem toProto(long position) {
        MailItem.Builder item = MailItem.newBuilder().setPosition(position).setTimeMillis(timeMillis);
        if (isNotice) {
            item.setNotice(MailNotice.newBuilder()
                    .setMessageId(messageId)
                    .setToDevice(device.toByteString())
                    .setOutcomeValue(body.byteAt(0)));
        } else {
            item.setSealed(
                    SealedMail.newBuilder().setFromDevice(device.toByteString()).setEnvelope(body));
        }
        return item.build();
    }
}
