package covey.node;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.filter.ThresholdFilter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeAndTimeBasedRollingPolicy;
import ch.qos.logback.core.util.FileSize;
import java.nio.file.Path;
import java.util.Locale;
import net.logstash.logback.encoder.LogstashEncoder;
import org.slf4j.LoggerFactory;

/** Where a process writes what an operator wants to read: a rotated file, and warnings on standard error too. */
public final class Logs {
    private static final String PATTERN = "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{20} - %msg%kvp{NONE}%n";
    private static final String FILE_BYTES_MAX = "16MB";
    private static final String TOTAL_BYTES_MAX = "256MB";
    private static final int DAYS_MAX = 30;

    private Logs() {}

    /** For a long-running process. Who started it is told of trouble: in words, or as a format for programs has it. */
    static void toFile(Path folder, String level, String format, Teller teller) {
        LoggerContext context = reset();
        Path file = folder.resolve("covey.log");
        RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
        appender.setContext(context);
        appender.setName("file");
        appender.setFile(file.toString());
        appender.setEncoder(encoder(context, format));
        SizeAndTimeBasedRollingPolicy<ILoggingEvent> rolling = new SizeAndTimeBasedRollingPolicy<>();
        rolling.setContext(context);
        rolling.setParent(appender);
        rolling.setFileNamePattern(
                folder.resolve("covey.%d{yyyy-MM-dd}.%i.log.gz").toString());
        rolling.setMaxFileSize(FileSize.valueOf(FILE_BYTES_MAX));
        rolling.setTotalSizeCap(FileSize.valueOf(TOTAL_BYTES_MAX));
        rolling.setMaxHistory(DAYS_MAX);
        rolling.start();
        appender.setRollingPolicy(rolling);
        appender.start();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.WARN);
        root.addAppender(appender);
        root.addAppender(format.equals("json") ? console(context, Level.WARN, format) : told(context, file, teller));
        context.getLogger("covey").setLevel(Level.toLevel(level));
        context.getLogger("io.javalin").setLevel(Level.OFF); // OpsServer says in one line what matters
    }

    /** For a short command that dials: errors only, since the command says itself what went wrong. */
    public static void quiet() {
        LoggerContext context = reset();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.ERROR);
        root.addAppender(console(context, Level.ERROR, "text"));
    }

    /** Lets what is queued out; the last act of a process. */
    static void close() {
        context().stop();
    }

    private static LoggerContext context() {
        return (LoggerContext) LoggerFactory.getILoggerFactory();
    }

    private static LoggerContext reset() {
        LoggerContext context = context();
        context.reset();
        return context;
    }

    private static Appender<ILoggingEvent> told(LoggerContext context, Path file, Teller teller) {
        AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                if (event.getLevel().isGreaterOrEqual(Level.WARN)) {
                    teller.say(sentence(event, file));
                }
            }
        };
        appender.setContext(context);
        appender.setName("told");
        appender.start();
        return appender;
    }

    /** What is a sentence was meant for people; anything else stands in the log with its keys and causes. */
    private static String sentence(ILoggingEvent event, Path file) {
        String message = event.getFormattedMessage();
        String time = String.format(Locale.ROOT, "%tR ", event.getTimeStamp());
        boolean isSentence = Character.isUpperCase(message.charAt(0)) && message.endsWith(".");
        return isSentence
                ? time + message
                : time + event.getLevel().toString().toLowerCase(Locale.ROOT) + ": " + message + " (see " + file + ")";
    }

    private static ConsoleAppender<ILoggingEvent> console(LoggerContext context, Level from, String format) {
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setName("console");
        appender.setTarget("System.err");
        appender.setEncoder(encoder(context, format));
        ThresholdFilter filter = new ThresholdFilter();
        filter.setLevel(from.toString());
        filter.start();
        appender.addFilter(filter);
        appender.start();
        return appender;
    }

    private static Encoder<ILoggingEvent> encoder(LoggerContext context, String format) {
        if (format.equals("json")) {
            LogstashEncoder encoder = new LogstashEncoder();
            encoder.setContext(context);
            encoder.start();
            return encoder;
        }
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(PATTERN);
        encoder.start();
        return encoder;
    }
}
