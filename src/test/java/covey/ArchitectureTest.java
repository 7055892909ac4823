package covey;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds the house's plan: who may know whom, and what may be called only in one place. */
final class ArchitectureTest {
    /** A package may use only those before it. A package not built yet may be absent. */
    private static final List<String> ORDER = List.of(
            "env",
            "store",
            "wire",
            "identity",
            "transport",
            "content",
            "swarm",
            "exchange",
            "directory",
            "mailbox",
            "courier",
            "catalog",
            "search",
            "transfer",
            "chat",
            "picture",
            "rollout",
            "cluster",
            "hub",
            "peer",
            "files",
            "sim",
            "mpi",
            "web",
            "node",
            "screen",
            "cli");

    /** Members of one set never see each other, whatever their order. */
    private static final List<Set<String>> STRANGERS = List.of(
            Set.of("hub", "peer"),
            Set.of("catalog", "chat", "picture", "rollout"),
            Set.of("search", "chat", "picture", "rollout"));

    /** Packages that decide: their shells elsewhere do the reading and writing of files. */
    private static final Set<String> WITHOUT_FILES = Set.of(
            "wire",
            "identity",
            "swarm",
            "exchange",
            "directory",
            "mailbox",
            "catalog",
            "search",
            "chat",
            "picture",
            "rollout",
            "hub");

    private static final Set<String> CLOCKS = Set.of(
            "java.time.Instant",
            "java.time.LocalDate",
            "java.time.LocalTime",
            "java.time.LocalDateTime",
            "java.time.OffsetDateTime",
            "java.time.ZonedDateTime");

    private static final Set<String> RANDOM_SOURCES = Set.of(
            "java.util.Random",
            "java.util.SplittableRandom",
            "java.util.concurrent.ThreadLocalRandom",
            "java.security.SecureRandom");

    private static final Set<String> SOCKETS = Set.of(
            "java.net.Socket",
            "java.net.ServerSocket",
            "java.net.DatagramSocket",
            "java.net.MulticastSocket",
            "java.nio.channels.SocketChannel",
            "java.nio.channels.ServerSocketChannel",
            "java.nio.channels.DatagramChannel",
            "java.nio.channels.AsynchronousSocketChannel",
            "java.nio.channels.AsynchronousServerSocketChannel",
            "java.net.http.HttpClient",
            "javax.net.SocketFactory");

    private static final Set<String> FILES = Set.of(
            "java.nio.file.Files",
            "java.nio.channels.FileChannel",
            "java.io.File",
            "java.io.FileInputStream",
            "java.io.FileOutputStream",
            "java.io.RandomAccessFile",
            "java.io.FileReader",
            "java.io.FileWriter");

    private static final JavaClasses COVEY = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("covey");

    @Test
    void everyClassLivesInAListedPackage() {
        check(classes().should(new ArchCondition<>("reside in a listed package") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                boolean listed =
                        ORDER.stream().anyMatch(name -> type.getPackageName().equals("covey." + name));
                if (!listed && !isGenerated(type)) {
                    events.add(SimpleConditionEvent.violated(type, type.getName() + " is in no package of the design"));
                }
            }
        }));
    }

    @Test
    void aPackageUsesOnlyThoseAboveIt() {
        check(classes().should(new ArchCondition<>("use only packages above their own") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                    String from = packageOf(type);
                    String to = packageOf(dependency.getTargetClass());
                    if (!to.isEmpty() && !mayUse(from, to)) {
                        events.add(SimpleConditionEvent.violated(
                                type, from + " -> " + to + ": " + dependency.getDescription()));
                    }
                }
            }
        }));
    }

    @Test
    void nettyIsSeenOnlyInTransport() {
        check(onlyIn("transport", "io.netty.."));
    }

    @Test
    void ratisIsSeenOnlyInCluster() {
        check(onlyIn("cluster", "org.apache.ratis.."));
    }

    @Test
    void luceneIsSeenOnlyInSearch() {
        check(onlyIn("search", "org.apache.lucene.."));
    }

    @Test
    void rocksDbIsSeenOnlyInStore() {
        check(onlyIn("store", "org.rocksdb.."));
    }

    @Test
    void timeComesFromEnv() {
        check(noCalls("read the clock or sleep", access -> {
            String owner = access.getTargetOwner().getName();
            String name = access.getName();
            return (owner.equals("java.lang.System")
                            && Set.of("currentTimeMillis", "nanoTime").contains(name))
                    || (owner.equals("java.lang.Thread") && name.equals("sleep"))
                    || (owner.equals("java.time.Clock") && name.startsWith("system"))
                    || (CLOCKS.contains(owner) && name.equals("now"));
        }));
    }

    /** The simulator is another env: its dice are seeded. */
    @Test
    void randomnessComesFromEnv() {
        check(noCalls("make random values", access -> {
            if (access.getOriginOwner().getPackageName().equals("covey.sim")) {
                return false;
            }
            String owner = access.getTargetOwner().getName();
            String name = access.getName();
            return (RANDOM_SOURCES.contains(owner)
                            && Set.of("<init>", "current", "getInstanceStrong").contains(name))
                    || (owner.equals("java.util.UUID") && name.equals("randomUUID"))
                    || (owner.equals("java.lang.Math") && name.equals("random"));
        }));
    }

    @Test
    void socketsAreOpenedOnlyByTransport() {
        check(noCalls(
                "open sockets",
                access -> SOCKETS.contains(access.getTargetOwner().getName())));
    }

    @Test
    void decidingPackagesDoNotTouchFiles() {
        check(noClasses()
                .that(are(in(WITHOUT_FILES)))
                .should()
                .accessTargetWhere(called(
                        "touch files",
                        access -> FILES.contains(access.getTargetOwner().getName()))));
    }

    @Test
    void nothingHidesInThreadLocalsOrParallelStreams() {
        check(noClasses()
                .that(are(handWritten()))
                .should()
                .accessTargetWhere(called("use ThreadLocal or parallel streams", access -> {
                    JavaClass owner = access.getTargetOwner();
                    return owner.isAssignableTo(ThreadLocal.class)
                            || access.getName().equals("parallelStream")
                            || (access.getName().equals("parallel")
                                    && owner.getPackageName().equals("java.util.stream"));
                })));
    }

    @Test
    void ownInterfacesBlockInsteadOfReturningFutures() {
        check(methods()
                .that()
                .areDeclaredInClassesThat(are(handWritten().and(JavaClass.Predicates.INTERFACES)))
                .should(new ArchCondition<>("not speak of futures") {
                    @Override
                    public void check(JavaMethod method, ConditionEvents events) {
                        Stream.concat(Stream.of(method.getRawReturnType()), method.getRawParameterTypes().stream())
                                .filter(type -> type.isAssignableTo(CompletionStage.class))
                                .forEach(type ->
                                        events.add(SimpleConditionEvent.violated(method, method.getFullName())));
                    }
                }));
    }

    /** Banned everywhere but in {@code env} and {@code transport}, the two that talk to the machine. */
    private static ArchRule noCalls(String what, java.util.function.Predicate<JavaAccess<?>> banned) {
        return noClasses()
                .that(are(handWritten().and(DescribedPredicate.not(in(Set.of("env", "transport"))))))
                .should()
                .accessTargetWhere(called(what, banned));
    }

    private static ArchRule onlyIn(String home, String library) {
        return noClasses()
                .that(are(DescribedPredicate.not(in(Set.of(home)))))
                .should()
                .dependOnClassesThat(resideInAPackage(library));
    }

    private static DescribedPredicate<JavaAccess<?>> called(
            String what, java.util.function.Predicate<JavaAccess<?>> banned) {
        return DescribedPredicate.describe(what, banned);
    }

    private static DescribedPredicate<JavaClass> in(Set<String> names) {
        return DescribedPredicate.describe("in " + names, type -> names.contains(packageOf(type)));
    }

    private static DescribedPredicate<JavaClass> handWritten() {
        return DescribedPredicate.describe("written by hand", type -> !isGenerated(type));
    }

    private static boolean isGenerated(JavaClass type) {
        return type.getPackageName().startsWith("covey.wire.proto");
    }

    private static boolean mayUse(String from, String to) {
        boolean strangers = STRANGERS.stream().anyMatch(set -> set.contains(from) && set.contains(to));
        return from.equals(to) || (!strangers && ORDER.indexOf(to) < ORDER.indexOf(from));
    }

    /** The design's name of a class's package, empty outside of Covey. */
    private static String packageOf(JavaClass type) {
        String[] parts = type.getBaseComponentType().getPackageName().split("\\.", -1);
        return parts.length > 1 && parts[0].equals("covey") ? parts[1] : "";
    }

    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(COVEY);
    }
}
