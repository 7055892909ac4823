package covey.bench;

import java.nio.file.Path;

/** A product that carries messages of many users through one server. */
interface Contender {
    /** Short, as the head of a column. */
    String name();

    /** True when it can run here. */
    boolean isHere();

    /** Version and what a reader must know (TLS, presence); or how to get it when it is not here. */
    String describe();

    /** Starts the server on its core, with an empty home for so many users. */
    Server start(Path folder, int users);

    /** Users of that server, not yet connected. */
    Crowd crowd(Server server, int users);

    /** Resident memory when nothing is going on; after a garbage collection where the server can be asked for one. */
    default long settledBytes(Server server) {
        return server.residentBytes();
    }
}
