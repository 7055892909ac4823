package covey.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import covey.content.Imported;
import covey.content.Importer;
import covey.peer.Counts;
import covey.peer.PeerNode;
import covey.web.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Files, as a person would tell it. */
class FilesStoryTest extends Story {
    /** Shares that are not watched are looked at every 20 s. */
    private static final Duration BEFORE_THE_POLL = Duration.ofSeconds(10);

    @Test
    void whatIsHeldIsListedVerifiedAndCleanedUp() throws IOException {
        var anna = village.settle("anna");
        assertThat(anna.ask("content.ls").ok().list("contents")).isEmpty();
        Path report = file("report.pdf", 300_000);
        Imported imported = anna.contents().importer().scan(report, Importer.Options.STRICT);
        anna.contents().store().link(List.of(imported), "share");

        Json held = anna.ask("content.ls").ok().list("contents").getFirst();
        assertThat(held.text("content")).isEqualTo(imported.id().toString());
        assertThat(held.text("state")).isEqualTo("shared");
        assertThat(held.number("bytes")).isEqualTo(300_000);
        assertThat(held.list("places").getFirst().text())
                .isEqualTo(report.toRealPath().toString());
        assertThat(anna.ask("content.verify").ok().number("damaged")).isZero();

        Files.write(report, new byte[300_000]);
        assertThat(anna.ask("content.verify", "content", imported.id().toString())
                        .ok()
                        .number("damaged"))
                .isEqualTo(1);
        assertThat(anna.ask("content.ls").ok().list("contents").getFirst().text("state"))
                .isEqualTo("withdrawn");
        assertThat(String.join(" ", anna.on(PeerNode::warnings))).contains("report.pdf");
        anna.contents().store().release(imported.id(), "share");
        assertThat(anna.ask("content.gc").ok().number("removed")).isEqualTo(1);
        assertThat(Files.exists(report)).isTrue();
    }

    @Test
    void nobodyElseOnThisMachineLooksIntoTheBlockStore() throws IOException {
        var anna = village.settle("anna");
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(anna.home().resolve("blocks"))))
                .isEqualTo("rwx------");
        assertThat(anna.ask("content.verify", "content", "nonsense").refusal()).contains("is no content id");
    }

    private static Json transfer(Village.Villager who) {
        return who.ask("transfers").ok().list("transfers").getFirst();
    }

    private static Json offerTo(Village.Villager who) {
        await().atMost(PATIENCE)
                .until(() -> !who.ask("transfers").ok().list("transfers").isEmpty()
                        || who.ask("inbox", "all", true).ok().list("messages").stream()
                                .anyMatch(message ->
                                        !message.at("attachment").text("name").isEmpty()));
        return who.ask("inbox", "all", true).ok().list("messages").getLast().at("attachment");
    }

    @Test
    void anOfferedFileIsFetchedFromItsSenderAndNobodyElseGetsIt() throws Exception {
        var anna = village.settle("anna");
        var bob = village.settle("bob");
        var eve = village.settle("eve");
        village.meet();
        Path report = file("report.pdf", 3_000_000);
        anna.ask("send.file", "to", "@bob", "file", report.toString(), "waitMillis", 5_000)
                .ok();

        Json offer = offerTo(bob);
        assertThat(offer.text("name")).isEqualTo("report.pdf");
        Json fetched = bob.ask("get", "ref", Long.toString(offer.number("number")))
                .ok()
                .at("transfer");
        assertThat(fetched.text("state")).isEqualTo("done");
        Path target = Path.of(fetched.text("target"));
        assertThat(target).isEqualTo(bob.home().resolve("files/report.pdf").toRealPath());
        assertThat(Files.mismatch(target, report)).isEqualTo(-1);
        assertThat(anna.ask("transfers").ok().number("servedBytes")).isGreaterThanOrEqualTo(3_000_000);

        String refusal = eve.ask("get", "ref", offer.text("content"), "from", List.of("anna"))
                .refusal();
        assertThat(refusal).contains("it is not offered to @eve");
    }

    @Test
    void aFetchGoesOnByItselfAfterARestartAndFetchesNothingTwice() throws Exception {
        var anna = village.settle("anna");
        var bob = village.settle("bob");
        bob.sleep();
        bob.downloadBytesPerSecond = 5_000_000;
        bob.wake();
        village.meet();
        Path tree = folder.resolve("tree");
        Path sub = Files.createDirectories(tree.resolve("sub"));
        for (int i = 0; i < 20; i++) {
            Files.move(file("part" + i, 500_000), sub.resolve("part" + i));
        }
        anna.ask("send.file", "to", "@bob", "file", tree.toString()).ok();
        long number = offerTo(bob).number("number");
        bob.ask("get", "ref", Long.toString(number), "detach", true).ok();
        await().atMost(PATIENCE).until(() -> transfer(bob).number("haveBytes") > 0);
        bob.sleep();
        assertThat(bob.home().resolve("files/tree")).doesNotExist();
        bob.wake();
        await().atMost(PATIENCE).until(() -> transfer(bob).text("state").equals("done"));
        Json fetched = transfer(bob);
        assertThat(Files.mismatch(Path.of(fetched.text("target")).resolve("sub/part7"), sub.resolve("part7")))
                .isEqualTo(-1);
        assertThat(anna.ask("transfers").ok().number("servedBytes")).isLessThan(11_000_000);
    }

    @Test
    void aSharedFileIsFoundAndFetchedFromAllWhoHaveIt() throws Exception {
        var anna = village.settle("anna");
        var bob = village.settle("bob");
        var carl = village.settle("carl");
        Path papers = folder.resolve("papers");
        Path year = Files.createDirectories(papers.resolve("2026"));
        Path report = Files.move(file("report", 20_000_000), year.resolve("annual report.pdf"));
        Path copy = Files.copy(report, folder.resolve("copy.pdf"));
        anna.ask("share", "path", papers.toString()).ok();
        bob.ask("share", "path", copy.toString(), "as", "report-of-bob.pdf").ok();

        await().atMost(PATIENCE)
                .until(() -> carl.on(PeerNode::isSettled)
                        && carl.ask("search", "text", "report type:pdf").ok().list("results").stream()
                                .anyMatch(one -> one.number("devices") == 2));
        Json result = carl.ask("search", "text", "\"annual report\"")
                .ok()
                .list("results")
                .getFirst();
        assertThat(result.text("path")).isEqualTo("papers/2026/annual report.pdf");
        assertThat(carl.ask("lookup", "id", result.text("sha256")).ok().list("holders"))
                .extracting(one -> one.text("account"))
                .containsExactlyInAnyOrder("anna", "bob");

        Json fetched = carl.ask("get", "ref", result.text("number")).ok().at("transfer");
        Path target = Path.of(fetched.text("target"));
        assertThat(target.getFileName()).hasToString("annual report.pdf");
        assertThat(Files.mismatch(target, report)).isEqualTo(-1);
        assertThat(anna.ask("transfers").ok().number("servedBytes")).isPositive();
        assertThat(bob.ask("transfers").ok().number("servedBytes")).isPositive();

        Json folderToo = carl.ask("get", "ref", "@anna/papers").ok().at("transfer");
        assertThat(Files.mismatch(Path.of(folderToo.text("target")).resolve("2026/annual report.pdf"), report))
                .isEqualTo(-1);
        anna.ask("share.rm", "name", "papers").ok();
        await().atMost(PATIENCE)
                .until(() -> carl.ask("search", "text", "annual")
                        .ok()
                        .list("results")
                        .isEmpty());
    }

    @Test
    void aChangeInAWatchedFolderIsFoundSoon() throws Exception {
        var anna = village.settle("anna");
        Path papers = Files.createDirectories(folder.resolve("papers"));
        Files.move(file("first.txt", 1_000), papers.resolve("first.txt"));
        anna.ask("share", "path", papers.toString()).ok();
        Json shared = anna.ask("share.ls").ok().list("shares").getFirst();
        assumeTrue(shared.flag("watched"), "the system tells of no changes here");

        Path deep = Files.createDirectories(papers.resolve("new/deeper"));
        Files.move(file("second.txt", 1_000), deep.resolve("second.txt"));
        await().atMost(BEFORE_THE_POLL)
                .until(() -> anna.ask("share.ls").ok().list("shares").getFirst().number("told") == 3);
        Files.move(file("third.txt", 1_000), deep.resolve("third.txt")); // a folder that came later is watched, too
        Files.delete(papers.resolve("first.txt"));
        await().atMost(BEFORE_THE_POLL)
                .until(() ->
                        anna.ask("search", "text", "third").ok().list("results").size() == 1
                                && anna.ask("search", "text", "first")
                                        .ok()
                                        .list("results")
                                        .isEmpty());
    }

    @Test
    void manyNamesAreRegisteredByTheBulkConnection() throws Exception {
        var anna = village.settle("anna");
        Path many = Files.createDirectories(folder.resolve("many"));
        for (int i = 0; i < 1_000; i++) {
            Files.writeString(many.resolve("number " + i + ".txt"), "number " + i);
        }
        anna.ask("share", "path", many.toString()).ok();
        await().atMost(PATIENCE)
                .until(() -> anna.ask("share.ls").ok().list("shares").getFirst().number("told") == 1_001);
        await().atMost(PATIENCE)
                .until(() -> anna.ask("search", "text", "\"number 777\"")
                                .ok()
                                .list("results")
                                .size()
                        == 1);
        assertThat(anna.node().counts().value(Counts.Count.COMMANDS_SENT)).isLessThan(6);
    }

    @Test
    void whatIsForOneAccountIsFoundByNobodyElse() throws Exception {
        var anna = village.settle("anna");
        var bob = village.settle("bob");
        var eve = village.settle("eve");
        village.meet();
        Path secret = file("secret.txt", 100_000);
        anna.ask("share", "path", secret.toString(), "to", "bob").ok();
        anna.ask("share", "path", file("plan.txt", 200_000).toString(), "to", "bob")
                .ok();
        for (String name : List.of("secret", "plan")) {
            await().atMost(PATIENCE)
                    .until(() -> !bob.ask("search", "text", name)
                            .ok()
                            .list("results")
                            .isEmpty());
        }
        String id = bob.ask("search", "text", "secret")
                .ok()
                .list("results")
                .getFirst()
                .text("content");
        assertThat(eve.ask("search", "text", "secret").ok().list("results")).isEmpty();
        assertThat(eve.ask("lookup", "id", id).refusal()).contains("NOT_FOUND");
        assertThat(eve.ask("get", "ref", id, "from", List.of("anna")).refusal()).contains("@eve");
        assertThat(bob.ask("get", "ref", id).ok().at("transfer").text("state")).isEqualTo("done");

        String other = bob.ask("search", "text", "plan")
                .ok()
                .list("results")
                .getFirst()
                .text("content");
        village.stopHub(); // the cached directory says who may
        await().atMost(PATIENCE).until(() -> !anna.on(node -> node.hub().isConnected()));
        assertThat(bob.ask("get", "ref", other, "from", List.of("anna"))
                        .ok()
                        .at("transfer")
                        .text("state"))
                .isEqualTo("done");
    }

    @Test
    void aFetchThatBeganWithAHubGoesOnWithoutOne() throws Exception {
        var anna = village.settle("anna");
        var bob = village.settle("bob");
        bob.sleep();
        bob.downloadBytesPerSecond = 5_000_000;
        bob.wake();
        village.meet();
        anna.ask("share", "path", file("movie", 10_000_000).toString()).ok();
        await().atMost(PATIENCE)
                .until(() ->
                        !bob.ask("search", "text", "movie").ok().list("results").isEmpty());
        Village.Asked first = bob.ask("get", "ref", "1");
        await().atMost(PATIENCE).until(() -> first.events.stream().anyMatch(event -> event.number("haveBytes") > 0));
        village.stopHub();
        bob.sleep();
        bob.wake();
        await().atMost(PATIENCE).until(() -> transfer(bob).text("state").equals("done"));
        assertThat(anna.ask("transfers").ok().number("servedBytes")).isLessThan(12_000_000);
    }

    @Test
    void whoWaitsForNobodyIsToldAndTheFetchGoesOnWhenTheyComeBack() throws Exception {
        var anna = village.settle("anna");
        var bob = village.settle("bob");
        village.meet();
        anna.ask("send.file", "to", "@bob", "file", file("report", 100_000).toString())
                .ok();
        String number = Long.toString(offerTo(bob).number("number"));
        anna.sleep();
        assertThat(bob.ask("get", "ref", number, "waitMillis", 1_500).refusal())
                .startsWith("UNREACHABLE")
                .contains("covey transfers");
        anna.wake();
        await().atMost(PATIENCE).until(() -> transfer(bob).text("state").equals("done"));
    }
}
