package covey.cli;

import covey.identity.DeviceKeys;
import covey.identity.Token;
import covey.node.Enrolment;
import covey.node.HomeLock;
import covey.node.Logs;
import covey.node.PeerFolder;
import covey.screen.Exit;
import covey.screen.SafeText;
import covey.transport.NettyTransport;
import covey.transport.TransportSettings;
import covey.wire.Names;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What `join` and `login` have in common: flags, and how an enrolment goes. */
final class Enrolling {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec command;

    @Parameters(arity = "0..1", paramLabel = "NAME")
    private String name = "";

    @Option(names = "--account", paramLabel = "NAME")
    private String account = "";

    @Option(names = "--token-file", paramLabel = "F")
    private String tokenFile = "";

    @Option(names = "--password-file", paramLabel = "F")
    private String passwordFile = "";

    @Option(names = "--device-name", paramLabel = "TEXT")
    private String deviceName = "";

    /**
     * Whose device this becomes: NAME and --account NAME mean the same. A home that has an account is refused here,
     * before anything is asked.
     */
    String account() {
        new PeerFolder(verb().home().peer()).requireNoAccount();
        if (name.isEmpty() == account.isEmpty()) {
            throw Exit.USAGE.because(
                    name.isEmpty()
                            ? "Which account? Say its name: covey " + command.name() + " NAME (or --account NAME)."
                            : "The account is named twice, as " + name + " and as " + account + ". Say it once.");
        }
        return Names.account(Verb.account(name + account));
    }

    String deviceName() {
        return DeviceName.orMachine(deviceName);
    }

    String password() {
        return verb().secrets().read("password", passwordFile, "Password: ");
    }

    String newPassword() {
        return verb().secrets().readNew("password", passwordFile, "New password (at least 8 characters): ");
    }

    private Verb verb() {
        return (Verb) command.userObject();
    }

    Token token(String prompt) {
        String text = verb().secrets().read("token", tokenFile, prompt);
        try {
            return Token.parse(text.strip());
        } catch (IllegalArgumentException e) {
            throw Exit.USAGE.because("This is no token: " + e.getMessage());
        }
    }

    Exit run(Function<Enrolment.Transports, Enrolment> contact, Function<Enrolment, Enrolment.Enrolled> enrol) {
        Verb verb = verb();
        verb.covey().exitOrderly();
        Logs.quiet();
        verb.home().prepare();
        try (HomeLock lock = HomeLock.acquire(verb.home());
                Enrolment enrolment = contact.apply((DeviceKeys keys) ->
                        new NettyTransport(verb.shell().env(), keys, TransportSettings.defaults()))) {
            Enrolment.Enrolled enrolled = enrol.apply(enrolment);
            verb.say("This machine is now a device of @" + enrolled.account() + " in the network '"
                    + SafeText.line(enrolment.networkName()) + "'. Start it with `covey peer run`.");
            if (enrolled.furtherDevice()) {
                verb.say(Enrolment.OLD_MAIL);
            }
            assert lock.isOpen();
            return Exit.OK;
        }
    }
}
