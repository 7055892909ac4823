package covey.node;

import covey.env.Env;

/**
 * What every process is started with.
 *
 * @param version of this build, as told to others
 */
public record Start(Env env, Home home, Config config, String version, Teller teller) {}
