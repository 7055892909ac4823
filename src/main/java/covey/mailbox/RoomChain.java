package covey.mailbox;

import com.google.protobuf.ByteString;
import covey.identity.DeviceKeys;
import covey.identity.Purpose;
import covey.identity.Signatures;
import covey.store.Keys;
import covey.store.Sha256;
import covey.wire.DeviceId;
import covey.wire.Limits;
import covey.wire.proto.RoomChange;
import covey.wire.proto.RoomChangeKind;
import covey.wire.proto.RoomStatement;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Who is in a private room, as the statements of its members say, one per epoch. Each is signed over the room, the
 * epoch, what changes and the hash of the chain before it, so the hub can neither add nor drop nor reorder one.
 * Immutable.
 *
 * @param epoch of the last statement, 0 before the first
 * @param hash of the chain up to it
 */
public record RoomChain(ByteString room, long epoch, ByteString hash, SortedSet<String> members) {
    private static final int HASH_BYTES = 32;

    public RoomChain {
        members = Collections.unmodifiableSortedSet(new TreeSet<>(members));
    }

    /** A statement that does not follow from those before it, or that nobody signed who may. */
    public static final class BrokenException extends Exception {
        private static final long serialVersionUID = 1L;

        private final String sentence;

        BrokenException(String sentence) {
            super(sentence);
            this.sentence = sentence;
        }

        @Override
        public String getMessage() {
            return sentence;
        }
    }

    /** What is known of the devices that sign. */
    public interface Signers {
        /** SubjectPublicKeyInfo of any device that was ever enrolled. */
        Optional<byte[]> publicKey(DeviceId device);

        /** The account for which a device was enrolled, revoked meanwhile or not: old statements name such devices. */
        Optional<String> enrolledFor(DeviceId device);
    }

    public static RoomChain start(ByteString room) {
        return new RoomChain(room, 0, ByteString.copyFrom(new byte[HASH_BYTES]), Collections.emptySortedSet());
    }

    /** The change that the own device proposes as the next one. */
    public RoomChange propose(DeviceKeys keys, RoomChangeKind kind, String account) {
        byte[] signature = keys.sign(Purpose.ROOM_MEMBER, signed(kind, account));
        return RoomChange.newBuilder()
                .setRoom(room)
                .setEpoch(epoch + 1)
                .setKind(kind)
                .setAccount(account)
                .setSignature(ByteString.copyFrom(signature))
                .build();
    }

    /** The chain with one more statement, once it is checked. */
    public RoomChain with(RoomStatement statement, Signers signers) throws BrokenException {
        RoomChange change = statement.getChange();
        if (!change.getRoom().equals(room) || change.getEpoch() != epoch + 1) {
            throw new BrokenException("statement of epoch " + change.getEpoch() + " (expected: " + (epoch + 1) + ")");
        }
        String by = statement.getByAccount();
        checkSigned(statement, signers);
        SortedSet<String> next = apply(change.getKind(), by, change.getAccount());
        byte[][] parts = signed(change.getKind(), change.getAccount());
        byte[] hashed = digest(
                parts,
                by.getBytes(StandardCharsets.UTF_8),
                statement.getByDevice().toByteArray());
        return new RoomChain(room, change.getEpoch(), ByteString.copyFrom(hashed), next);
    }

    private void checkSigned(RoomStatement statement, Signers signers) throws BrokenException {
        ByteString device = statement.getByDevice();
        Optional<DeviceId> signer =
                device.size() == DeviceId.BYTES ? Optional.of(DeviceId.of(device)) : Optional.empty();
        Optional<byte[]> publicKey = signer.flatMap(signers::publicKey);
        boolean isTheirs = signer.flatMap(signers::enrolledFor)
                .filter(statement.getByAccount()::equals)
                .isPresent();
        RoomChange change = statement.getChange();
        boolean isSigned = isTheirs
                && publicKey.isPresent()
                && Signatures.verify(
                        publicKey.get(),
                        Purpose.ROOM_MEMBER,
                        change.getSignature().toByteArray(),
                        signed(change.getKind(), change.getAccount()));
        if (!isSigned) {
            throw new BrokenException("statement of epoch " + change.getEpoch() + " is not signed by a device of @"
                    + statement.getByAccount());
        }
    }

    private SortedSet<String> apply(RoomChangeKind kind, String by, String account) throws BrokenException {
        boolean isAllowed = switch (kind) {
            case CREATED -> epoch == 0 && by.equals(account);
            case INVITE_MEMBER -> members.contains(by) && !members.contains(account);
            case KICK -> members.contains(by) && members.contains(account);
            case LEAVE_ROOM -> members.contains(by) && by.equals(account);
            case JOIN_ROOM, UNRECOGNIZED -> false;
        };
        if (!isAllowed || account.isEmpty() || account.length() > Limits.ACCOUNT_NAME_CHARS_MAX) {
            throw new BrokenException("@" + by + " may not do this: " + kind + " @" + account);
        }
        return changed(members, kind, account);
    }

    /** The members after a change that was checked before. */
    public static SortedSet<String> changed(SortedSet<String> members, RoomChangeKind kind, String account) {
        TreeSet<String> next = new TreeSet<>(members);
        switch (kind) {
            case CREATED, INVITE_MEMBER, JOIN_ROOM -> next.add(account);
            case KICK, LEAVE_ROOM -> next.remove(account);
            case UNRECOGNIZED -> {}
        }
        return next;
    }

    private byte[][] signed(RoomChangeKind kind, String account) {
        return new byte[][] {
            room.toByteArray(),
            Keys.of(kind == RoomChangeKind.UNRECOGNIZED ? 254 : kind.getNumber())
                    .u64(epoch + 1)
                    .build(),
            account.getBytes(StandardCharsets.UTF_8),
            hash.toByteArray()
        };
    }

    private static byte[] digest(byte[][] parts, byte[] by, byte[] device) {
        List<byte[]> all = new ArrayList<>();
        for (byte[] part : parts) {
            all.add(Keys.of(0).u32(part.length).build());
            all.add(part);
        }
        all.addAll(List.of(Keys.of(0).u32(by.length).build(), by, device));
        return Sha256.of(all.toArray(byte[][]::new));
    }
}
