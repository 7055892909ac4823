package covey.hub;

import com.google.protobuf.ByteString;
import covey.directory.Heads;
import covey.wire.proto.DirectoryPage;
import covey.wire.proto.FrameType;
import covey.wire.proto.Problem;
import covey.wire.proto.SignedHead;
import java.util.Optional;

/**
 * The answer to one DIRECTORY_SYNC. Pages are read and sent beside the loop while the connection takes more; a slow
 * reader costs one page. {@code isWaiting} is owned by the hub's loop, {@code next} by whoever sends.
 */
final class DirectoryPages {
    private final HubNode hub;
    private final HubSession session;
    private final int stream;
    /** Taken first, so that what is sent never goes beyond what it covers. */
    private final SignedHead head;

    private final long size;
    private long next;
    private boolean isWaiting;

    DirectoryPages(HubNode hub, HubSession session, int stream, long from) {
        this.hub = hub;
        this.session = session;
        this.stream = stream;
        this.head = hub.heads.current();
        this.size = Heads.size(head);
        this.next = from;
    }

    void send() {
        isWaiting = false;
        hub.env.background("directory sync", () -> {
            try {
                while (session.connection.isWritable()) {
                    if (page()) {
                        end(Optional.empty());
                        return;
                    }
                }
                hub.onLoop(this::pause);
            } catch (RuntimeException e) {
                end(Optional.of(session.problem(e)));
            }
        });
    }

    /** True when it was the last. */
    private boolean page() {
        DirectoryPage.Builder page = DirectoryPage.newBuilder().setFrom(next);
        for (byte[] entry : hub.state.directoryEntries(next, HubLimits.DIRECTORY_PAGE_BYTES)) {
            if (next < size) {
                page.addEntries(ByteString.copyFrom(entry));
                next++;
            }
        }
        boolean isLast = next >= size || page.getEntriesCount() == 0;
        if (isLast) {
            page.setHead(head);
        }
        session.answer(FrameType.DIRECTORY_PAGE, stream, page.setMore(!isLast).build());
        return isLast;
    }

    private void pause() {
        if (session.connection.isWritable()) {
            send(); // it became so meanwhile
        } else {
            isWaiting = true;
        }
    }

    /** The connection takes more. */
    void writable() {
        if (isWaiting) {
            send();
        }
    }

    private void end(Optional<Problem> problem) {
        hub.onLoop(() -> {
            session.sync = Optional.empty();
            problem.ifPresent(why -> session.refuse(stream, why));
            Front.finished(session);
        });
    }
}
