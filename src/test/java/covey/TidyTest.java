package covey;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Holds the budgets: a budget that hurts is a sign to split the idea, not the line. */
final class TidyTest {
    private static final int LINE_MAX = 120;
    private static final int METHOD_MAX_LINES = 60;
    private static final int FILE_MAX_LINES = 500;
    private static final int PACKAGE_MAX_LINES = 2_500;
    private static final int MAIN_MAX_LINES = 42_000;

    /** One small class per command adds up. */
    private static final Map<String, Integer> LARGER_PACKAGES = Map.of("cli", 4_000);

    /** Names that say nothing about what a class does. */
    private static final Pattern EMPTY_NAME = Pattern.compile(".*(Manager|Helper|Util|Utils|Impl)");

    private static final Pattern COMMENT = Pattern.compile("/\\*.*?\\*/", Pattern.DOTALL);

    private static final Path MAIN = Path.of("src/main/java");
    private static final List<Path> ROOTS = List.of(MAIN, Path.of("src/test/java"), Path.of("bench/src/main/java"));

    @Test
    void linesFitTheScreen() throws IOException {
        List<String> tooLong = new ArrayList<>();
        for (Path file : sources()) {
            List<String> lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++) {
                int length = lines.get(i).codePointCount(0, lines.get(i).length());
                if (length > LINE_MAX) {
                    tooLong.add("%s:%d: %d (expected: <= %d)".formatted(file, i + 1, length, LINE_MAX));
                }
            }
        }
        assertThat(tooLong).isEmpty();
    }

    @Test
    void filesStayShort() throws IOException {
        List<String> tooLong = new ArrayList<>();
        for (Path file : sources()) {
            int lines = Files.readAllLines(file).size();
            if (lines > FILE_MAX_LINES) {
                tooLong.add("%s: %d lines (expected: <= %d)".formatted(file, lines, FILE_MAX_LINES));
            }
        }
        assertThat(tooLong).isEmpty();
    }

    @Test
    void packagesAndTheWholeKeepTheirBudgets() throws IOException {
        Map<String, Integer> linesByPackage = new TreeMap<>();
        for (Path file : sourcesIn(MAIN)) {
            String name = MAIN.resolve("covey").relativize(file.getParent()).toString();
            linesByPackage.merge(name, linesOfCode(file), Integer::sum);
        }
        assertThat(linesByPackage)
                .allSatisfy((name, lines) -> assertThat(lines)
                        .as("lines of package %s", name)
                        .isLessThanOrEqualTo(LARGER_PACKAGES.getOrDefault(name, PACKAGE_MAX_LINES)));
        int whole = linesByPackage.values().stream().mapToInt(Integer::intValue).sum();
        assertThat(whole).as("lines of all packages").isLessThanOrEqualTo(MAIN_MAX_LINES);
    }

    /**
     * Lines that are neither blank, comment nor import (docs/adr/0002): what is said about the code must not be the
     * first thing to go when a budget hurts.
     */
    private static int linesOfCode(Path file) throws IOException {
        String code = COMMENT.matcher(Files.readString(file)).replaceAll("");
        return (int) code.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("//") && !line.startsWith("import "))
                .count();
    }

    @Test
    void methodsStayShortAndNamesSaySomething() throws IOException {
        List<String> findings = new ArrayList<>();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            JavacTask task = (JavacTask)
                    compiler.getTask(null, files, null, null, null, files.getJavaFileObjectsFromPaths(sources()));
            SourcePositions positions = Trees.instance(task).getSourcePositions();
            for (CompilationUnitTree unit : task.parse()) {
                new Inspector(unit, positions, findings).scan(unit, null);
            }
        }
        assertThat(findings).isEmpty();
    }

    @Test
    void everyPackageHasAFrontPageAndNoNullByDefault() throws IOException {
        List<String> missing = new ArrayList<>();
        List<Path> packages =
                sourcesIn(MAIN).stream().map(Path::getParent).distinct().toList();
        for (Path folder : packages) {
            Path page = folder.resolve("package-info.java");
            if (!Files.exists(page) || !Files.readString(page).contains("@NullMarked")) {
                missing.add(page + ": expected a package-info.java with @NullMarked");
            }
        }
        assertThat(missing).isEmpty();
    }

    private static List<Path> sources() throws IOException {
        List<Path> all = new ArrayList<>();
        for (Path root : ROOTS) {
            all.addAll(sourcesIn(root));
        }
        return all;
    }

    private static List<Path> sourcesIn(Path root) throws IOException {
        if (!Files.isDirectory(root)) {
            return List.of();
        }
        try (Stream<Path> paths = Files.walk(root)) {
            return paths.filter(path -> path.toString().endsWith(".java"))
                    .sorted()
                    .toList();
        }
    }

    /** Looks at each class's name and each method's length, its own annotations and signature included. */
    private static final class Inspector extends TreeScanner<@Nullable Void, @Nullable Void> {
        private final CompilationUnitTree unit;
        private final SourcePositions positions;
        private final List<String> findings;

        Inspector(CompilationUnitTree unit, SourcePositions positions, List<String> findings) {
            this.unit = unit;
            this.positions = positions;
            this.findings = findings;
        }

        @Override
        public @Nullable Void visitClass(ClassTree type, @Nullable Void none) {
            String name = type.getSimpleName().toString();
            if (EMPTY_NAME.matcher(name).matches()) {
                findings.add("%s: class %s (expected: a name that says what it does)".formatted(where(type), name));
            }
            return super.visitClass(type, null);
        }

        @Override
        public @Nullable Void visitMethod(MethodTree method, @Nullable Void none) {
            long lines = lineOf(positions.getEndPosition(unit, method)) - startLine(method) + 1;
            if (lines > METHOD_MAX_LINES) {
                findings.add("%s: method %s: %d lines (expected: <= %d)"
                        .formatted(where(method), method.getName(), lines, METHOD_MAX_LINES));
            }
            return super.visitMethod(method, null);
        }

        private String where(Tree tree) {
            return Path.of(unit.getSourceFile().toUri()).getFileName() + ":" + startLine(tree);
        }

        private long startLine(Tree tree) {
            return lineOf(positions.getStartPosition(unit, tree));
        }

        private long lineOf(long position) {
            return unit.getLineMap().getLineNumber(position);
        }
    }
}
