package covey.chat;

import covey.courier.PersonDevice;
import covey.wire.DeviceId;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Whoever seals to somebody's devices asks here which: the user is told of new ones before that. */
final class Introductions {
    private final Context context;
    /** Found in the store already: a room's members are asked for with every post. */
    private final Set<DeviceId> met = new HashSet<>();

    Introductions(Context context) {
        this.context = context;
    }

    /** The account's devices but this one. */
    List<PersonDevice> devices(String account) {
        List<PersonDevice> devices = context.people().devices(account);
        if (!devices.stream().allMatch(device -> met.contains(device.device()))) {
            meet(account, devices);
        }
        return devices.stream()
                .filter(device -> !device.device().equals(context.me()))
                .toList();
    }

    private void meet(String account, List<PersonDevice> devices) {
        boolean[] isAnyKnown = new boolean[1];
        context.turn().scan(Tables.knownDevices(account), (key, value) -> {
            isAnyKnown[0] = true;
            return false;
        });
        for (PersonDevice device : devices) {
            byte[] known = Tables.knownDevice(account, device.device());
            if (met.add(device.device()) && context.turn().get(known).isEmpty()) {
                context.turn().put(known, new byte[] {1});
                if (isAnyKnown[0] && !account.equals(context.account())) { // the own ones are told of at once
                    context.station().warn(newDevice(account, device));
                }
            }
        }
    }

    private static String newDevice(String account, PersonDevice device) {
        return "@" + account + " has a new device, '" + device.name() + "' (" + device.how()
                + "). Messages are sealed to it" + " from now on. Compare words if in doubt: covey verify @" + account;
    }
}
