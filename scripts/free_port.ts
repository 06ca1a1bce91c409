/**
 * Ports for servers that are about to start.
 *
 * @module
 */

/** Ports that were given before: a broker that is about to start does not listen yet. */
const GIVEN = new Set<number>();

/**
 * A free port below those that systems give to outgoing connections: a client that dials a killed broker's port could
 * be given that very port for its own end, and would then be connected to itself.
 */
export function freePort(): number {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    if (GIVEN.has(port)) continue;
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      GIVEN.add(port);
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}
