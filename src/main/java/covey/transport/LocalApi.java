package covey.transport;

import covey.wire.proto.ErrorCode;

/** What a process offers to commands on the same machine, over its UNIX socket. */
public interface LocalApi {
    /**
     * Handles one request {@code {"method": NAME, "params": {...}}}. Called on a thread of that client's own, one
     * request of a client at a time; may block, and may answer later from any thread.
     */
    void handle(String requestJson, Reply reply);

    /**
     * Answers of one request: any number of events, then one result or error; what comes after that is dropped. Any
     * thread; never blocks. A client that does not read is cut.
     */
    interface Reply {
        /** One JSON value. */
        void event(String json);

        /** One JSON value; the last answer. */
        void result(String json);

        /** The last answer; the message is a sentence for a person. */
        void error(ErrorCode code, String message);

        /** True once the client is gone or was cut. */
        boolean isCancelled();

        /** Runs the action once when the client goes before the last answer; at once when it is gone already. */
        void onCancel(Runnable action);
    }
}
