package covey.cli;

import covey.identity.DeviceKeys;
import covey.identity.Token;
import covey.node.Enrolment;
import covey.node.HomeLock;
import covey.node.Logs;
import covey.transport.NettyTransport;
import covey.transport.TransportSettings;
import java.util.function.Function;

/** What `join` and `login` have in common. */
final class Enrolling {
    private final Verb verb;

    Enrolling(Verb verb) {
        this.verb = verb;
    }

    Token token(String file, String prompt) {
        String text = verb.secrets().read("token", file, prompt);
        try {
            return Token.parse(text.strip());
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(Exit.USAGE, "This is no token: " + e.getMessage());
        }
    }

    Exit run(Function<Enrolment.Transports, Enrolment> contact, Function<Enrolment, Enrolment.Enrolled> enrol) {
        verb.covey().exitOrderly();
        Logs.quiet();
        verb.home().prepare();
        try (HomeLock lock = HomeLock.acquire(verb.home());
                Enrolment enrolment = contact.apply((DeviceKeys keys) ->
                        new NettyTransport(verb.shell().env(), keys, TransportSettings.defaults()))) {
            Enrolment.Enrolled enrolled = enrol.apply(enrolment);
            verb.say("This machine is now a device of @" + enrolled.account() + " in the network '"
                    + SafeText.line(enrolment.networkName()) + "'. Start it with: covey peer run");
            if (enrolled.furtherDevice()) {
                verb.say(Enrolment.OLD_MAIL);
            }
            assert lock.isOpen();
            return Exit.OK;
        }
    }
}
