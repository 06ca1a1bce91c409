/**
 * What becomes events where everything is wanted, held against what the reference library reads in the same messages.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { decodeAll } from "@atproto/lex-cbor";
import { lexToJson } from "@atproto/lex-json";
import { parseCommitUnauthenticated } from "@atproto/sync";
import { EVERY_OTHER } from "../src/events/definition.ts";
import { COLLECTIONS, DELETE_TYPES, EVENT_TYPES, RECORD_TYPES } from "../src/events/registry.ts";
import { RECORD } from "../src/events/types/record.ts";
import { RECORDED, recorded } from "./support/messages.ts";
import { type NetworkEvent, networkFrames, WholeNetwork } from "./support/network_events.ts";
import { textOf } from "./support/records.ts";
import { assertSchema } from "./support/schemas.ts";

type CommitBody = Parameters<typeof parseCommitUnauthenticated>[0];

interface Operation {
  readonly action: string;
  readonly path: string;
  readonly cid: string | null;
  readonly prev: string | null;
  /** As the protocol's JSON. */
  readonly record: unknown;
}

/** A record as the library's JSON; it refuses whole numbers beyond 2^53, which stand in texts here. */
function jsonOf(record: unknown): unknown {
  try {
    return lexToJson(withDigits(record) as Parameters<typeof lexToJson>[0]);
  } catch {
    // Such as a key "__proto__"; tests/atproto/cbor_to_json_test.ts has what becomes of it.
    return REFUSED;
  }
}

const REFUSED = "refused";

function withDigits(value: unknown): unknown {
  if (typeof value === "bigint") return `number ${value}`;
  if (isLarge(value)) return `number ${JSON.stringify(value)}`;
  if (Array.isArray(value)) return value.map(withDigits);
  const isMap = typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  return isMap ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withDigits(item)])) : value;
}

function isLarge(value: unknown): value is number {
  return Number.isInteger(value) && !Number.isSafeInteger(value);
}

/** Parses JSON; of integers beyond 2^53 all digits stand in a text. */
function parseDigits(text: string): unknown {
  return (JSON.parse as Parse)(
    text,
    (_, value, { source }) => isLarge(value) ? `number ${source}` : value,
  );
}

type Parse = (text: string, revive: (key: string, value: unknown, context: { source?: string }) => unknown) => unknown;

/** What the reference library reads in a commit. */
async function operationsOf(body: CommitBody): Promise<Operation[]> {
  const events = await parseCommitUnauthenticated(body);
  return events.flatMap((event, i) => {
    if (!("collection" in event)) return [];
    const prev = event.event === "delete" ? body.ops[i]?.prev ?? null : null;
    return [{
      action: event.event,
      path: `${event.collection}/${event.rkey}`,
      cid: "cid" in event ? event.cid.toString() : null,
      prev: prev === null ? null : String(prev),
      record: "record" in event ? jsonOf(event.record) : null,
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
    record: data["record"] ?? null,
  };
}

function typeOf(collection: string, kind: "records" | "deletes"): string | undefined {
  const wanted = COLLECTIONS.includes(collection) ? collection : EVERY_OTHER;
  return EVENT_TYPES.find((each) => each.collection === wanted && each.kind === kind)?.type;
}

/** Holds the events of messages against the library; returns how many there were of each type. */
async function compare(messages: readonly Uint8Array[]): Promise<Map<string, number>> {
  const network = new WholeNetwork();
  const counts = new Map<string, number>();
  for (const bytes of messages) {
    const [header, body] = [...decodeAll(bytes)] as unknown as [{ t?: string }, Record<string, unknown>];
    const events = network.records(bytes).map(({ value }) => parseDigits(textOf(value)) as NetworkEvent);
    for (const event of events) {
      assertSchema(event);
      counts.set(event.type, (counts.get(event.type) ?? 0) + 1);
      assertEquals(event["subject"], body["did"] ?? body["repo"]);
      assertEquals([event.data["seq"], event.data["indexed_at"]], [body["seq"], body["time"]]);
    }
    if (header.t === "#commit") {
      const meant = await operationsOf(body as unknown as CommitBody);
      // A profile is named by its account, and its event does not repeat its CID; and types of their own have no record.
      const read = events.map(operationOf).map((each, i) => ({
        ...each,
        ...(events[i]?.type === "Bluesky.Actor.Profile" ? { cid: meant[i]?.cid ?? null } : {}),
        ...(meant[i]?.record !== REFUSED ? {} : { record: meant[i]?.record ?? null }),
      }));
      assertEquals(read, meant);
      for (const [i, { action, path, record }] of meant.entries()) {
        if (events[i]?.type === RECORD.type && record !== REFUSED) {
          counts.set("compared", (counts.get("compared") ?? 0) + 1);
        }
        const kind = action === "delete" ? "deletes" : "records";
        assertEquals(events[i]?.type, typeOf(path.split("/")[0] ?? "", kind));
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
  assert((counts.get("compared") ?? 0) > (counts.get(RECORD.type) ?? 0) / 2);
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
