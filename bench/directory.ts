/**
 * The keys of the accounts whose frames the bench reads, and a directory that gives them.
 *
 * @module
 */
import type { PublicKey } from "../src/atproto/signature.ts";
import type { Mix } from "../src/simulator/mix.ts";
import { createNetwork } from "../src/simulator/network.ts";
import { createWorld } from "../src/simulator/world.ts";
import { WORLD } from "./frames.ts";
import { parseDidKey } from "@atproto/crypto";

/** The `did:key` of each account of the frames that so many accounts make, by DID: the same seed makes the same ones. */
export async function frameKeys(accounts: number, mix: Mix | null): Promise<ReadonlyMap<string, string>> {
  const options = { ...WORLD, accounts };
  const made = await (mix === null ? createWorld(options) : createNetwork({ ...options, mix }));
  return new Map(made.accounts.map(({ did, keypair }) => [did, keypair.did()]));
}

/** The key that a `did:key` is, as signatures are verified by it. */
export function signingKey(didKey: string): PublicKey {
  const { jwtAlg, keyBytes } = parseDidKey(didKey);
  const bytes = keyBytes.length === 33
    ? keyBytes
    : Uint8Array.of(2 + ((keyBytes[64] ?? 0) & 1), ...keyBytes.subarray(1, 33));
  return { curve: jwtAlg === "ES256" ? "p256" : "k256", bytes };
}

/** A directory of did:plc on loopback, which knows these accounts. */
export function serveDirectory(keys: ReadonlyMap<string, string>): AsyncDisposable & { readonly url: string } {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    const did = decodeURIComponent(new URL(request.url).pathname.slice(1));
    const didKey = keys.get(did);
    if (didKey === undefined) return new Response(null, { status: 404 });
    const key = {
      id: `${did}#atproto`,
      type: "Multikey",
      controller: did,
      publicKeyMultibase: didKey.slice("did:key:".length),
    };
    return Response.json({ id: did, alsoKnownAs: [], verificationMethod: [key], service: [] });
  });
  return { url: `http://127.0.0.1:${server.addr.port}`, [Symbol.asyncDispose]: () => server.shutdown() };
}
