package covey.catalog;

import com.google.protobuf.ByteString;
import covey.directory.DirectoryView;
import covey.directory.DirectoryView.Account;
import covey.store.OrderedStore;
import covey.wire.DeviceId;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Who fetches a content and may pass it on to somebody. Anybody may share a content whose id they know, and is then
 * named as its holder; but what others fetch because it was shared with them is not open to that one. So those with a
 * part are named only to whom nothing is hidden that they see.
 */
public final class PartialHolders {
    /** Names of one content looked at: with more, nobody with a part is named. */
    private static final int LOOKED_AT_MAX = 1_000;

    private PartialHolders() {}

    /** Those of the devices to whose accounts no share of the content is visible that the asker does not see. */
    public static Set<DeviceId> open(
            OrderedStore store, DirectoryView view, Account asker, ByteString content, Set<DeviceId> devices) {
        Map<DeviceId, Sight> open = new HashMap<>();
        for (DeviceId device : devices) {
            view.accountOf(device).ifPresent(account -> open.put(device, new Sight(store, view, account)));
        }
        Sight own = new Sight(store, view, asker);
        int[] left = {LOOKED_AT_MAX};
        CatalogQueries.Looker looker = (shareKey, glance, record) -> {
            int sharer = CatalogQueries.device(shareKey);
            if (own.owner(sharer, glance.change(), glance.audience()).isEmpty()) {
                open.values()
                        .removeIf(sight -> sight.owner(sharer, glance.change(), glance.audience())
                                .isPresent());
            }
            return open.isEmpty() || left[0]-- == 0 ? CatalogQueries.Next.END : CatalogQueries.Next.NAME;
        };
        boolean isWhole = CatalogQueries.look(store, content.substring(1).toByteArray(), LOOKED_AT_MAX, looker);
        return isWhole ? Set.copyOf(open.keySet()) : Set.of();
    }
}
