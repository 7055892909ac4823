package covey.transfer;

import com.google.protobuf.ByteString;
import covey.content.ContentId;
import covey.wire.DeviceId;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.KeptTransfer;
import covey.wire.proto.KeptTransferState;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * One transfer as it is now.
 *
 * @param number by which a person names it
 * @param kept what survives a restart
 * @param progress while it is being fetched
 */
public record Transfer(long number, KeptTransfer kept, Optional<Progress> progress) {
    /** Where it stands. */
    public enum State {
        /** Somebody offered it; nobody accepted it here yet. */
        OFFERED,
        /** Wanted; its turn or a holder has not come. */
        WAITING,
        FETCHING,
        /** Stopped by hand; what is here stays. */
        PAUSED,
        DONE,
        FAILED,
        CANCELLED
    }

    public State state() {
        return switch (kept.getState()) {
            case TRANSFER_OFFERED -> State.OFFERED;
            case TRANSFER_WAITING -> progress.isPresent() ? State.FETCHING : State.WAITING;
            case TRANSFER_PAUSED -> State.PAUSED;
            case TRANSFER_DONE -> State.DONE;
            case TRANSFER_FAILED, UNRECOGNIZED -> State.FAILED;
            case TRANSFER_CANCELLED -> State.CANCELLED;
        };
    }

    /** It will not change by itself any more. */
    public boolean isEnded() {
        return kept.getState() != KeptTransferState.TRANSFER_WAITING
                && kept.getState() != KeptTransferState.TRANSFER_OFFERED;
    }

    public ContentId content() {
        return ContentId.of(kept.getContent());
    }

    /** Devices that may be asked; none = all. */
    public Set<DeviceId> only() {
        Set<DeviceId> only = new HashSet<>();
        kept.getOnlyList().forEach(device -> only.add(DeviceId.of(device)));
        return only;
    }

    /** What kind of trouble ended it, for FAILED. */
    public ErrorCode code() {
        return Optional.ofNullable(ErrorCode.forNumber(kept.getCode())).orElse(ErrorCode.INTERNAL);
    }

    static KeptTransfer.Builder kept(Wanted wanted) {
        KeptTransfer.Builder kept = KeptTransfer.newBuilder()
                .setContent(ByteString.copyFrom(wanted.content().toBytes()))
                .setName(wanted.name())
                .setBytes(wanted.bytes())
                .setFiles(wanted.files())
                .setSha256(wanted.sha256())
                .setTarget(wanted.target().toString())
                .setRenames(wanted.renames());
        wanted.only().forEach(device -> kept.addOnly(device.toByteString()));
        return kept;
    }
}
