package covey.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.ByteString;
import covey.Damaged;
import covey.env.Env;
import covey.identity.DeviceKeys;
import covey.identity.Rosters;
import covey.identity.UntrustedException;
import covey.store.StoreException;
import covey.wire.DeviceId;
import covey.wire.proto.Roster;
import covey.wire.proto.SignedTicket;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever bytes stand in the state or come as a ticket: they are read, or refused with a sentence. */
final class CatalogFuzzTest {
    private static final ShareRecord RECORD =
            new ShareRecord(7, false, 1_000, 2_000, new byte[32], new byte[32], Audience.account(3, "amy"));

    static Stream<byte[]> records() {
        Changes.Writer changes = new Changes.Writer(5);
        changes.add(Changes.Kind.NEW, new byte[] {'a'});
        changes.add(Changes.Kind.GONE, new byte[] {'b', '/', 'c'});
        return Damaged.copies(
                200,
                RECORD.encode(),
                RECORD.glance().encode(),
                new DeviceFigures(1, 2, 3, 4).encode(),
                ContentHead.of(new byte[] {1, 2, 3}, RECORD.encode()).encode(),
                changes.line().toByteArray());
    }

    @ParameterizedTest
    @MethodSource("records")
    void damagedRecordsAreTold(byte[] bytes) {
        stored(bytes);
    }

    @FuzzTest(maxDuration = "5s")
    void anyRecord(byte[] bytes) {
        stored(bytes);
    }

    private static void stored(byte[] bytes) {
        for (Runnable decoder : new Runnable[] {
            () -> ShareRecord.decode(bytes),
            () -> ShareRecord.Glance.decode(bytes),
            () -> DeviceFigures.decode(bytes),
            () -> ContentHead.decode(bytes),
            () -> Changes.read(bytes, (device, kind, path) -> assertThat(path).isNotNull())
        }) {
            try {
                decoder.run();
            } catch (StoreException e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
    }

    @Test
    void aRecordIsReadAsItWasWritten() {
        assertThat(ShareRecord.decode(RECORD.encode()).encode()).isEqualTo(RECORD.encode());
        assertThat(ShareRecord.mark(new byte[] {'a'}, RECORD.encode()))
                .as("the mark is part of the protocol")
                .isEqualTo(MARK);
    }

    private static final long MARK = 8669561086389568732L;

    @FuzzTest(maxDuration = "5s")
    void anyTicket(byte[] bytes) {
        DeviceKeys keys = DeviceKeys.generate(Env.system());
        Rosters.Trusted roster = new Rosters.Trusted(new byte[32], Roster.getDefaultInstance());
        SignedTicket ticket = SignedTicket.newBuilder()
                .setTicket(ByteString.copyFrom(bytes))
                .setSigner(keys.id().toByteString())
                .build();
        try {
            Tickets.verify(ticket, roster, DeviceId.of(new byte[32]), ByteString.EMPTY, 0);
            assertThat(bytes).as("an unsigned ticket is never good").isNull();
        } catch (UntrustedException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }
}
