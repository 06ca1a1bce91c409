/**
 * DID documents, as anybody may write them, to what an account says of itself: its handle, its signing key, its host.
 *
 * @module
 */
import { readHandle } from "../atproto/handle.ts";
import type { PublicKey } from "../atproto/signature.ts";
import { readBareKey, readMultikey } from "./multikey.ts";

/** What a DID document says of an account. */
export interface DidIdentity {
  /** The first handle in `alsoKnownAs`, in small letters, if it is one; claimed, not verified. */
  readonly handle: string | null;
  /** The key `#atproto`, with which the account signs. */
  readonly key: PublicKey | null;
  /** URL of the host of the account's repository. */
  readonly pds: string | null;
}

const AT = "at://";
const CONTEXT = "https://www.w3.org/ns/did/v1";
const PDS_TYPE = "AtprotoPersonalDataServer";

type Fields = Readonly<Record<string, unknown>>;

/** What a document of `did` says; null if it is none, or another DID's. `document` is parsed JSON of any kind. */
export function readDocument(did: string, document: unknown): DidIdentity | null {
  if (!isFields(document) || !isDocument(document) || document["id"] !== did) return null;
  const names = document["alsoKnownAs"];
  return {
    handle: handleOf(isArray(names) ? names : []),
    key: keyOf(itemOf(document, "verificationMethod", "#atproto")),
    pds: pdsOf(itemOf(document, "service", "#atproto_pds")),
  };
}

/** The handle that a list of names claims: the first that begins with `at://`. */
export function handleOf(names: readonly unknown[]): string | null {
  const first = names.find((name) => typeof name === "string" && name.startsWith(AT));
  return typeof first === "string" ? readHandle(first.slice(AT.length)) : null;
}

/** The URL of a host, if it is one of http or https. */
export function hostUrlOf(endpoint: unknown): string | null {
  return typeof endpoint === "string" && /^https?:\/\//.test(endpoint) && URL.canParse(endpoint) ? endpoint : null;
}

function keyOf(method: Fields | null): PublicKey | null {
  const text = method?.["publicKeyMultibase"];
  if (typeof text !== "string") return null;
  switch (method?.["type"]) {
    case "Multikey":
      return readMultikey(text);
    case "EcdsaSecp256k1VerificationKey2019":
      return readBareKey("k256", text);
    case "EcdsaSecp256r1VerificationKey2019":
      return readBareKey("p256", text);
    default:
      return null;
  }
}

function pdsOf(service: Fields | null): string | null {
  return service?.["type"] === PDS_TYPE ? hostUrlOf(service["serviceEndpoint"]) : null;
}

/** The first item of a list that has this fragment as its `id`, with the DID before it or without. */
function itemOf(document: Fields, list: string, fragment: string): Fields | null {
  const items = document[list];
  const full = `${document["id"]}${fragment}`;
  const isIt = (item: unknown): item is Fields => isFields(item) && (item["id"] === fragment || item["id"] === full);
  return isArray(items) ? items.find(isIt) ?? null : null;
}

/** Whether all that is looked at has the type that it must have: what is half a document is none. */
function isDocument(fields: Fields): boolean {
  return typeof fields["id"] === "string" && isContext(fields["@context"]) &&
    isListOf(fields["alsoKnownAs"], (name) => typeof name === "string") &&
    isListOf(fields["verificationMethod"], isMethod) &&
    isListOf(fields["authentication"], (method) => typeof method === "string" || isMethod(method)) &&
    isListOf(fields["service"], isService);
}

function isContext(context: unknown): boolean {
  return context === CONTEXT || isListOf(context, (url) => typeof url === "string" && URL.canParse(url));
}

function isMethod(method: unknown): boolean {
  return isFields(method) && hasTexts(method, ["id", "type", "controller"]) &&
    ["string", "undefined"].includes(typeof method["publicKeyMultibase"]) &&
    (method["publicKeyJwk"] === undefined || isFields(method["publicKeyJwk"]));
}

function isService(service: unknown): boolean {
  return isFields(service) && hasTexts(service, ["id", "type"]) &&
    (typeof service["serviceEndpoint"] === "string" || isFields(service["serviceEndpoint"]));
}

function hasTexts(fields: Fields, names: readonly string[]): boolean {
  return names.every((name) => typeof fields[name] === "string");
}

/** Whether it is missing, or a list of such items. */
function isListOf(list: unknown, isItem: (item: unknown) => boolean): boolean {
  return list === undefined || (isArray(list) && list.every(isItem));
}

function isArray(list: unknown): list is readonly unknown[] {
  return Array.isArray(list);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
