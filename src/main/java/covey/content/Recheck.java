package covey.content;

import covey.content.ContentException.Reason;
import covey.wire.proto.KeptHoldingState;
import java.nio.ByteBuffer;
import java.util.BitSet;

/** Reads again what may have been lost since it was claimed. One owner; nobody else uses the holding meanwhile. */
record Recheck(BlockStore store, Holding holding) {
    /** Forgets what was lost, and returns it. With {@code all} also what was synced is read. */
    BitSet run(boolean all) {
        BitSet doubtful = all ? holding.have() : doubtful();
        BitSet lost = new BitSet();
        ByteBuffer buffer = ByteBuffer.allocate(holding.manifest().blockBytes());
        doubtful.stream().forEach(block -> {
            if (!isStillThere(block, buffer.clear())) {
                lost.set(block);
            }
        });
        boolean isOurs = !holding.place().isOrigin() && holding.place().state() != KeptHoldingState.HOLDING_WITHDRAWN;
        if (!lost.isEmpty() && isOurs) {
            store.reopened(holding, holding.forget(doubtful, lost));
        }
        return lost;
    }

    private BitSet doubtful() {
        BlockMap map = holding.map();
        BitSet doubtful = holding.have();
        doubtful.andNot(holding.synced);
        // What is still there may be so in the system's memory only.
        doubtful.stream().map(map::entryOf).forEach(holding.unsyncedEntries::set);
        for (int entry = 0; entry < holding.manifest().entries().size(); entry++) {
            int first = map.firstBlockOf(entry);
            int end = first + map.blocksOf(entry);
            int last = holding.synced.previousSetBit(end - 1);
            if (last >= first && !store.reaches(holding, entry, map.offsetOf(last) + map.lengthOf(last))) {
                doubtful.set(first, end);
            }
        }
        doubtful.and(holding.have());
        return doubtful;
    }

    private boolean isStillThere(int block, ByteBuffer buffer) {
        try {
            buffer.limit(holding.map().lengthOf(block));
            holding.read(block, 0, buffer);
            holding.verify(block, buffer.flip());
            return true;
        } catch (ContentException e) {
            if (e.reason() == Reason.FAILED && !(e.getCause() instanceof java.io.EOFException)) {
                throw e;
            }
            return false;
        }
    }
}
