package covey.exchange;

import com.google.protobuf.ByteString;
import covey.content.BlockStore;
import covey.content.Holding;
import covey.swarm.Uploads;
import covey.wire.Limits;
import covey.wire.proto.FetchReply;
import covey.wire.proto.Have;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** One content that one peer fetches here, and what it was told of it. One thread. */
final class ServedContent {
    final Holding holding;
    private final BlockStore store;
    private final BitSet told = new BitSet();

    /** Its number in the {@link Uploads}, given by the server. */
    int fetch;

    /** By which it was allowed. */
    ByteString ticket = ByteString.EMPTY;

    /** Everything is here, and the other side knows. */
    boolean isComplete;

    ServedContent(BlockStore store, Holding holding) {
        this.store = store;
        this.holding = holding;
        isComplete = holding.isComplete();
    }

    FetchReply reply(boolean withManifest) {
        int bytes = store.manifestLength(holding.id());
        FetchReply.Builder reply =
                FetchReply.newBuilder().setComplete(isComplete).setManifestBytes(bytes);
        if (withManifest && bytes <= Limits.HASH_PIECE_BYTES_MAX) {
            reply.setManifest(ByteString.copyFrom(store.manifestPiece(holding.id(), 0, bytes)));
        }
        return reply.build();
    }

    /** Empty when it is not here. */
    ByteString hashes(int part, int offset, int bytes) {
        if (part == 0) {
            return ByteString.copyFrom(store.manifestPiece(holding.id(), offset, bytes));
        }
        byte[] all = layer(part - 1);
        return offset < all.length
                ? ByteString.copyFrom(all, offset, Math.min(bytes, all.length - offset))
                : ByteString.EMPTY;
    }

    private byte[] layer(int entry) {
        return entry >= 0 && entry < holding.manifest().entries().size()
                ? holding.layer(entry).orElse(new byte[0])
                : new byte[0];
    }

    /** What has come since it was last asked for. */
    List<Have> gained() {
        if (isComplete) {
            return List.of();
        }
        BitSet fresh = holding.have();
        fresh.andNot(told);
        told.or(fresh);
        isComplete = told.cardinality() == holding.map().count();
        List<Have> messages = new ArrayList<>();
        Have.Builder have = Have.newBuilder();
        int end = 0;
        for (int first = fresh.nextSetBit(0); first >= 0; first = fresh.nextSetBit(end)) {
            have.addRuns(first - end);
            end = fresh.nextClearBit(first);
            have.addRuns(end - first);
            if (have.getRunsCount() >= Limits.HAVE_RUNS_MAX) {
                messages.add(have.build());
                have.clear();
                have.addRuns(end).addRuns(0);
            }
        }
        if (have.getRunsCount() > 0) {
            messages.add(have.build());
        }
        return messages;
    }
}
