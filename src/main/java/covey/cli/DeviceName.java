package covey.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What others see of a device. */
final class DeviceName {
    private static final Path LINUX = Path.of("/proc/sys/kernel/hostname");

    private DeviceName() {}

    /** As typed, else the machine's name. */
    static String orMachine(String typed) {
        if (!typed.isEmpty()) {
            return typed;
        }
        try {
            String name = Files.exists(LINUX)
                    ? Files.readString(LINUX, StandardCharsets.UTF_8).strip()
                    : java.net.InetAddress.getLocalHost().getHostName();
            return name.isEmpty() ? "device" : name;
        } catch (IOException e) {
            return "device";
        }
    }
}
