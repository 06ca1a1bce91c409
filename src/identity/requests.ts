/**
 * Asking about a DID, at the directory of did:plc or at the host of a did:web, and what the answer comes to.
 *
 * @module
 */
import { readHandle } from "../atproto/handle.ts";
import { ForbiddenHostError, type HostAnswer } from "../net/host_get.ts";
import { AnswerTooLargeError } from "../net/http_get.ts";
import type { Refusal } from "./counts.ts";
import { type DidIdentity, readDocument } from "./document.ts";

/** That there was no answer. */
export interface Refused {
  readonly kind: "refused";
  readonly reason: Refusal;
  /** How long the server wants to be left alone, in milliseconds; null: it does not say. */
  readonly afterMs: number | null;
}

/** What is said of a DID. */
export type DocumentAnswer =
  | { readonly kind: "found"; readonly identity: DidIdentity }
  /** There is no such DID, or no more. */
  | { readonly kind: "absent" }
  /** There is something else than a document of it. */
  | { readonly kind: "unreadable" }
  | Refused;

/** Gets a URL. It may throw. */
export type Get = (url: URL, signal: AbortSignal) => Promise<HostAnswer>;

/** Asks about a DID. It never rejects. */
export type AskDocument = (did: string, signal: AbortSignal) => Promise<DocumentAnswer>;

/** The most bytes that an answer about one DID or handle may have; of the directory's documents most have 1,000. */
export const MOST_ANSWER_BYTES = 65_536;
/** The longest that an answer may take. */
export const LONGEST_ANSWER_MS = 5000;
/** The last part of a did:plc. */
const PLC = /^did:plc:[a-z2-7]{24}$/;
const WEB = "did:web:";
/** A host that a stand-in may have: its port, as it stands in a DID. */
const PORT = /%3A(\d{1,5})$/i;

/** Whether the directory is to be asked about a DID; else it may be a host, or nobody. */
export function isPlc(did: string): boolean {
  return PLC.test(did);
}

/** Asks the directory at a URL. */
export function directoryAsker(directory: URL, get: Get): AskDocument {
  return async (did, signal) => {
    const url = new URL(directory);
    url.pathname = `${url.pathname.replace(/\/$/, "")}/${encodeURIComponent(did)}`;
    return documentIn(did, await answerOf(url, get, signal));
  };
}

/** Asks the hosts of did:web. */
export function hostAsker(get: Get): AskDocument {
  return async (did, signal) => {
    const url = documentUrl(did);
    return url === null ? { kind: "unreadable" } : documentIn(did, await answerOf(url, get, signal));
  };
}

/** Where the document of a did:web stands; null for a DID that has none. Those with a path have none in this protocol. */
export function documentUrl(did: string): URL | null {
  if (!did.startsWith(WEB)) return null;
  const name = did.slice(WEB.length);
  const port = PORT.exec(name)?.[1] ?? "";
  const host = name.replace(PORT, "");
  if (readHandle(host) === null && host !== "localhost") return null;
  return URL.parse(`https://${host}${port === "" ? "" : `:${port}`}/.well-known/did.json`);
}

/** What a GET gives, or why nothing. */
export async function answerOf(url: URL, get: Get, signal: AbortSignal): Promise<HostAnswer | Refused> {
  const late = AbortSignal.timeout(LONGEST_ANSWER_MS);
  try {
    const answer = await get(url, AbortSignal.any([signal, late]));
    const { status } = answer;
    if (status < 400 || status === 404 || status === 410) return answer;
    const reason = status === 429 ? "throttled" : status >= 500 ? "server-error" : "status";
    return refused(reason, retryMs(answer.retryAfter));
  } catch (error) {
    if (error instanceof ForbiddenHostError) return refused("forbidden");
    if (error instanceof AnswerTooLargeError) return refused("too-large");
    return refused(late.aborted ? "timeout" : "unreachable");
  }
}

/** That there was no answer. */
export function refused(reason: Refusal, afterMs: number | null = null): Refused {
  return { kind: "refused", reason, afterMs };
}

function documentIn(did: string, answer: HostAnswer | Refused): DocumentAnswer {
  if ("kind" in answer) return answer;
  if (answer.status === 404 || answer.status === 410) return { kind: "absent" };
  if (answer.status !== 200) return refused("status");
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(answer.body));
  } catch {
    // Cut short, or the page of something between: it may be whole the next time.
    return refused("invalid");
  }
  const identity = readDocument(did, document);
  return identity === null ? { kind: "unreadable" } : { kind: "found", identity };
}

/** What `Retry-After` says, in milliseconds: seconds, or a date, which no clock need agree with. */
function retryMs(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text.trim()) ? Number(text) * 1000 : null;
}
