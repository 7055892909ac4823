package covey.web;

import covey.chat.ChatException;
import covey.content.ContentException;
import covey.store.StoreException;
import covey.transfer.Transfers;
import covey.transport.LocalApi;
import covey.wire.WireException;
import covey.wire.proto.ErrorCode;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * A local API as a table of methods. Requests are checked on the caller's thread; methods run on the given executor,
 * which owns the state they touch. Adding methods is done before the first request.
 */
final class LocalMethods implements LocalApi {
    private static final Logger log = LoggerFactory.getLogger(LocalMethods.class);

    /** Requests hold one text of a person at most. */
    static final int REQUEST_CHARS_MAX = 256 * 1024;

    /** What a method does; a {@link WireException} becomes the error of its answer. */
    interface Method {
        void call(Params params, LocalAnswer answer);
    }

    private record Entry(Set<String> parameters, Executor executor, Method method) {}

    private final Executor executor;
    private final Map<String, Entry> methods = new TreeMap<>();

    LocalMethods(Executor executor) {
        this.executor = executor;
    }

    /**
     * A method that runs on the executor.
     *
     * @param parameters names, divided by blanks; empty = none
     */
    LocalMethods add(String name, String parameters, Method method) {
        return add(name, parameters, executor, method);
    }

    /** A method that only reads what any thread may read: runs on the caller's thread and may take its time. */
    LocalMethods reading(String name, String parameters, Method method) {
        return add(name, parameters, Runnable::run, method);
    }

    private LocalMethods add(String name, String parameters, Executor runsOn, Method method) {
        Set<String> names = parameters.isEmpty() ? Set.of() : Set.of(parameters.split(" "));
        methods.put(name, new Entry(names, runsOn, method));
        return this;
    }

    @Override
    public void handle(String requestJson, Reply reply) {
        LocalAnswer answer = new LocalAnswer(reply);
        try {
            JsonNode request = parse(requestJson);
            String name = request.path("method").asString("");
            Entry entry = methods.get(name);
            if (entry == null) {
                throw new WireException(
                        ErrorCode.UNSUPPORTED,
                        "this process knows no method '" + name + "' (is it of another version?)");
            }
            Params params = new Params(name, request.path("params"), entry.parameters);
            entry.executor.execute(() -> call(entry.method, params, answer));
        } catch (WireException e) {
            answer.error(e.code(), String.valueOf(e.getMessage()));
        } catch (RejectedExecutionException e) {
            log.debug("request after the end", e);
            answer.error(ErrorCode.UNREACHABLE, "the process is stopping; start it again and repeat the command");
        }
    }

    private static JsonNode parse(String requestJson) {
        if (requestJson.length() > REQUEST_CHARS_MAX) {
            throw new WireException(
                    ErrorCode.OVER_LIMIT,
                    "the request has " + requestJson.length() + " characters (expected: <= " + REQUEST_CHARS_MAX + ")");
        }
        try {
            JsonNode request = LocalAnswer.JSON.readTree(requestJson);
            JsonNode params = request.path("params");
            boolean isProper = request.isObject()
                    && request.path("method").isString()
                    && (params.isMissingNode() || params.isNull() || params.isObject());
            if (isProper) {
                return request;
            }
        } catch (JacksonException e) {
            log.debug("request is no JSON", e);
        }
        throw new WireException(ErrorCode.BAD_REQUEST, "the request is not {\"method\": NAME, \"params\": {...}}");
    }

    private static void call(Method method, Params params, LocalAnswer answer) {
        answering(() -> method.call(params, answer), answer);
    }

    /** Runs a part of a method; what it throws becomes the answer. */
    static void answering(Runnable part, LocalAnswer answer) {
        try {
            part.run();
        } catch (WireException e) {
            answer.error(e.code(), String.valueOf(e.getMessage()));
        } catch (ChatException e) {
            answer.error(e.code(), String.valueOf(e.getMessage()));
        } catch (ContentException e) {
            answer.error(Transfers.codeOf(e.reason()), String.valueOf(e.getMessage()));
        } catch (StoreException e) {
            ErrorCode code = e.isDiskFull() ? ErrorCode.OVER_LIMIT : ErrorCode.INTERNAL;
            answer.error(e.isDamaged() ? ErrorCode.DAMAGED : code, String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            answer.error(ErrorCode.BAD_REQUEST, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            log.error("request failed", e);
            answer.error(ErrorCode.INTERNAL, "the process failed at this request: " + e + " (see its log)");
        }
    }
}
