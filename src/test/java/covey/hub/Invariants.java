package covey.hub;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import covey.directory.DirectoryView;
import covey.directory.DirectoryView.Account;
import covey.wire.DeviceId;
import covey.wire.proto.MailItem;
import covey.wire.proto.RoomItem;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What must hold of any state, found out the slow way and compared with the figures it keeps. */
final class Invariants {
    private static final int ALL = 1 << 30;

    private Invariants() {}

    static void check(HubState state) {
        DirectoryView view = state.view();
        DirectoryView folded = DirectoryView.empty();
        for (byte[] entry : state.directoryEntries(0, ALL)) {
            folded = folded.with(entry);
        }
        assertThat(folded.accounts()).isEqualTo(view.accounts());
        assertThat(folded.size()).isEqualTo(view.size());
        long waiting = 0;
        Map<ByteString, Long> lowest = new HashMap<>();
        for (long index = 0; index < view.size(); index++) {
            Optional<DirectoryView.Device> device = view.deviceAt(index);
            if (device.isPresent()) {
                waiting += checkDevice(state, view, device.get(), lowest);
            }
        }
        lowest.forEach((room, low) -> {
            List<RoomItem> items = state.roomItems(room, 0, ALL);
            assertThat(items).as("no post is kept that all have acknowledged").allMatch(item -> item.getIndex() > low);
            assertThat(items.stream().map(RoomItem::getIndex).toList()).isSorted();
        });
        assertThat(state.totalMailWaiting())
                .as("mail waiting, dead boxes not yet emptied aside")
                .isGreaterThanOrEqualTo(waiting);
        assertThat(state.isAuditIntact()).isTrue();
    }

    private static long checkDevice(
            HubState state, DirectoryView view, DirectoryView.Device device, Map<ByteString, Long> lowest) {
        DeviceId id = device.id();
        List<MailItem> mail = state.mail(id, 0, ALL);
        assertThat(mail).hasSize(state.mailWaiting(id));
        assertThat(mail.stream().map(MailItem::getPosition).toList()).isSorted().doesNotHaveDuplicates();
        if (device.revoked()) {
            assertThat(mail).isEmpty();
            assertThat(state.roomsOf(id)).isEmpty();
            return 0;
        }
        String account = view.accountOf(id).map(Account::name).orElseThrow();
        for (HubState.RoomCursor cursor : state.roomsOf(id)) {
            assertThat(state.isMember(cursor.room(), account)).isTrue();
            assertThat(cursor.acknowledged()).isLessThanOrEqualTo(cursor.lastIndex());
            lowest.merge(cursor.room(), cursor.acknowledged(), Math::min);
        }
        return mail.size();
    }
}
