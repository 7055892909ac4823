package covey.cli;

import covey.node.Checkup;
import covey.node.Logs;
import covey.screen.Exit;
import covey.screen.Paint;
import covey.screen.SafeText;
import covey.screen.Wrap;
import covey.web.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "doctor")
final class DoctorCommand extends Verb {
    @Option(names = "--json")
    private boolean json;

    @Override
    Exit run() {
        covey().exitOrderly();
        Logs.quiet();
        List<Checkup.Finding> findings = new Checkup(home(), shell().env(), shell().environment()).all();
        boolean isWell = findings.stream().noneMatch(finding -> finding.state() == Checkup.State.BAD);
        if (json) {
            List<Map<String, String>> checks = new ArrayList<>();
            findings.forEach(finding -> checks.add(Map.of(
                    "check", finding.check(),
                    "state", finding.state().name().toLowerCase(Locale.ROOT),
                    "found", finding.found(),
                    "todo", finding.todo())));
            print(SafeText.json(Json.object("ok", isWell, "checks", checks)));
        } else {
            findings.forEach(this::show);
        }
        return isWell ? Exit.OK : Exit.FAILED;
    }

    private void show(Checkup.Finding finding) {
        Paint paint = covey().paint();
        String mark = switch (finding.state()) {
            case OK -> paint.good("ok  ");
            case WARNING -> paint.warning("warn");
            case BAD -> paint.bad("BAD ");
        };
        String found = finding.check() + ": " + SafeText.line(finding.found());
        print(mark + "  " + Wrap.hanging(found, 6, shell().columns()));
        if (!finding.todo().isEmpty()) {
            print("      -> " + Wrap.hanging(covey().hints(SafeText.line(finding.todo())), 9, shell().columns()));
        }
    }
}
