package covey.wire;

import static covey.wire.Validation.between;
import static covey.wire.Validation.count;
import static covey.wire.Validation.emptyOr;
import static covey.wire.Validation.exactly;

import covey.wire.proto.BulkHello;
import covey.wire.proto.FetchReply;
import covey.wire.proto.FetchRequest;
import covey.wire.proto.HashesReply;
import covey.wire.proto.HashesRequest;
import covey.wire.proto.Have;
import java.util.List;

/** What exchange.proto does not say about its messages. */
final class ExchangeRules {
    private ExchangeRules() {}

    static void hello(BulkHello hello) {
        emptyOr("BulkHello.network_id", hello.getNetworkId(), Limits.HASH_BYTES);
    }

    static void fetch(FetchRequest request) {
        exactly("FetchRequest.content", request.getContent(), Limits.CONTENT_ID_BYTES);
        between("FetchRequest.ticket", request.getTicket(), 0, Limits.TICKET_BYTES_MAX);
    }

    static void fetchReply(FetchReply reply) {
        between("FetchReply.manifest", reply.getManifest(), 0, Limits.HASH_PIECE_BYTES_MAX);
    }

    static void hashes(HashesRequest request) {
        if (request.getBytes() < 1 || request.getBytes() > Limits.HASH_PIECE_BYTES_MAX || request.getOffset() < 0) {
            throw Validation.refused(
                    "HashesRequest.bytes",
                    Integer.toUnsignedString(request.getBytes()),
                    "1 to " + Limits.HASH_PIECE_BYTES_MAX);
        }
    }

    static void hashesReply(HashesReply reply) {
        between("HashesReply.data", reply.getData(), 0, Limits.HASH_PIECE_BYTES_MAX);
    }

    /** Of WANT and UNWANT. */
    static void blocks(String field, List<Integer> blocks) {
        count(field, blocks.size(), Limits.WANTED_BLOCKS_MAX);
        blocks.forEach(block -> block(field, block));
    }

    static void block(String field, int block) {
        if (block < 0 || block >= Limits.BLOCKS_MAX) {
            throw Validation.refused(field, Integer.toUnsignedString(block), "less than " + Limits.BLOCKS_MAX);
        }
    }

    static void have(Have have) {
        count("Have.runs", have.getRunsCount(), Limits.HAVE_RUNS_MAX);
        long blocks = have.getRunsList().stream()
                .mapToLong(run -> Integer.toUnsignedLong(run))
                .sum();
        if (blocks > Limits.BLOCKS_MAX) {
            throw Validation.refused("Have.runs", blocks + " blocks", "at most " + Limits.BLOCKS_MAX);
        }
    }
}
