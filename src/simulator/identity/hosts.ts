/**
 * What the hosts of a made-up world say of accounts: documents of did:web, handles over HTTP, and handles by DNS.
 *
 * @module
 */
import { didDocument } from "./did_document.ts";
import type { Confirmation, Entry, Identities } from "./identities.ts";

/** Where the document of a did:web stands. */
export const DID_WEB_PATH = "/.well-known/did.json";
/** Where a host says whose handle its name is. */
export const HANDLE_PATH = "/.well-known/atproto-did";

const DNS_PREFIX = "_atproto.";
const BY_HTTP: readonly Confirmation[] = ["http", "both"];
const BY_DNS: readonly Confirmation[] = ["dns", "both"];

/** The answer of the host `name` to `GET` of a path. */
export function answerHost(identities: Identities, name: string, path: string): Response {
  if (path === DID_WEB_PATH) {
    const entry = identities.get(`did:web:${name}`);
    if (entry !== null && !entry.isGone) return Response.json(didDocument(entry));
  }
  if (path === HANDLE_PATH) {
    const entry = confirmed(identities, name, BY_HTTP);
    // Some end it with a line end, some do not.
    if (entry !== null) return new Response(entry.confirmation === "both" ? `${entry.did}\n` : entry.did);
  }
  return new Response("Not found", { status: 404 });
}

/** The texts of TXT records at a name; null where there is no such name. */
export function lookUpTxt(identities: Identities, name: string): readonly string[] | null {
  if (!name.startsWith(DNS_PREFIX)) return null;
  const entry = confirmed(identities, name.slice(DNS_PREFIX.length), BY_DNS);
  // Other texts at the same name are none of a handle's.
  return entry === null ? null : ["v=example1", `did=${entry.did}`];
}

/** The DID that a handle leads to, one way or the other; null for none. */
export function didOfHandle(identities: Identities, handle: string): string | null {
  return confirmed(identities, handle.toLowerCase(), [...BY_HTTP, ...BY_DNS])?.did ?? null;
}

function confirmed(identities: Identities, handle: string, ways: readonly Confirmation[]): Entry | null {
  const entry = identities.ofHandle(handle);
  return entry !== null && ways.includes(entry.confirmation) ? entry : null;
}
