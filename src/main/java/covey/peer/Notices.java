package covey.peer;

import covey.directory.DirectoryView;
import covey.store.Batch;
import covey.store.Keys;
import covey.wire.DeviceId;
import covey.wire.proto.DeviceEnrolled;
import covey.wire.proto.DirectoryEntry;
import covey.wire.proto.Enrolment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a person should hear of the directory before the next message goes out: devices that joined an account one already
 * knew. Kept until told in a conversation with that account. On the loop.
 */
final class Notices {
    /** Past it the oldest is dropped: the directory itself still shows every device. */
    static final int KEPT_MAX = 100;

    private final Self self;

    Notices(Self self) {
        this.self = self;
    }

    record Notice(String account, String text) {}

    /** What the new entries are worth telling. */
    List<Notice> of(DirectoryView before, List<DirectoryEntry> added) {
        List<Notice> notices = new ArrayList<>();
        for (DirectoryEntry entry : added) {
            DeviceEnrolled enrolled = entry.getDeviceEnrolled();
            boolean isFurther = entry.hasDeviceEnrolled()
                    && before.account(enrolled.getAccount())
                            .filter(account -> !account.devices().isEmpty())
                            .isPresent();
            if (isFurther) {
                notices.add(new Notice(enrolled.getAccount(), sentence(enrolled)));
            }
        }
        return notices;
    }

    private String sentence(DeviceEnrolled enrolled) {
        DeviceId device =
                covey.identity.Signatures.deviceId(enrolled.getPublicKey().toByteArray());
        String who = enrolled.getAccount().equals(self.account()) ? "You" : "@" + enrolled.getAccount();
        return who + " enrolled a new device \"" + enrolled.getName() + "\" (" + device.shortText() + "), "
                + how(enrolled.getEnrolment()) + ". Messages are sealed to it from now on; compare: covey verify @"
                + enrolled.getAccount();
    }

    static String how(Enrolment enrolment) {
        return switch (enrolment) {
            case BY_TOKEN -> "by a token";
            case BY_PASSWORD -> "by password";
            case BY_DEVICE -> "vouched for by another device";
            case BY_HUB -> "by the hub";
            case UNRECOGNIZED -> "in a way this version does not know";
        };
    }

    void keep(List<Notice> notices) {
        Batch batch = new Batch();
        List<byte[]> kept = new ArrayList<>();
        self.store().scan(Tables.notices(), Keys.end(Tables.notices()), false, (key, value) -> kept.add(key));
        long next = kept.isEmpty() ? 0 : Keys.read(kept.getLast()).skip(1).u64() + 1;
        for (Notice notice : notices) {
            batch.put(Tables.notice(next++), (notice.account + "\n" + notice.text).getBytes(StandardCharsets.UTF_8));
        }
        int excess = kept.size() + notices.size() - KEPT_MAX;
        kept.stream().limit(Math.max(0, excess)).forEach(batch::delete);
        if (!batch.isEmpty()) {
            self.store().write(batch, true);
        }
    }

    /** Takes what was not told yet about this account. */
    List<String> take(String account) {
        Batch batch = new Batch();
        List<String> texts = new ArrayList<>();
        self.store().scan(Tables.notices(), Keys.end(Tables.notices()), false, (key, value) -> {
            Notice notice = parse(value);
            if (notice.account.equals(account)) {
                texts.add(notice.text);
                batch.delete(key);
            }
            return true;
        });
        if (!batch.isEmpty()) {
            self.store().write(batch, false);
        }
        return texts;
    }

    List<String> all() {
        List<String> texts = new ArrayList<>();
        self.store()
                .scan(
                        Tables.notices(),
                        Keys.end(Tables.notices()),
                        false,
                        (key, value) -> texts.add(parse(value).text));
        return texts;
    }

    private static Notice parse(byte[] value) {
        String[] parts = new String(value, StandardCharsets.UTF_8).split("\n", 2);
        return new Notice(
                parts[0],
                Optional.of(parts).filter(p -> p.length > 1).map(p -> p[1]).orElse(""));
    }
}
