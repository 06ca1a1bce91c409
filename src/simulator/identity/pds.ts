/**
 * The PDSs of a made-up world: whole repositories, and how they stand.
 *
 * @module
 */
import type { Entry, Identities } from "./identities.ts";

const PREFIX = "/xrpc/com.atproto.sync.";
/** Errors by what `#account` gave as the reason; others are those of a deactivated account. */
const ERRORS: Readonly<Record<string, string>> = { takendown: "RepoTakendown", suspended: "RepoSuspended" };

/**
 * The answer of the host `name` to `GET` of `com.atproto.sync.getRepo`, `getLatestCommit` or `getRepoStatus`, null for
 * another path. A host has its own accounts alone; null stands for all of them. `since` of `getRepo` is passed over: the
 * answer is the whole repository.
 */
export async function answerPds(
  identities: Identities,
  name: string | null,
  { pathname, searchParams }: URL,
): Promise<Response | null> {
  if (!pathname.startsWith(PREFIX)) return null;
  const method = pathname.slice(PREFIX.length);
  if (method !== "getRepo" && method !== "getLatestCommit" && method !== "getRepoStatus") return null;
  const did = searchParams.get("did") ?? "";
  const entry = identities.get(did);
  const isHere = entry !== null && (name === null || new URL(entry.pds).hostname === name);
  const repository = isHere ? entry.repository : null;
  if (entry === null || repository === null || entry.isGone) {
    return problem("RepoNotFound", `Could not find repo for DID: ${did}`);
  }
  if (method === "getRepoStatus") return Response.json(await statusOf(entry, repository));
  if (!entry.isActive) {
    return problem(ERRORS[entry.status ?? ""] ?? "RepoDeactivated", `Repo has been ${entry.status ?? "deactivated"}`);
  }
  if (method === "getLatestCommit") return Response.json(await repository.latestCommit());
  const archive = await repository.exportArchive() as Uint8Array<ArrayBuffer>;
  return new Response(archive, { headers: { "content-type": "application/vnd.ipld.car" } });
}

async function statusOf({ did, isActive, status }: Entry, repository: Repository): Promise<unknown> {
  const { rev } = await repository.latestCommit();
  return { did, active: isActive, ...(status === null ? {} : { status }), ...(isActive ? { rev } : {}) };
}

type Repository = NonNullable<Entry["repository"]>;

function problem(error: string, message: string): Response {
  return Response.json({ error, message }, { status: 400 });
}
