package covey.cli;

import covey.screen.Exit;
import covey.web.Json;
import java.util.Map;
import java.util.stream.Collectors;
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

    /** What only the hub's own home can tell. */
    private static final Map<String, String> HUBS_OWN =
            Map.of("key ", "keyWords", "process ", "pid", "survives ", "survives");

    private static String shown(Json answer) {
        return SHOWN.lines()
                .filter(line -> HUBS_OWN.entrySet().stream()
                        .noneMatch(own -> line.startsWith(own.getKey()) && !answer.has(own.getValue())))
                .collect(Collectors.joining("\n"));
    }

    @Override
    Exit run() {
        asked("hub.status").ifPresent(answer -> table(answer, shown(answer)).print(shell()));
        return Exit.OK;
    }
}
