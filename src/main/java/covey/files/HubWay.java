package covey.files;

import covey.peer.PeerNode;
import covey.transfer.Sharing;
import covey.wire.proto.Command;
import covey.wire.proto.CommandResult;
import covey.wire.proto.OwnShares;
import covey.wire.proto.OwnSharesWanted;
import covey.wire.proto.Query;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The way of what is shared to the hub: over the peer's loop, and back beside it. Any thread. */
record HubWay(PeerNode node) implements Sharing.Hub {
    private static final Logger log = LoggerFactory.getLogger(HubWay.class);

    @Override
    public void command(Command command, boolean isBulk, Consumer<CommandResult> done) {
        Consumer<CommandResult> beside = result -> node.env().background("shares", () -> done.accept(result));
        onLoop(() -> {
            if (isBulk) {
                node.bulkCommand(command, beside);
            } else {
                node.command(command, beside);
            }
        });
    }

    @Override
    public void ownShares(Consumer<Optional<OwnShares>> done) {
        Query own = Query.newBuilder()
                .setOwnShares(OwnSharesWanted.getDefaultInstance())
                .build();
        onLoop(() -> node.ask(
                own,
                reply -> node.env().background("shares", () -> done.accept(Optional.of(reply.getOwnShares()))),
                problem -> {
                    log.warn("the hub does not say what it has of this device: {}", problem.getMessage());
                    node.env().background("shares", () -> done.accept(Optional.empty()));
                }));
    }

    private void onLoop(Runnable task) {
        try {
            node.loop().execute(task);
        } catch (RejectedExecutionException e) {
            log.trace("the peer has ended", e);
        }
    }
}
