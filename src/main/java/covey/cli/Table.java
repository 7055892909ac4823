package covey.cli;

import covey.screen.SafeText;
import covey.screen.Shell;
import covey.screen.Wrap;
import covey.web.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Columns for people: as narrow as their content, two spaces apart, the last one unpadded. Cells are made harmless. */
final class Table {
    /** A last column that has less room than this begins a line of its own. */
    private static final int LAST_COLUMNS_MIN = 20;

    private final List<List<String>> rows = new ArrayList<>();

    Table(String... heads) {
        if (heads.length > 0) {
            rows.add(List.of(heads));
        }
    }

    Table row(String... cells) {
        rows.add(Stream.of(cells)
                .map(cell -> cell.isEmpty() ? "-" : SafeText.line(cell))
                .toList());
        return this;
    }

    /** Cells stand between bars: "{name} | {time:sinceMillis}". */
    Table row(Form form, String cells, Json from) {
        return row(Stream.of(cells.split(" \\| "))
                .map(cell -> form.fill(cell, from))
                .toArray(String[]::new));
    }

    /** With a last cell that is broken between words where it does not fit. */
    List<String> lines(int columns) {
        List<Integer> widths = new ArrayList<>();
        for (List<String> row : rows) {
            for (int i = 0; i < row.size(); i++) {
                int width = Wrap.width(row.get(i));
                if (i == widths.size()) {
                    widths.add(width);
                } else {
                    widths.set(i, Math.max(widths.get(i), width));
                }
            }
        }
        List<String> lines = new ArrayList<>(rows.size());
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            int start = 0;
            for (int i = 0; i < row.size() - 1; i++) {
                String cell = row.get(i);
                line.append(cell).repeat(" ", widths.get(i) - Wrap.width(cell) + 2);
                start += widths.get(i) + 2;
            }
            if (columns - start < LAST_COLUMNS_MIN && columns - start < Wrap.width(row.getLast())) {
                start = 4;
                line = new StringBuilder(line.toString().stripTrailing() + "\n    ");
            }
            line.append(Wrap.hanging(row.getLast(), start, columns));
            line.toString().lines().forEach(lines::add);
        }
        return lines;
    }

    void print(Shell shell) {
        lines(shell.columns()).forEach(shell.out()::println);
    }
}
