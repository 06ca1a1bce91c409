/**
 * A PLC directory's answers, as plc.directory gives them.
 *
 * @module
 */
import { didDocument } from "./did_document.ts";
import type { Entry, Identities } from "./identities.ts";

const MAX_EXPORT = 1000;

/** The answer to `GET` of a path: `/DID`, `/DID/data`, `/DID/log`, `/DID/log/audit`, `/DID/log/last`, `/export`. */
export function answerDirectory(identities: Identities, { pathname, searchParams }: URL): Response {
  if (pathname === "/_health") return Response.json({ version: "simulated" });
  if (pathname === "/export") return exported(identities, searchParams);
  const [name = "", ...rest] = pathname.slice(1).split("/");
  const did = decoded(name);
  const entry = did.startsWith("did:plc:") ? identities.get(did) : null;
  if (entry === null) return problem(404, `DID not registered: ${did}`);
  switch (rest.join("/")) {
    case "":
      return entry.isGone ? gone(did) : new Response(JSON.stringify(didDocument(entry)), {
        headers: { "content-type": "application/did+ld+json; charset=utf-8" },
      });
    case "data":
      return entry.isGone ? gone(did) : Response.json(dataOf(entry));
    case "log":
      return Response.json(entry.log.map(({ operation }) => operation));
    case "log/audit":
      return Response.json(entry.log);
    case "log/last":
      return Response.json(entry.log.at(-1)?.operation);
    default:
      return problem(404, "Not found");
  }
}

/** Entries in order, one a line, without a line end after the last; `after` is the time of the last one that is known. */
function exported(identities: Identities, params: URLSearchParams): Response {
  const count = Number(params.get("count") ?? MAX_EXPORT);
  if (!Number.isSafeInteger(count) || count < 1) return problem(400, "Invalid count parameter");
  const after = params.get("after");
  const afterMs = after === null ? -Infinity : Date.parse(after);
  if (Number.isNaN(afterMs)) return problem(400, "Invalid after parameter");
  const lines = identities.logAfter(afterMs, Math.min(count, MAX_EXPORT)).map((entry) => JSON.stringify(entry));
  return new Response(lines.join("\n"), { headers: { "content-type": "application/jsonlines" } });
}

/** What the last operation states, its kind, predecessor and signature left out. */
function dataOf({ did, log }: Entry): unknown {
  const { type: _, prev: __, sig: ___, ...data } = log.at(-1)?.operation ?? {};
  return { did, ...data };
}

function gone(did: string): Response {
  return problem(410, `DID not available: ${did}`);
}

function problem(status: number, message: string): Response {
  return Response.json({ message }, { status });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
