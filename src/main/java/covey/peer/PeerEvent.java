package covey.peer;

import covey.chat.ChatMessage;
import covey.courier.PathKind;

/** Something that whoever looks at a peer may want to hear. */
public sealed interface PeerEvent {
    /** A message came in, or was said on another device of the own account. */
    record Message(ChatMessage message) implements PeerEvent {}

    /** A message of one's own got further. */
    record State(ChatMessage message) implements PeerEvent {}

    record Presence(String account, boolean isOnline) implements PeerEvent {}

    /** The way to one of the account's devices changed. */
    record Path(String account, PathKind path, String why) implements PeerEvent {}

    /** The account closed the conversation. */
    record Left(String account) implements PeerEvent {}

    record Hub(HubStatus status) implements PeerEvent {}

    /** What the hub tells at a session's start has been taken over. */
    record Settled() implements PeerEvent {}

    record Warning(String text) implements PeerEvent {}

    /** Accounts or devices changed, or which of them this account blocks. */
    record Directory() implements PeerEvent {}
}
