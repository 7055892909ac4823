package covey.catalog;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import covey.store.Keys;
import covey.store.OrderedStore;
import covey.store.StoreException;
import covey.store.Transaction;
import covey.wire.Limits;
import covey.wire.proto.Command;
import covey.wire.proto.KeptShare;
import covey.wire.proto.KeptShareState;
import covey.wire.proto.OwnShares;
import covey.wire.proto.Register;
import covey.wire.proto.Share;
import covey.wire.proto.Withdraw;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/**
 * The peer half of the catalog, without disk and network: what this device shares, what of it the hub knows, and which
 * commands make the two the same. Whoever looks at the disk says what is there ({@link #replace}, {@link #put},
 * {@link #remove}); whoever talks to the hub asks for the {@link #next} command, one at a time, and says what became of
 * it. What is the same on both sides is never sent: a count and a digest tell.
 *
 * <p>Its owner's, who writes the transaction before the command leaves. REGISTER and WITHDRAW may be done twice. What
 * was sent is noted, so that a lost answer shows in the hub's count and digest ({@link #hubHas}), and nothing is sent
 * again.
 */
public final class Shares {
    private static final byte SHARE = (byte) 0xA8;
    private static final byte PENDING = (byte) 0xA9;
    private static final byte[] FIGURES = {(byte) 0xAA};
    private static final byte[] SENT = {(byte) 0xAB};

    private final ToLongFunction<String> accountIndex;

    /** Fewer after a refusal, until the share that is refused is found. */
    private int namesMax = Limits.SHARES_PER_COMMAND_MAX;

    /** Nothing waits below it: a scan from the front would go through all that was told before, deleted but there. */
    private ByteString pendingFrom = ByteString.EMPTY;

    /** @param accountIndex of an account's name in the directory, as the hub counts it in the digest */
    public Shares(ToLongFunction<String> accountIndex) {
        this.accountIndex = accountIndex;
    }

    /**
     * One command to the hub and the names in it; everything of the device when there are none.
     *
     * @param isFull it took all that a frame may hold: more may wait
     */
    public record Outgoing(Command command, List<ByteString> paths, boolean isFull) {
        public Outgoing {
            paths = List.copyOf(paths);
        }

        private static Outgoing of(Command command, boolean isFull) {
            List<ByteString> paths = command.hasRegister()
                    ? command.getRegister().getSharesList().stream()
                            .map(Share::getPath)
                            .toList()
                    : command.getWithdraw().getPathsList();
            return new Outgoing(command, paths, isFull);
        }
    }

    /**
     * What the hub has acknowledged.
     *
     * @param isAnew all that the hub has is to go first
     */
    private record Figures(long count, long digest, boolean isAnew) {
        static Figures read(Transaction local) {
            return local.get(FIGURES)
                    .map(value -> Tables.decoded(value, in -> new Figures(in.getLong(), in.getLong(), in.get() != 0)))
                    .orElse(new Figures(0, 0, false));
        }

        boolean isSameAs(OwnShares own) {
            return own.getCount() == count && own.getDigest() == digest;
        }

        void write(Transaction local) {
            local.put(
                    FIGURES,
                    ByteBuffer.allocate(2 * Long.BYTES + 1)
                            .putLong(count)
                            .putLong(digest)
                            .put((byte) (isAnew ? 1 : 0))
                            .array());
        }
    }

    // What is there

    /** At and under this path there is this and nothing else; empty path = everything. */
    public void replace(Transaction local, ByteString root, List<Share> now) {
        Map<ByteString, Share> wanted = new TreeMap<>(ByteString.unsignedLexicographicalComparator());
        now.forEach(share -> wanted.put(share.getPath(), share));
        List<ByteString> gone = new ArrayList<>();
        for (byte[][] range : ranges(root)) {
            local.scan(range[0], range[1], false, (key, value) -> {
                ByteString path = ByteString.copyFrom(key, 1, key.length - 1);
                if (!wanted.containsKey(path)) {
                    gone.add(path);
                }
                return true;
            });
        }
        gone.forEach(path -> remove(local, path));
        wanted.values().forEach(share -> put(local, share));
    }

    /** Keys at and under a path: other names may stand between the two. */
    private static List<byte[][]> ranges(ByteString root) {
        byte[] self = key(SHARE, root);
        if (root.isEmpty()) {
            return List.<byte[][]>of(new byte[][] {self, Keys.end(self)});
        }
        byte[] under = key(SHARE, root.concat(ByteString.copyFromUtf8("/")));
        byte[][] itself = {self, Arrays.copyOf(self, self.length + 1)};
        byte[][] within = {under, Keys.end(under)};
        return List.of(itself, within);
    }

    /** This is shared from now on; the same again changes nothing. */
    public void put(Transaction local, Share share) {
        Optional<KeptShare> before = kept(local, share.getPath());
        boolean isKnown = before.filter(
                        kept -> kept.getShare().equals(share) && kept.getState() != KeptShareState.SHARE_LEAVING)
                .isPresent();
        if (!isKnown) {
            KeptShare next = before.map(KeptShare::toBuilder)
                    .orElseGet(KeptShare::newBuilder)
                    .setShare(share)
                    .setState(KeptShareState.SHARE_COMING)
                    .clearRefusal()
                    .build();
            save(local, next);
            pend(local, share.getPath());
        }
    }

    /** This is shared no more. */
    public void remove(Transaction local, ByteString path) {
        kept(local, path).ifPresent(kept -> {
            if (kept.getAcknowledgedMark() == 0 && kept.getState() == KeptShareState.SHARE_REFUSED) {
                local.delete(key(SHARE, path));
                return;
            }
            // Also when it was never acknowledged: it may be on its way.
            save(local, kept.toBuilder().setState(KeptShareState.SHARE_LEAVING).build());
            pend(local, path);
        });
    }

    private void pend(Transaction local, ByteString path) {
        local.put(key(PENDING, path), Tables.NOTHING);
        if (ByteString.unsignedLexicographicalComparator().compare(path, pendingFrom) < 0) {
            pendingFrom = path;
        }
    }

    // What the hub knows

    /** What the hub has of this device, asked for while no command was on its way. */
    public void hubHas(Transaction local, OwnShares own) {
        Figures known = Figures.read(local);
        if (known.isAnew() || known.isSameAs(own)) {
            return;
        }
        Optional<Outgoing> sent = local.get(SENT).map(value -> Outgoing.of(parsed(Command.parser(), value), false));
        if (sent.isPresent() && after(local, known, sent.get()).isSameAs(own)) {
            acknowledged(local, sent.get()); // only its answer was lost
            return;
        }
        List<KeptShare> all = new ArrayList<>();
        local.scan(new byte[] {SHARE}, new byte[] {SHARE + 1}, false, (key, value) -> {
            all.add(parsed(KeptShare.parser(), value));
            return true;
        });
        for (KeptShare kept : all) {
            ByteString path = kept.getShare().getPath();
            if (kept.getState() == KeptShareState.SHARE_LEAVING) {
                local.delete(key(SHARE, path));
                local.delete(key(PENDING, path));
            } else if (kept.getState() != KeptShareState.SHARE_REFUSED) {
                save(
                        local,
                        kept.toBuilder()
                                .setAcknowledgedMark(0)
                                .setState(KeptShareState.SHARE_COMING)
                                .build());
                pend(local, path);
            }
        }
        local.delete(SENT);
        new Figures(0, 0, own.getCount() > 0).write(local);
    }

    /** What to send next in so many bytes; empty when the hub knows everything. */
    public Optional<Outgoing> next(Transaction local, int commandBytesMax) {
        if (Figures.read(local).isAnew()) {
            Command all = Command.newBuilder()
                    .setWithdraw(Withdraw.newBuilder().setAll(true))
                    .build();
            return Optional.of(Outgoing.of(all, false));
        }
        Register.Builder register = Register.newBuilder();
        Withdraw.Builder withdraw = Withdraw.newBuilder();
        int[] bytes = {commandBytesMax};
        boolean[] isFull = new boolean[1];
        local.scan(key(PENDING, pendingFrom), new byte[] {PENDING + 1}, false, (key, value) -> {
            ByteString path = ByteString.copyFrom(key, 1, key.length - 1);
            pendingFrom = register.getSharesCount() + withdraw.getPathsCount() == 0 ? path : pendingFrom;
            KeptShare kept = kept(local, path).orElseThrow();
            boolean leaves = kept.getState() == KeptShareState.SHARE_LEAVING;
            int count = register.getSharesCount() + withdraw.getPathsCount();
            bytes[0] -= 8 + (leaves ? path.size() : kept.getShare().getSerializedSize());
            boolean isOther = leaves ? register.getSharesCount() > 0 : withdraw.getPathsCount() > 0;
            isFull[0] = (count > 0 && bytes[0] < 0) || count == namesMax;
            if (isOther || isFull[0]) {
                return false;
            }
            if (leaves) {
                withdraw.addPaths(path);
            } else {
                register.addShares(kept.getShare());
            }
            return true;
        });
        if (register.getSharesCount() + withdraw.getPathsCount() == 0) {
            return Optional.empty();
        }
        Command.Builder command = Command.newBuilder();
        command = register.getSharesCount() > 0 ? command.setRegister(register) : command.setWithdraw(withdraw);
        local.put(SENT, command.build().toByteArray());
        return Optional.of(Outgoing.of(command.build(), isFull[0]));
    }

    /** The hub has it durably. What changed meanwhile is still to be sent. */
    public void acknowledged(Transaction local, Outgoing sent) {
        Figures known = Figures.read(local);
        local.delete(SENT);
        if (sent.paths().isEmpty()) {
            new Figures(0, 0, false).write(local);
            return;
        }
        if (known.isAnew()) {
            return; // it goes with everything else, and comes again
        }
        Figures after = after(local, known, sent);
        for (int i = 0; i < sent.paths().size(); i++) {
            Optional<KeptShare> kept = kept(local, sent.paths().get(i));
            if (kept.isPresent()) {
                boolean isRegistered = sent.command().hasRegister();
                long mark = isRegistered ? mark(sent.command().getRegister().getShares(i)) : 0;
                settle(local, kept.get(), isRegistered, mark, sent, i);
            }
        }
        after.write(local);
        namesMax = Math.min(2 * namesMax, Limits.SHARES_PER_COMMAND_MAX);
    }

    /** What the hub has when it carried this out. */
    private Figures after(Transaction local, Figures known, Outgoing sent) {
        long count = known.count();
        long digest = known.digest();
        boolean isRegistered = sent.command().hasRegister();
        for (int i = 0; i < sent.paths().size(); i++) {
            long before = kept(local, sent.paths().get(i))
                    .map(KeptShare::getAcknowledgedMark)
                    .orElse(0L);
            long mark = isRegistered ? mark(sent.command().getRegister().getShares(i)) : 0;
            count += (isRegistered ? 1 : 0) - (before == 0 ? 0 : 1);
            digest += mark - before;
        }
        return new Figures(count, digest, false);
    }

    private static void settle(
            Transaction local, KeptShare kept, boolean isRegistered, long mark, Outgoing sent, int i) {
        ByteString path = sent.paths().get(i);
        KeptShare.Builder next = kept.toBuilder().setAcknowledgedMark(mark);
        boolean isLeaving = kept.getState() == KeptShareState.SHARE_LEAVING;
        if (!isRegistered && isLeaving) {
            local.delete(key(SHARE, path));
            local.delete(key(PENDING, path));
            return;
        }
        boolean isSame = isRegistered
                && !isLeaving
                && kept.getShare().equals(sent.command().getRegister().getShares(i));
        if (isSame) {
            next.setState(KeptShareState.SHARE_KNOWN);
            local.delete(key(PENDING, path));
        }
        save(local, next.build());
    }

    /**
     * The hub takes none of it. One command is refused as a whole, so the next ones are smaller until it is known which
     * share it is; that one is kept with the hub's sentence, and not sent again before it changes.
     */
    public void refused(Transaction local, Outgoing sent, String sentence) {
        local.delete(SENT);
        if (sent.paths().size() > 1) {
            namesMax = Math.max(1, sent.paths().size() / 2);
            return;
        }
        for (ByteString path : sent.paths()) {
            kept(local, path)
                    .ifPresent(kept -> save(
                            local,
                            kept.toBuilder()
                                    .setState(KeptShareState.SHARE_REFUSED)
                                    .setRefusal(sentence)
                                    .build()));
            local.delete(key(PENDING, path));
        }
    }

    /** At and under this path, all names with what became of them; empty path = everything. */
    public static List<KeptShare> list(OrderedStore local, ByteString root) {
        List<KeptShare> all = new ArrayList<>();
        for (byte[][] range : ranges(root)) {
            local.scan(range[0], range[1], false, (key, value) -> {
                all.add(parsed(KeptShare.parser(), value));
                return true;
            });
        }
        return all;
    }

    /** One of them. */
    public static Optional<KeptShare> kept(OrderedStore local, ByteString path) {
        return local.get(key(SHARE, path)).map(value -> parsed(KeptShare.parser(), value));
    }

    private long mark(Share share) {
        Audience audience = switch (share.getAudienceCase()) {
            case AUDIENCE_NOT_SET -> Audience.ALL;
            case ROOM -> Audience.room(share.getRoom());
            case ACCOUNT -> Audience.account(accountIndex.applyAsLong(share.getAccount()), share.getAccount());
        };
        byte[] record = ShareRecord.of(0, share, audience).encode();
        return ShareRecord.mark(share.getPath().toByteArray(), record);
    }

    private static Optional<KeptShare> kept(Transaction local, ByteString path) {
        return local.get(key(SHARE, path)).map(value -> parsed(KeptShare.parser(), value));
    }

    private static void save(Transaction local, KeptShare kept) {
        local.put(key(SHARE, kept.getShare().getPath()), kept.toByteArray());
    }

    private static <T extends MessageLite> T parsed(Parser<T> parser, byte[] value) {
        try {
            return parser.parseFrom(value);
        } catch (InvalidProtocolBufferException e) {
            throw new StoreException(
                    "A record of what this device shares cannot be read.", e, StoreException.Reason.DAMAGED);
        }
    }

    private static byte[] key(byte table, ByteString path) {
        byte[] key = Arrays.copyOf(new byte[] {table}, 1 + path.size());
        path.copyTo(key, 1);
        return key;
    }
}
