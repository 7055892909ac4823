package covey.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import covey.chat.Attachment;
import covey.content.ContentId;
import covey.peer.PeerNode;
import covey.web.Json;
import covey.wire.proto.Command;
import covey.wire.proto.Register;
import covey.wire.proto.Share;
import covey.wire.proto.ShareKind;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who gets which bytes, and what is fetched unasked, whatever others claim. */
class WhoMayFetchStoryTest extends Story {
    private static Json found(Village.Villager who, String words) {
        await().atMost(PATIENCE)
                .until(() ->
                        !who.ask("search", "text", words).ok().list("results").isEmpty());
        return who.ask("search", "text", words).ok().list("results").getFirst();
    }

    private static List<Json> transfers(Village.Villager who) {
        who.ask("inbox", "all", true).ok(); // offers are made of the messages that are looked at
        return who.ask("transfers").ok().list("transfers");
    }

    private static Json transfer(Village.Villager who, String name) {
        await().atMost(PATIENCE)
                .until(() ->
                        transfers(who).stream().anyMatch(one -> one.text("name").equals(name)));
        return transfers(who).stream()
                .filter(one -> one.text("name").equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static void isIn(Village.Villager who, String name, String state) {
        await().atMost(PATIENCE).until(() -> transfer(who, name).text("state").equals(state));
    }

    private Village.Villager fetchingSlowly(String account) throws Exception {
        var villager = village.settle(account);
        villager.sleep();
        villager.downloadBytesPerSecond = 2_000_000;
        villager.wake();
        return villager;
    }

    private static void isUnderWay(Village.Asked fetching) {
        await().atMost(PATIENCE).until(() -> fetching.events.stream().anyMatch(event -> event.number("haveBytes") > 0));
    }

    /** As a client would that is not ours. */
    private static void claimsToShare(Village.Villager who, String content, Optional<byte[]> sha256) {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        Share share = Share.newBuilder()
                .setPath(ByteString.copyFromUtf8("x"))
                .setContent(ByteString.copyFrom(ContentId.parse(content).toBytes()))
                .setSize(100_000)
                .setPlain(ByteString.copyFrom(sha256.orElse(new byte[0])))
                .setKind(sha256.isPresent() ? ShareKind.SHARED_FILE : ShareKind.SHARED_FOLDER)
                .build();
        who.on(node -> {
            node.command(
                    Command.newBuilder()
                            .setRegister(Register.newBuilder().addShares(share))
                            .build(),
                    result -> done.complete(!result.hasProblem()));
            return true;
        });
        assertThat(done.join()).isTrue();
    }

    @Test
    void whoOnlyKnowsTheIdOfAContentGetsNoBytes() throws Exception {
        var anna = village.settle("anna");
        var bob = village.settle("bob");
        var eve = village.settle("eve");
        village.meet();
        anna.ask("share", "path", file("plan.txt", 100_000).toString(), "to", "bob")
                .ok();
        String plan = found(bob, "plan").text("content");

        claimsToShare(eve, plan, Optional.empty());

        assertThat(eve.ask("lookup", "id", plan).ok().list("holders"))
                .extracting(one -> one.text("account"))
                .containsExactly("eve");
        assertThat(eve.ask("get", "ref", plan, "from", List.of("anna")).refusal())
                .startsWith("DENIED")
                .contains("it is not shared with @eve");
        assertThat(bob.ask("get", "ref", plan).ok().at("transfer").text("state"))
                .isEqualTo("done");
        assertThat(eve.ask("get", "ref", plan, "from", List.of("bob")).refusal())
                .contains("does not share it with @eve");
    }

    @Test
    void aFileWithAnotherSha256ThanItsSharerSaysIsNotPutInPlace() throws Exception {
        var anna = village.settle("anna");
        var bob = village.settle("bob");
        village.meet();
        anna.ask("share", "path", file("plan.txt", 100_000).toString()).ok();
        String plan = found(bob, "plan").text("content");
        byte[] wanted = new byte[32];
        claimsToShare(anna, plan, Optional.of(wanted));
        String sha256 = HexFormat.of().formatHex(wanted);
        await().atMost(PATIENCE)
                .until(() -> !bob.ask("lookup", "id", sha256).refusal().contains("NOT_FOUND"));

        assertThat(bob.ask("get", "ref", sha256).refusal())
                .startsWith("DAMAGED")
                .contains("another SHA-256");
        assertThat(bob.home().resolve("files/x")).doesNotExist();
    }

    @Test
    void whatIsSharedNoMoreIsServedNoMoreAtOnce() throws Exception {
        var anna = village.settle("anna");
        var bob = fetchingSlowly("bob");
        village.meet();
        anna.ask("share", "path", file("film", 10_000_000).toString()).ok();
        anna.ask("share", "path", file("plan.txt", 100_000).toString()).ok();
        String film = found(bob, "film").text("content");
        found(bob, "plan");
        Village.Asked fetching = bob.ask("get", "ref", film);
        isUnderWay(fetching);

        anna.ask("share.rm", "name", "film").ok();

        assertThat(fetching.refusal()).contains("does not share it with @bob (any more)");
        assertThat(bob.ask("get", "ref", film, "from", List.of("anna")).refusal())
                .contains("@bob (any more)");
        village.stopHub();
        await().atMost(PATIENCE).until(() -> !anna.on(node -> node.hub().isConnected()));
        anna.ask("share.rm", "name", "plan.txt").ok();
        assertThat(bob.ask("get", "ref", "1", "from", List.of("anna")).refusal())
                .as("what the hub could not be told")
                .contains("@bob (any more)");
    }

    @Test
    void whoIsRevokedOrBlockedDoesNotGoOnFetching() throws Exception {
        var anna = village.settle("anna");
        var bob = fetchingSlowly("bob");
        var eve = fetchingSlowly("eve");
        village.meet();
        anna.ask("share", "path", file("film", 12_000_000).toString()).ok();
        found(bob, "film");
        found(eve, "film");
        Village.Asked bobs = bob.ask("get", "ref", "1");
        Village.Asked eves = eve.ask("get", "ref", "1", "from", List.of("anna"));
        isUnderWay(bobs);
        isUnderWay(eves);

        anna.ask("block", "account", "eve", "blocked", true).ok();
        assertThat(eves.refusal()).contains("it is not for @eve");
        bob.logOut(); // his process goes on, as a stolen laptop's would
        assertThat(bobs.refusal()).contains("was revoked");
        assertThat(anna.ask("transfers").ok().number("servedBytes")).isLessThan(20_000_000);
    }

    @Test
    void whoSendsOtherBytesThanPromisedIsNamed() throws Exception {
        var anna = village.settle("anna");
        var bob = fetchingSlowly("bob");
        var carl = village.settle("carl");
        village.meet();
        anna.ask("share", "path", file("film", 40_000_000).toString()).ok();
        String film = found(bob, "film").text("content");
        bob.ask("get", "ref", film, "detach", true).ok();
        await().atMost(PATIENCE)
                .until(() -> carl.ask("lookup", "id", film).ok().list("holders").stream()
                        .anyMatch(one -> one.text("account").equals("bob")));
        spoilBlocks(bob);

        assertThat(carl.ask("get", "ref", film, "from", List.of("bob")).refusal())
                .startsWith("DAMAGED")
                .contains("Nobody is left");
        assertThat(String.join(" ", carl.on(PeerNode::warnings)))
                .contains("@bob's device")
                .contains("other bytes than it promised");
    }

    /** A disk that forgets, or somebody who lies. */
    private static void spoilBlocks(Village.Villager who) throws Exception {
        try (Stream<Path> files = Files.walk(who.home().resolve("blocks"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    channel.write(ByteBuffer.allocate((int) channel.size()));
                }
            }
        }
    }

    @Test
    void anOfferThatIsTakenBackIsServedNoMore() throws Exception {
        var anna = village.settle("anna");
        var bob = village.settle("bob");
        village.meet();
        anna.ask("send.file", "to", "@bob", "file", file("wrong.txt", 100_000).toString())
                .ok();
        isIn(bob, "wrong.txt", "offered");
        Json offer = anna.ask("transfers").ok().list("offers").getFirst();

        assertThat(anna.ask("cancel", "number", offer.number("number"))
                        .ok()
                        .at("offer")
                        .text("to"))
                .isEqualTo("@bob");

        assertThat(anna.ask("transfers").ok().list("offers")).isEmpty();
        long number = transfer(bob, "wrong.txt").number("number");
        assertThat(bob.ask("get", "ref", Long.toString(number)).refusal()).contains("not offered to @bob (any more)");
        assertThat(Files.exists(folder.resolve("wrong.txt"))).isTrue();
    }

    @Test
    void nothingIsFetchedUnaskedWhenOffersAreToBeAsked() throws Exception {
        var anna = village.settle("anna");
        var bob = village.settle("bob");
        village.meet();
        anna.ask("send.file", "to", "@bob", "file", file("empty.txt", 0).toString())
                .ok();
        anna.ask("send.file", "to", "@bob", "file", file("later.txt", 5).toString())
                .ok();
        isIn(bob, "later.txt", "offered");
        assertThat(transfer(bob, "empty.txt").text("state")).isEqualTo("offered");
        assertThat(bob.home().resolve("files")).doesNotExist();
    }

    @Test
    void offersAreFetchedUnaskedUpToASizeAndWhatIsLargerThanItsSenderSaidIsNot() throws Exception {
        var anna = village.settle("anna");
        var bob = village.settle("bob");
        bob.sleep();
        bob.acceptBytesMax = 1_000_000;
        bob.wake();
        village.meet();
        Path huge = file("huge.bin", 3_000_000);
        anna.ask("send.file", "to", "@bob", "file", huge.toString()).ok();
        anna.ask("send.file", "to", "@bob", "file", file("small.bin", 500_000).toString())
                .ok();
        isIn(bob, "small.bin", "done");
        assertThat(transfer(bob, "huge.bin").text("state")).isEqualTo("offered");

        Attachment lie = new Attachment(anna.contents().offer(huge, "@bob").content(), "lie.bin", 1, 1, "");
        anna.on(node -> node.chat().send("@bob", "look", lie));

        isIn(bob, "lie.bin", "failed");
        Json refused = transfer(bob, "lie.bin");
        assertThat(refused.text("why")).contains("3.0 MB", "1 byte", "@anna said");
        assertThat(bob.home().resolve("files/lie.bin")).doesNotExist();
        assertThat(bob.ask("get", "ref", refused.text("number"))
                        .ok()
                        .at("transfer")
                        .text("state"))
                .isEqualTo("done");
    }
}
