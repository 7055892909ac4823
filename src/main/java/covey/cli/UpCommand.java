package covey.cli;

import covey.node.Config;
import covey.node.Start;
import covey.node.UpProcess;
import covey.screen.Exit;
import covey.wire.Names;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "up")
final class UpCommand extends ProcessCommand {
    @Mixin
    private HubFlags flags = new HubFlags();

    @Option(names = "--account", paramLabel = "NAME")
    private String account = "";

    @Option(names = "--password-file", paramLabel = "F")
    private String passwordFile = "";

    @Option(names = "--device-name", paramLabel = "TEXT")
    private String deviceName = "";

    @Override
    SettingFlags flags() {
        return flags;
    }

    @Override
    void check(Config config) {
        UpProcess.check(home(), config);
    }

    @Override
    Optional<String> runHere(Start start) throws InterruptedException {
        return UpProcess.run(start, first());
    }

    @Override
    Detached detached() {
        Optional<UpProcess.FirstAccount> first = first();
        if (first.isEmpty()) {
            return new Detached(List.of(), "");
        }
        List<String> more = new ArrayList<>();
        if (account.isEmpty()) {
            more.addAll(List.of("--account", first.get().name()));
        }
        if (passwordFile.isEmpty()) {
            more.addAll(List.of("--password-file", "-"));
        }
        return new Detached(more, first.get().password());
    }

    private Optional<UpProcess.FirstAccount> first() {
        if (!UpProcess.needsAccount(home())) {
            return Optional.empty();
        }
        if (account.isEmpty() && shell().person().isThere()) {
            say("This is the first start in " + home() + ": it makes a new network and its first account.");
        }
        String name = account.isEmpty() ? secrets().threeTries(this::askName) : Names.account(account(account));
        String password = secrets().readNew("password", passwordFile, "Password (at least 8 characters): ");
        return Optional.of(new UpProcess.FirstAccount(name, password, DeviceName.orMachine(deviceName)));
    }

    private String askName() {
        if (!shell().person().isThere()) {
            throw Exit.USAGE.because("The first start makes an account, and there is no terminal to ask for its name."
                    + " Give it"
                    + " with --account NAME.");
        }
        String typed = shell().person()
                .line("Account name: ")
                .orElseThrow(() -> Exit.INTERRUPTED.because("No account name was typed."));
        return Names.account(account(typed.strip()));
    }
}
