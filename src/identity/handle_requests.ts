/**
 * Asking whose a handle is: its TXT record at `_atproto`, and where that says nothing, its host.
 *
 * @module
 */
import { isReserved } from "../atproto/handle.ts";
import { answerOf, type Get, LONGEST_ANSWER_MS, type Refused, refused } from "./requests.ts";

/** Whose a handle is. */
export type HandleAnswer =
  | { readonly kind: "did"; readonly did: string }
  /** Nobody's. */
  | { readonly kind: "none" }
  | Refused;

/** Asks whose a handle is. It never rejects. */
export type AskHandle = (handle: string, signal: AbortSignal) => Promise<HandleAnswer>;

/** The texts of the TXT records at a name, each in its parts; null where it has none. It throws where nobody answers. */
export type LookUpTxt = (name: string, signal: AbortSignal) => Promise<readonly (readonly string[])[] | null>;

const RECORD = "did=";
/** A host may send on to another one so many times. */
const MOST_REDIRECTS = 3;
const NONE = { kind: "none" } as const;

/** Asks by DNS and by HTTPS. */
export function handleAsker(lookUpTxt: LookUpTxt, get: Get): AskHandle {
  return async (handle, signal) => {
    if (isReserved(handle)) return NONE;
    const byDns = await askDns(handle, lookUpTxt, signal);
    if (byDns.kind === "did") return byDns;
    const byHost = await askHost(handle, get, signal);
    // Whom nobody answered for by DNS may have a record there.
    return byHost.kind === "none" ? byDns : byHost;
  };
}

async function askDns(handle: string, lookUpTxt: LookUpTxt, signal: AbortSignal): Promise<HandleAnswer> {
  const late = AbortSignal.timeout(LONGEST_ANSWER_MS);
  try {
    const records = await lookUpTxt(`_atproto.${handle}`, AbortSignal.any([signal, late]));
    const dids = (records ?? []).map((parts) => parts.join("")).filter((text) => text.startsWith(RECORD));
    const [only] = dids;
    // Two that contradict each other are none.
    return only === undefined || only === RECORD || dids.length > 1
      ? NONE
      : { kind: "did", did: only.slice(RECORD.length) };
  } catch {
    return refused(late.aborted ? "timeout" : "unreachable");
  }
}

async function askHost(handle: string, get: Get, signal: AbortSignal): Promise<HandleAnswer> {
  let url: URL | null = new URL(`https://${handle}/.well-known/atproto-did`);
  for (let redirects = 0; redirects <= MOST_REDIRECTS && url !== null; redirects++) {
    const answer = await answerOf(url, get, signal);
    if ("kind" in answer) {
      // Who may not be asked, or answers with something else, confirms nothing.
      return ["forbidden", "too-large", "status"].includes(answer.reason) ? NONE : answer;
    }
    const { status, location, body } = answer;
    if (status >= 300 && status < 400) url = location === null ? null : URL.parse(location, url);
    else {
      const did = new TextDecoder().decode(body).split("\n")[0]?.trim() ?? "";
      return status === 200 && did.startsWith("did:") ? { kind: "did", did } : NONE;
    }
  }
  return NONE;
}
