package covey.cli;

import picocli.CommandLine.Command;

@Command(name = "status")
final class HubStatusCommand extends Reading {
    private static final String SHOWN = """
            network    {networkName} ({id:network})
            listens    {listen}
            key        {words:keyWords}
            leader     {leader}, term {term}
            log        {appliedIndex} entries, level {level}
            accounts   {accounts}, {devices} devices, {sessions} online
            directory  {directorySize} entries
            mail       {mailWaiting} waiting
            relayed    {relayedFrames} frames
            process    pid {pid}, since {time:startedMillis}
            survives   {survives}""";

    @Override
    Exit run() {
        asked("hub.status").ifPresent(answer -> table(answer, SHOWN).print(shell()));
        return Exit.OK;
    }
}
