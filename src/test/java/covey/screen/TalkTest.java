package covey.screen;

import static org.assertj.core.api.Assertions.assertThat;

import covey.web.Json;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a typed line means and what an event shows. */
final class TalkTest {
    private final Talk talk = new Talk();

    private Talk.Shown heard(String event) {
        return talk.heard(Json.parse(event.replace('\'', '"')));
    }

    private Talk.Shown message(String conversation, String from) {
        return heard("{'type':'message','message':{'conversation':'" + conversation + "','from':'" + from
                + "','text':'hi','direction':'in'}}");
    }

    @Test
    void aLineGoesToThePartner() {
        talk.opened("@bob");
        assertThat(talk.typed("hello there")).isEqualTo(new Talk.Wish.Say("@bob", "hello there"));
        assertThat(talk.typed("//to")).isEqualTo(new Talk.Wish.Say("@bob", "/to"));
        assertThat(talk.typed("  ")).isEqualTo(new Talk.Wish.Idle(""));
    }

    @Test
    void slashCommandsAreUnderstood() {
        talk.opened("@bob");
        talk.offer(List.of("@carl", "#lab"));
        assertThat(talk.typed("/to @carl")).isEqualTo(new Talk.Wish.Open("@carl"));
        assertThat(talk.typed("/to carl")).isEqualTo(new Talk.Wish.Open("@carl"));
        assertThat(talk.typed("/to 2")).isEqualTo(new Talk.Wish.Open("#lab"));
        assertThat(talk.typed("/to")).isEqualTo(new Talk.Wish.Offer());
        assertThat(talk.typed("/history 5")).isEqualTo(new Talk.Wish.History(5));
        assertThat(talk.typed("/history")).isEqualTo(new Talk.Wish.History(20));
        assertThat(talk.typed("/leave")).isEqualTo(new Talk.Wish.Leave());
        assertThat(talk.typed("/quit")).isEqualTo(new Talk.Wish.Quit());
        assertThat(talk.typed("/who")).isEqualTo(new Talk.Wish.Who());
        assertThat(talk.typed("/nonsense")).isInstanceOf(Talk.Wish.Idle.class);
    }

    @Test
    void withoutAPartnerALineChooses() {
        talk.offer(List.of("@carl", "#lab"));
        assertThat(talk.typed("2")).isEqualTo(new Talk.Wish.Open("#lab"));
        assertThat(talk.typed("@dave")).isEqualTo(new Talk.Wish.Open("@dave"));
        assertThat(talk.typed("hello")).isInstanceOf(Talk.Wish.Idle.class);
        assertThat(talk.typed("3")).isInstanceOf(Talk.Wish.Idle.class);
        assertThat(talk.prompt()).isEqualTo("to> ");
    }

    @Test
    void whenThePartnerLeftAChoiceIsOfferedAndTypingOnStays() {
        talk.opened("@bob");
        assertThat(heard("{'type':'left','account':'bob'}").offers()).isTrue();
        talk.offer(List.of("@carl"));
        assertThat(talk.typed("see you tomorrow")).isEqualTo(new Talk.Wish.Say("@bob", "see you tomorrow"));
        assertThat(talk.typed("1")).isEqualTo(new Talk.Wish.Say("@bob", "1"));
    }

    @Test
    void whenThePartnerLeftANumberChooses() {
        talk.opened("@bob");
        talk.offer(List.of("@carl"));
        assertThat(talk.typed("1")).isEqualTo(new Talk.Wish.Open("@carl"));
    }

    @Test
    void someElsesLeavingOffersNothing() {
        talk.opened("@bob");
        assertThat(heard("{'type':'left','account':'carl'}").offers()).isFalse();
    }

    @Test
    void messagesOfThePartnerAreReadOthersAreCounted() {
        talk.opened("@bob");
        assertThat(message("@bob", "bob").isRead()).isTrue();
        assertThat(message("#lab", "carl").notes()).containsExactly("* @carl wrote in #lab (1 unread): /to #lab");
        assertThat(message("@carl", "carl").notes()).containsExactly("* @carl wrote (1 unread): /to @carl");
        assertThat(talk.bar()).contains("unread: #lab 1, @carl 1");
        talk.opened("#lab");
        assertThat(talk.bar()).doesNotContain("#lab 1").contains("@carl 1");
    }

    @Test
    void theBarTellsHubWayAndFate() {
        talk.opened("@bob");
        talk.hub("connected");
        talk.said("m1", "QUEUED");
        assertThat(talk.bar()).isEqualTo("hub connected | @bob | last: queued");
        heard("{'type':'state','id':'m1','state':'DELIVERED','reason':''}");
        heard("{'type':'state','id':'m0','state':'READ','reason':''}");
        assertThat(heard("{'type':'link','account':'bob','path':'direct','why':''}")
                        .notes())
                .containsExactly("Linked with @bob directly.");
        assertThat(talk.bar()).isEqualTo("hub connected | @bob direct | last: delivered");
    }

    @Test
    void aHubThatGoesAndComesIsToldOnce() {
        talk.hub("connected");
        assertThat(heard("{'type':'hub','state':'away','why':'it is shutting down'}")
                        .notes())
                .first()
                .asString()
                .contains("The hub is away: it is shutting down");
        assertThat(heard("{'type':'hub','state':'connecting','why':''}").notes())
                .isEmpty();
        assertThat(heard("{'type':'hub','state':'connected','why':''}").notes()).containsExactly("The hub is back.");
    }

    @Test
    void whatOtherCommandsSayIsShownOnceAndItsFateIsTold() {
        talk.opened("@bob");
        talk.said("m1", "QUEUED");
        String echo = "{'type':'message','message':{'id':'%s','conversation':'%s','direction':'out','state':'QUEUED'}}";
        echo = echo.replace("QUEUED", "STORED");
        assertThat(heard(echo.formatted("m1", "@bob")).messages()).isEmpty();
        assertThat(heard(echo.formatted("m2", "#lab")).messages()).isEmpty();
        Talk.Shown shown = heard(echo.formatted("m3", "@bob"));
        assertThat(shown.messages()).hasSize(1);
        assertThat(shown.isRead()).isFalse();
        heard("{'type':'state','id':'m3','state':'READ','reason':''}");
        assertThat(talk.bar()).contains("last: read");
    }

    @Test
    void whatIsOnItsWayIsShownWithItsFirstFateOrAfterAMoment() {
        talk.opened("@bob");
        String echo =
                "{'type':'message','message':{'id':'%s','conversation':'@bob','direction':'out','state':'QUEUED'}}";
        assertThat(heard(echo.formatted("m1")).messages()).isEmpty();
        assertThat(heard("{'type':'state','id':'m1','state':'DELIVERED','reason':''}")
                        .messages())
                .extracting(MessageText::state)
                .containsExactly("delivered");
        assertThat(talk.release("m1", Json.parse("{}"))).isEqualTo(Talk.Shown.NOTHING);

        heard(echo.formatted("m2"));
        assertThat(talk.isHeld("m2")).isTrue();
        assertThat(talk.release("m2", Json.parse("{}")).messages())
                .extracting(MessageText::state)
                .containsExactly("queued");
    }

    @Test
    void aFailedMessageIsToldWithItsReason() {
        assertThat(heard("{'type':'state','id':'x','state':'FAILED','reason':'the mailbox is full'}")
                        .notes())
                .containsExactly("Not sent: the mailbox is full");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{'type':'new kind'}", "{'type':'message'}", "{'type':'state'}"})
    void whatIsNotKnownShowsNothingBad(String event) {
        talk.opened("@bob");
        assertThat(heard(event).notes()).allSatisfy(note -> assertThat(note).doesNotContain("null"));
    }

    @Test
    void escapesOfOthersAreShownAndNotObeyed() {
        talk.opened("@bob");
        String warned =
                heard("{'type':'warning','text':'x\\u001b[2Jy'}").notes().getFirst();
        assertThat(warned).isEqualTo("x␛[2Jy");
    }
}
