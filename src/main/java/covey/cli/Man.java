package covey.cli;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What a command's help says beyond its options; see {@link ManPage}. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@interface Man {
    /** Beyond 0, 1, 2 and 130, which every command has. */
    Exit[] exits() default {Exit.UNREACHABLE};

    /** "NAME: meaning", beyond COVEY_HOME. */
    String[] environment() default {};

    /** "path: meaning"; HOME/ stands for the home folder. */
    String[] files() default {};

    /** The command takes the settings of a process, each also by environment variable and file. */
    boolean settings() default false;
}
