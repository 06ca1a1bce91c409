/**
 * What becomes events where everything is wanted, held against what the reference library reads in the same messages.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { decodeAll } from "@atproto/lex-cbor";
import { parseCommitUnauthenticated } from "@atproto/sync";
import { COLLECTIONS, DELETE_TYPES, RECORD_TYPES } from "../src/events/registry.ts";
import { RECORDED, recorded } from "./support/messages.ts";
import { type NetworkEvent, networkEvents, networkFrames, WholeNetwork } from "./support/network_events.ts";
import { assertSchema } from "./support/schemas.ts";

type CommitBody = Parameters<typeof parseCommitUnauthenticated>[0];

interface Operation {
  readonly action: string;
  readonly path: string;
  readonly cid: string | null;
  readonly prev: string | null;
}

/** What the reference library reads in a commit, of the collections that are wanted. */
async function operationsOf(body: CommitBody): Promise<Operation[]> {
  const events = await parseCommitUnauthenticated(body);
  return events.flatMap((event, i) => {
    if (!("collection" in event) || !COLLECTIONS.includes(event.collection)) return [];
    const prev = event.event === "delete" ? body.ops[i]?.prev ?? null : null;
    return [{
      action: event.event,
      path: `${event.collection}/${event.rkey}`,
      cid: "cid" in event ? event.cid.toString() : null,
      prev: prev === null ? null : String(prev),
    }];
  });
}

/** The operation that an event is about. */
function operationOf({ id, action, data }: NetworkEvent): Operation {
  const [, , collection, rkey] = id.split("/");
  return {
    action: String(action),
    path: `${collection}/${rkey}`,
    cid: typeof data["cid"] === "string" ? data["cid"] : null,
    prev: typeof data["prev_cid"] === "string" ? data["prev_cid"] : null,
  };
}

const TYPES = new Map<string, string>([...RECORD_TYPES, ...DELETE_TYPES].map((each) => [
  `${each.collection} ${each.kind}`,
  each.type,
]));

/** Holds the events of messages against the library; returns how many there were of each type. */
async function compare(messages: readonly Uint8Array[]): Promise<Map<string, number>> {
  const network = new WholeNetwork();
  const counts = new Map<string, number>();
  for (const bytes of messages) {
    const [header, body] = [...decodeAll(bytes)] as unknown as [{ t?: string }, Record<string, unknown>];
    const events = networkEvents(network, bytes);
    for (const event of events) {
      assertSchema(event);
      counts.set(event.type, (counts.get(event.type) ?? 0) + 1);
      assertEquals(event["subject"], body["did"] ?? body["repo"]);
      assertEquals([event.data["seq"], event.data["indexed_at"]], [body["seq"], body["time"]]);
    }
    if (header.t === "#commit") {
      const meant = await operationsOf(body as unknown as CommitBody);
      // A profile is named by its account, and its event does not repeat its CID.
      const read = events.map(operationOf).map((each, i) =>
        events[i]?.type === "Bluesky.Actor.Profile" ? { ...each, cid: meant[i]?.cid ?? null } : each
      );
      assertEquals(read, meant);
      for (const [i, { action, path }] of meant.entries()) {
        const kind = action === "delete" ? "deletes" : "records";
        assertEquals(events[i]?.type, TYPES.get(`${path.split("/")[0]} ${kind}`));
        assertEquals(events[i]?.id, `${body["repo"]}/${body["rev"]}/${path}`);
      }
    } else {
      const kind = ["#identity", "#account", "#sync"].includes(String(header.t)) ? String(header.t).slice(1) : null;
      assertEquals(events.length, kind === null ? 0 : 1);
      for (const { id, data } of events) {
        const { did, handle = null, active, status = null, rev, time } = body;
        assertEquals(id, `${did}/${kind}/${kind === "sync" ? rev : time}`);
        const rest = kind === "account" ? { active, status } : kind === "sync" ? { rev } : {};
        const { seq: _, indexed_at: __, ...said } = data;
        assertEquals(said, { did, handle, ...rest });
      }
    }
  }
  return counts;
}

Deno.test("with everything wanted there is an event of each operation and of each message about an account", async () => {
  const counts = await compare((await networkFrames(1000)).map(({ bytes }) => bytes));
  for (const { type } of [...RECORD_TYPES, ...DELETE_TYPES]) assert((counts.get(type) ?? 0) >= 2, type);
  for (const type of ["Atproto.Identity", "Atproto.Account", "Atproto.Sync"]) {
    assert((counts.get(type) ?? 0) >= 10, type);
  }
});

Deno.test("with everything wanted there is an event of each operation of recorded messages", async () => {
  let events = 0;
  for (const file of RECORDED) {
    const counts = await compare(await recorded(file));
    for (const count of counts.values()) events += count;
  }
  assert(events > 60, `${events}`);
});
