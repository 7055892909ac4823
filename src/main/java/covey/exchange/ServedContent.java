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
import java.util.Optional;

/** One content that one peer fetches here, and what it was told of it. One thread. */
final class ServedContent {
    final Holding holding;
    private final BlockStore store;
    private final BitSet told = new BitSet();
    private Optional<byte[]> manifest = Optional.empty();

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
        byte[] bytes = manifest();
        FetchReply.Builder reply =
                FetchReply.newBuilder().setComplete(isComplete).setManifestBytes(bytes.length);
        if (withManifest && bytes.length <= Limits.HASH_PIECE_BYTES_MAX) {
            reply.setManifest(ByteString.copyFrom(bytes));
            manifest = Optional.empty();
        }
        return reply.build();
    }

    private byte[] manifest() {
        manifest = manifest.or(() -> store.manifestBytes(holding.id()));
        return manifest.orElse(new byte[0]);
    }

    /** Empty when it is not here. */
    ByteString hashes(int part, int offset, int bytes) {
        byte[] all = part == 0 ? manifest() : layer(part - 1);
        if (offset < 0 || offset >= all.length) {
            return ByteString.EMPTY;
        }
        int count = Math.min(bytes, all.length - offset);
        if (part == 0 && offset + count == all.length) {
            manifest = Optional.empty(); // it may be large, and is not asked for twice
        }
        return ByteString.copyFrom(all, offset, count);
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
