package covey.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** A line chart as an SVG file: one line for each series over named places, on a scale of powers of ten. */
final class Chart {
    private static final int WIDTH = 760;
    private static final int HEIGHT = 420;
    private static final int LEFT = 70;
    private static final int RIGHT = 190;
    private static final int TOP = 50;
    private static final int BOTTOM = 50;
    private static final List<String> COLOURS =
            List.of("#1b6ca8", "#c0392b", "#27803b", "#8e44ad", "#b9770e", "#117a65", "#555555", "#d35400");

    private final StringBuilder svg = new StringBuilder();
    private final List<String> places;
    private final double low;
    private final double high;
    private int series;

    /** @param low lower end of the scale, above 0 */
    Chart(String title, String unit, List<String> places, double low, double high) {
        this.places = places;
        this.low = Math.floor(Math.log10(low));
        this.high = Math.ceil(Math.log10(high));
        svg.append("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" "
                .formatted(WIDTH, HEIGHT));
        svg.append("font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        text(LEFT, 25, "start", title + " [" + unit + "]", "black");
        for (double power = this.low; power <= this.high; power++) {
            double y = y(Math.pow(10, power));
            line(LEFT, y, WIDTH - RIGHT, y, "#dddddd");
            text(LEFT - 8, y + 4, "end", Results.number(Math.pow(10, power)), "black");
        }
        for (int place = 0; place < places.size(); place++) {
            text(x(place), HEIGHT - BOTTOM + 20, "middle", places.get(place), "black");
        }
    }

    private double x(int place) {
        return LEFT + 20 + place * (WIDTH - LEFT - RIGHT - 40.0) / Math.max(1, places.size() - 1);
    }

    private double y(double value) {
        double share = (Math.log10(Math.max(value, Math.pow(10, low))) - low) / (high - low);
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
    }

    /** One value for each place; NaN leaves a gap. */
    void series(String name, List<Double> values) {
        String colour = COLOURS.get(series % COLOURS.size());
        StringBuilder points = new StringBuilder();
        for (int place = 0; place < values.size(); place++) {
            if (!values.get(place).isNaN()) {
                points.append("%.1f,%.1f ".formatted(x(place), y(values.get(place))));
                svg.append(String.format(
                        Locale.ROOT,
                        "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>%n",
                        x(place),
                        y(values.get(place)),
                        colour));
            }
        }
        svg.append(
                "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>\n".formatted(points, colour));
        text(WIDTH - RIGHT + 15, TOP + 18 * series++, "start", name, colour);
    }

    private void line(double x1, double y1, double x2, double y2, String colour) {
        svg.append("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n"
                .formatted(x1, y1, x2, y2, colour));
    }

    private void text(double x, double y, String anchor, String text, String colour) {
        String safe = text.replace("&", "&amp;").replace("<", "&lt;");
        svg.append("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\">%s</text>\n"
                .formatted(x, y, anchor, colour, safe));
    }

    void write(Path file) throws IOException {
        Files.writeString(file, svg + "</svg>\n");
    }
}
