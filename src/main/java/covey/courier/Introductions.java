package covey.courier;

import covey.wire.DeviceId;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Whoever seals to somebody's devices asks here which: the user is told of new ones before that. */
public final class Introductions {
    private final Station station;
    private final String account;
    /** Found in the store already: a room's members are asked for with every post. */
    private final Set<DeviceId> met = new HashSet<>();

    /** @param account the own one */
    public Introductions(Station station, String account) {
        this.station = station;
        this.account = account;
    }

    /** The account's devices but this one. */
    public List<PersonDevice> devices(String account) {
        List<PersonDevice> devices = station.devices.devices(account);
        if (!devices.stream().allMatch(device -> met.contains(device.device()))) {
            meet(account, devices);
        }
        return devices.stream()
                .filter(device -> !device.device().equals(station.me))
                .toList();
    }

    private void meet(String account, List<PersonDevice> devices) {
        boolean[] isAnyKnown = new boolean[1];
        station.turn.scanSound(Tables.knownDevices(account), (key, value) -> {
            isAnyKnown[0] = true;
            return false;
        });
        for (PersonDevice device : devices) {
            byte[] known = Tables.knownDevice(account, device.device());
            if (met.add(device.device()) && station.turn.getSound(known).isEmpty()) {
                station.turn.put(known, new byte[] {1});
                if (isAnyKnown[0] && !account.equals(this.account)) { // the own ones are told of at once
                    station.warn(newDevice(account, device));
                }
            }
        }
    }

    private static String newDevice(String account, PersonDevice device) {
        return "@" + account + " has a new device, '" + device.name() + "' (" + device.how()
                + "). Messages are sealed to it" + " from now on. Compare words if in doubt: covey verify @" + account;
    }
}
