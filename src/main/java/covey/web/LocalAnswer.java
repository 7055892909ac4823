package covey.web;

import covey.chat.ChatException;
import covey.transport.LocalApi.Reply;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.Problem;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.json.JsonMapper;

/** The answer to one local request, in records instead of JSON: any number of events, then one end. Any thread. */
final class LocalAnswer {
    /** Records come out with their fields as they are declared. */
    static final JsonMapper JSON = JsonMapper.builder()
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .build();

    private final Reply reply;

    LocalAnswer(Reply reply) {
        this.reply = reply;
    }

    void event(Object event) {
        reply.event(json(event));
    }

    void result(Object result) {
        reply.result(json(result));
    }

    void error(ErrorCode code, String sentence) {
        reply.error(code, sentence);
    }

    void error(Problem problem) {
        reply.error(problem.getCode(), problem.getMessage());
    }

    void error(ChatException why) {
        error(why.code(), String.valueOf(why.getMessage()));
    }

    void onCancel(Runnable action) {
        reply.onCancel(action);
    }

    private static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JacksonException e) {
            throw new IllegalStateException("no JSON for " + value.getClass(), e);
        }
    }
}
