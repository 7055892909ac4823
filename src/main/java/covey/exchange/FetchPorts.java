package covey.exchange;

import com.google.protobuf.ByteString;
import covey.content.BlockStore;
import covey.content.ContentId;
import covey.env.Env;
import covey.env.HashWorkers;
import covey.env.Loop;
import covey.swarm.Downloader;
import covey.transport.BlockBuffers;
import covey.transport.Transport;
import covey.wire.DeviceId;
import java.util.List;
import java.util.Set;

/**
 * What all fetches of a process share.
 *
 * @param buffers the bound of what is under way, of all of them together
 * @param networkId told to sources; empty when it is not known
 */
public record FetchPorts(
        Env env,
        BlockStore store,
        HashWorkers workers,
        BlockBuffers buffers,
        Dialler dialler,
        Sources sources,
        ByteString networkId,
        Downloader.Settings settings) {

    /** Who has it; called beside the loop, may block. */
    public interface Sources {
        Found find(ContentId id);
    }

    /**
     * What was found.
     *
     * @param ticket to be shown to them; empty when none is needed
     * @param named those that the ticket names
     * @param isGuess the hub could not be asked: who refuses may only want a ticket
     */
    public record Found(List<DeviceId> devices, ByteString ticket, Set<DeviceId> named, boolean isGuess) {
        public Found(List<DeviceId> devices) {
            this(devices, ByteString.EMPTY, Set.of(), false);
        }

        public static Found guess(List<DeviceId> devices) {
            return new Found(devices, ByteString.EMPTY, Set.of(), true);
        }
    }

    /** Opens a bulk connection to a device, wherever it is; must not block, tells the outcome once. */
    public interface Dialler {
        Loop.Cancellable dial(DeviceId device, Transport.Dialled dialled);
    }
}
