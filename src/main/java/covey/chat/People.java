package covey.chat;

import covey.courier.Devices;
import java.util.List;

/** What chat asks of the directory and of presence: accounts, and their devices. */
public interface People extends Devices {
    boolean exists(String account);

    /** All accounts, for suggesting the one that was meant. */
    List<String> accounts();
}
