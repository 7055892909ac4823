package covey.chat;

import java.util.List;

/**
 * A room as this device knows it.
 *
 * @param name with its '#'
 * @param isJoined whether the own account is in it
 * @param epoch of a private room's membership, each change being one; 0 for public rooms
 * @param members names without '@', in order; of public rooms as many as the hub told
 * @param memberCount all of them
 */
public record RoomView(
        String name,
        boolean isPrivate,
        boolean isJoined,
        long epoch,
        List<String> members,
        int memberCount,
        int unread) {
    public RoomView {
        members = List.copyOf(members);
    }
}
