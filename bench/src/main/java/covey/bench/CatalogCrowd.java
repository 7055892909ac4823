package covey.bench;

import com.google.protobuf.ByteString;
import covey.wire.proto.Command;
import covey.wire.proto.CommandRequest;
import covey.wire.proto.CommandResult;
import covey.wire.proto.FrameType;
import covey.wire.proto.HubStatusWanted;
import covey.wire.proto.LookupWanted;
import covey.wire.proto.Query;
import covey.wire.proto.QueryReply;
import covey.wire.proto.Register;
import covey.wire.proto.SearchWanted;
import covey.wire.proto.Share;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Devices with sessions at a hub that search, register and look up, each one request at a time. All on one thread.
 * Whatever is refused or found wrong ends the run.
 */
final class CatalogCrowd implements CoveyLink.Events, AutoCloseable {
    private static final int STEP_SECONDS_MAX = 300;

    private static final int PING_SECONDS = 10;

    /** Register frames on their way on the bulk connection. */
    private static final int BULK_WINDOW = 12;

    /** What a request brought. */
    interface Step {
        void run(int user, Consumer<QueryReply> answered);
    }

    private final InetSocketAddress address;
    private final HubHome home;
    private final CoveyLoop loop;
    private final List<CoveyLink> links = new ArrayList<>();
    private final List<Consumer<QueryReply>> waiting = new ArrayList<>();
    private final CompletableFuture<Void> failed = new CompletableFuture<>();
    private CompletableFuture<Void> entered = new CompletableFuture<>();
    private int missing;
    private boolean isBulk;
    private boolean isLeaving;

    CatalogCrowd(InetSocketAddress address, HubHome home, CoveyTls tls) {
        this.address = address;
        this.home = home;
        this.loop = new CoveyLoop(tls);
        loop.every(PING_SECONDS, () -> links.forEach(CoveyLink::ping));
    }

    /** Connects users until there are so many; {@code bulk} ones have no session. */
    void arrive(int users, boolean bulk) {
        CompletableFuture<Void> all = new CompletableFuture<>();
        loop.run(() -> {
            isBulk = bulk;
            entered = all;
            missing = users - links.size();
            if (missing <= 0) {
                all.complete(null);
            }
            while (links.size() < users) {
                CoveyLink link = new CoveyLink(links.size(), loop, this);
                links.add(link);
                waiting.add(reply -> fail("an answer that nobody asked for"));
                loop.dial(link, address);
            }
        });
        await(all, "arrive");
    }

    private void await(CompletableFuture<Void> done, String what) {
        try {
            CompletableFuture.anyOf(done, failed).get(STEP_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException(what + " failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private void fail(String why) {
        failed.completeExceptionally(new IllegalStateException(why));
    }

    @Override
    public void connected(CoveyLink link) {
        if (isBulk) {
            isIn();
        } else {
            link.enter(home.networkId(), 1L << 40);
        }
    }

    private void isIn() {
        if (--missing == 0) {
            entered.complete(null);
        }
    }

    @Override
    public void relayed(CoveyLink link, ByteBuf body) {
        fail("a relayed message arrived");
    }

    @Override
    public void received(CoveyLink link, FrameType type, byte[] payload) throws IOException {
        if (type == FrameType.SESSION_OPEN_REPLY) {
            isIn();
        } else if (type == FrameType.QUERY_REPLY) {
            waiting.get(link.user).accept(QueryReply.parseFrom(payload));
        }
    }

    @Override
    public void closed(CoveyLink link, String why) {
        if (!isLeaving) {
            fail("connection of user " + link.user + ": " + why);
        }
    }

    /** Every user does so many of it, one after the other, all users at once. */
    Histogram all(int users, int count, Step step) {
        Histogram latencies = new Histogram();
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.run(() -> {
            int[] left = {users};
            for (int user = 0; user < users; user++) {
                next(user, count, step, latencies, () -> {
                    if (--left[0] == 0) {
                        done.complete(null);
                    }
                });
            }
        });
        await(done, "requests");
        return latencies;
    }

    private void next(int user, int left, Step step, Histogram latencies, Runnable end) {
        if (left == 0) {
            end.run();
            return;
        }
        long sent = System.nanoTime();
        step.run(user, reply -> {
            latencies.record(System.nanoTime() - sent);
            next(user, left - 1, step, latencies, end);
        });
    }

    private void ask(int user, Query query, Consumer<QueryReply> answered) {
        waiting.set(user, answered);
        links.get(user).send(FrameType.QUERY, 9, query);
    }

    void search(int user, String text, Consumer<QueryReply> answered) {
        Query query = Query.newBuilder()
                .setSearch(SearchWanted.newBuilder().setText(text))
                .build();
        ask(user, query, reply -> {
            if (!reply.hasSearch()
                    || reply.getSearch().hasBadQuery()
                    || reply.getSearch().getPartial()) {
                fail("a search for '" + text + "' was answered " + reply);
            }
            answered.accept(reply);
        });
    }

    void lookup(int user, ByteString content, Consumer<QueryReply> answered) {
        Query query = Query.newBuilder()
                .setLookup(LookupWanted.newBuilder().setContent(content))
                .build();
        ask(user, query, reply -> {
            if (reply.getHolders().getHoldersCount() == 0) {
                fail("a content that is shared was not found: " + reply);
            }
            answered.accept(reply);
        });
    }

    void register(int user, Share share, Consumer<QueryReply> answered) {
        Command command = Command.newBuilder()
                .setRegister(Register.newBuilder().addShares(share))
                .build();
        links.get(user).command(command, result -> {
            check(result);
            answered.accept(QueryReply.getDefaultInstance());
        });
    }

    private void check(CommandResult result) {
        if (result.hasProblem()) {
            fail("refused: " + result.getProblem().getMessage());
        }
    }

    /** Changes that the hub's search does not know yet. */
    long behind() {
        long[] behind = new long[1];
        Query query = Query.newBuilder()
                .setHubStatus(HubStatusWanted.getDefaultInstance())
                .build();
        all(
                1,
                1,
                (user, answered) -> ask(user, query, reply -> {
                    behind[0] = reply.getHubStatus().getSearchBehind();
                    answered.accept(reply);
                }));
        return behind[0];
    }

    /** User u registers every frame f with f % users == u, some on their way at once. */
    void bulk(int users, List<Register> frames) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.run(() -> {
            int[] left = {frames.size()};
            for (int user = 0; user < users; user++) {
                ArrayDeque<Register> own = new ArrayDeque<>();
                for (int frame = user; frame < frames.size(); frame += users) {
                    own.add(frames.get(frame));
                }
                for (int i = 0; i < Math.max(1, BULK_WINDOW / users); i++) {
                    bulkNext(user, own, left, done);
                }
            }
        });
        await(done, "bulk");
    }

    private void bulkNext(int user, ArrayDeque<Register> own, int[] left, CompletableFuture<Void> done) {
        Register next = own.poll();
        if (next == null) {
            return;
        }
        CommandRequest request = CommandRequest.newBuilder()
                .setCommand(Command.newBuilder().setRegister(next))
                .build();
        links.get(user).request(request, result -> {
            check(result);
            if (--left[0] == 0) {
                done.complete(null);
            }
            bulkNext(user, own, left, done);
        });
    }

    @Override
    public void close() {
        loop.run(() -> isLeaving = true);
        loop.close();
    }
}
