package covey.wire;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import java.io.IOException;

/** Looks at a message that may be large before it is parsed: what is made of it may be a hundred times larger. */
public final class Parts {
    private Parts() {}

    /**
     * How many messages there are in a repeated field. Throws {@link InvalidProtocolBufferException} for bytes that are
     * none, and when one of them has more fields than so many.
     */
    public static int count(byte[] message, int field, int fieldsMax) throws IOException {
        CodedInputStream in = CodedInputStream.newInstance(message);
        int parts = 0;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag != (field << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED)) {
                in.skipField(tag);
                continue;
            }
            parts++;
            int outer = in.pushLimit(in.readRawVarint32());
            int fields = 0;
            for (int inner = in.readTag(); inner != 0; inner = in.readTag()) {
                in.skipField(inner);
                if (++fields > fieldsMax) {
                    throw new InvalidProtocolBufferException("a part with more than " + fieldsMax + " fields");
                }
            }
            in.popLimit(outer);
        }
        return parts;
    }
}
