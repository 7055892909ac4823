package covey.web;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** The figures behind {@code /metrics}: the JVM's, and those that hub and peer offer. */
public final class OpsMetrics implements AutoCloseable {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    /** Meters refer to their sources weakly: somebody must hold them. */
    private final List<Object> sources = new ArrayList<>();

    private final JvmGcMetrics garbage = new JvmGcMetrics();

    public OpsMetrics(String version) {
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ClassLoaderMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        garbage.bindTo(registry);
        Gauge.builder("covey.build", () -> 1).tag("version", version).register(registry);
    }

    /** A value that is read when somebody asks; the name is dotted, such as "covey.hub.sessions". */
    public <T> OpsMetrics gauge(String name, String meaning, T source, ToDoubleFunction<T> value) {
        Gauge.builder(name, source, value)
                .description(meaning)
                .strongReference(true)
                .register(registry);
        return this;
    }

    /** A value that only rises, read when somebody asks. */
    public <T> OpsMetrics counter(String name, T source, ToDoubleFunction<T> value) {
        FunctionCounter.builder(name, source, value).register(registry);
        sources.add(source);
        return this;
    }

    public PrometheusMeterRegistry registry() {
        return registry;
    }

    @Override
    public void close() {
        garbage.close();
        registry.close();
    }
}
