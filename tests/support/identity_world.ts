/**
 * A simulated network with an identity world, and a resolver that asks it alone.
 *
 * @module
 */
import * as dns from "node:dns/promises";
import { IdResolver } from "@atproto/identity";
import { Identities } from "../../src/simulator/identity/identities.ts";
import { type IdentityServer, serveIdentities } from "../../src/simulator/identity/server.ts";
import type { Troubles } from "../../src/simulator/identity/trouble.ts";
import { mixOf } from "../../src/simulator/mix.ts";
import { createNetwork, type Network } from "../../src/simulator/network.ts";

/** What the worlds of the tests are made from. */
export const WORLD_OPTIONS = {
  seed: 1,
  accounts: 40,
  pastRecords: 20,
  firstSeq: 31_500_000_000,
  startMs: Date.UTC(2026, 0, 1),
  stepMs: 5,
} as const;

/** A network in which names, keys and accounts change, beside who is who in it. */
export async function identityNetwork(
  shares: Parameters<typeof mixOf>[0],
  options: { readonly accounts?: number; readonly seed?: number; readonly keepsRecords?: boolean } = {},
): Promise<{ network: Network; identities: Identities }> {
  const { seed, startMs } = { ...WORLD_OPTIONS, ...options };
  const identities = await Identities.create(seed, startMs);
  return { network: await createNetwork({ ...WORLD_OPTIONS, ...options, mix: mixOf(shares), identities }), identities };
}

/** Serves identities without trouble, unless some is asked for, on free ports. */
export function serveWorld(identities: Identities, troubles: Troubles = {}): Promise<IdentityServer> {
  return serveIdentities(identities, { port: 0, troubles, seed: 1 });
}

/** A `fetch` for which every host is the server's, whatever the name, over HTTP. */
export function fetchFrom(server: Pick<IdentityServer, "url">): typeof fetch {
  return (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = new Headers(init?.headers);
    headers.set("x-forwarded-host", url.hostname);
    return fetch(`${server.url}${url.pathname}${url.search}`, { ...init, headers });
  };
}

/** The reference resolver, for which there is nothing but the server. Its DNS is that of the whole process. */
export function resolverOf(server: Pick<IdentityServer, "url" | "dnsPort">): IdResolver {
  dns.setServers([`127.0.0.1:${server.dnsPort}`]);
  return new IdResolver({ plcUrl: server.url, fetch: fetchFrom(server) });
}
