import java.io.IOException;
import java.io.OutputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ConstantPoolSharingOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;

/**
 * Rewrites jars given as arguments so that their classes may enter an AOT cache: the JVM keeps classes older than
 * version 50 out of it, and picocli is compiled to 49. Code stays as it is; version and stack maps are new. Without
 * this every command starts some 40 ms later. It keeps out classes of signed jars too, and checks their signatures at
 * every start, which costs as much again and guards nothing here: signatures are left out. Run by ./build as a single
 * source file.
 */
final class LiftClasses {
    private static final int OLDEST_ARCHIVED = 50;

    public static void main(String[] args) throws IOException {
        for (String jar : args) {
            lift(Path.of(jar));
        }
    }

    private static void lift(Path jar) throws IOException {
        Path lifted = jar.resolveSibling(jar.getFileName() + ".lifted");
        boolean changed = false;
        try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()});
                JarFile in = new JarFile(jar.toFile());
                OutputStream file = Files.newOutputStream(lifted);
                JarOutputStream out = new JarOutputStream(file)) {
            ClassFile classFile = ClassFile.of(
                    StackMapsOption.GENERATE_STACK_MAPS,
                    ConstantPoolSharingOption.NEW_POOL,
                    ClassFile.ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofResourceParsing(loader)
                            .orElse(ClassHierarchyResolver.defaultResolver())));
            for (JarEntry entry : in.stream().toList()) {
                if (entry.getName().matches("META-INF/[^/]+\\.(SF|RSA|DSA|EC)")) {
                    changed = true;
                    continue;
                }
                byte[] bytes = in.getInputStream(entry).readAllBytes();
                if (entry.getName().endsWith(".class") && majorVersion(bytes) < OLDEST_ARCHIVED) {
                    bytes = atJava17(classFile, bytes);
                    changed = true;
                }
                JarEntry copy = new JarEntry(entry.getName());
                copy.setTime(entry.getTime());
                out.putNextEntry(copy);
                out.write(bytes);
            }
        }
        if (changed) {
            Files.move(lifted, jar, StandardCopyOption.REPLACE_EXISTING);
        } else {
            Files.delete(lifted);
        }
    }

    private static int majorVersion(byte[] bytes) {
        return (bytes[6] & 0xff) << 8 | bytes[7] & 0xff;
    }

    private static byte[] atJava17(ClassFile classFile, byte[] bytes) {
        ClassModel model = classFile.parse(bytes);
        return classFile.transformClass(
                model,
                // Handing every instruction on looks idle, but a body that is not walked is copied without stack maps.
                ClassTransform.transformingMethodBodies(CodeBuilder::with)
                        .andThen(ClassTransform.dropping(ClassFileVersion.class::isInstance))
                        .andThen(ClassTransform.endHandler(
                                builder -> builder.withVersion(ClassFile.JAVA_17_VERSION, 0))));
    }
}
