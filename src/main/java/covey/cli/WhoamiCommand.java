package covey.cli;

import covey.screen.Exit;
import picocli.CommandLine.Command;

@Command(name = "whoami")
final class WhoamiCommand extends Reading {
    private static final String SHOWN = """
            account  {person:account}
            role     {role}
            device   {deviceName} ({id:device})
            network  {networkName} ({id:network})""";

    @Override
    Exit run() {
        asked("whoami").ifPresent(answer -> table(answer, SHOWN).print(shell()));
        return Exit.OK;
    }
}
