import { assert, assertEquals } from "@std/assert";
import { CloudEvent, Kafka } from "cloudevents";
import { encodeEvent } from "../../src/events/encode.ts";
import { eventId, eventTime, toEvent } from "../../src/events/envelope.ts";
import { eventTypeOf } from "../../src/events/data.ts";
import { EVENT_TYPES } from "../../src/events/schema.ts";
import { decodeFrame } from "../../src/firehose/frame.ts";
import { CommitReader } from "../../src/repo/commit.ts";
import { createWorld } from "../../src/simulator/world.ts";
import { RECORDED, recorded } from "../support/messages.ts";

const SELECTION = {
  collections: new Set(Object.values(EVENT_TYPES).map(({ collection }): string => collection)),
  sampleRate: 1,
};
const COMMITS = new CommitReader(SELECTION);
const SOURCE = "wss://bsky.network/xrpc/com.atproto.sync.subscribeRepos";

Deno.test("eventTime() keeps UTC times with all digits and completes or converts the others", () => {
  const times: [string, string | null][] = [
    ["2026-07-01T12:00:00Z", "2026-07-01T12:00:00Z"],
    ["2026-07-01T12:00:00.123456789Z", "2026-07-01T12:00:00.123456789Z"],
    ["2026-02-24T14:05:20.5215469", "2026-02-24T14:05:20.5215469Z"],
    ["2026-07-01T12:00:00+02:00", "2026-07-01T10:00:00.000Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"],
    ["2026-02-29T00:00:00Z", null],
    ["2026-02-31T00:00:00Z", null],
    ["2026-13-01T00:00:00Z", null],
    ["2026-07-01T25:00:00Z", null],
    ["2026-07-01", null],
    ["yesterday", null],
    ["", null],
  ];
  for (const [time, wanted] of times) assertEquals(eventTime(time), wanted, time);
});

Deno.test("eventId() differs for every other operation and does not depend on the relay", () => {
  const op = { did: "did:plc:a", rev: "3l", collection: "app.bsky.feed.post", rkey: "x" };
  const ids = new Set([op, { ...op, rev: "3m" }, { ...op, rkey: "y" }, { ...op, did: "did:plc:b" }].map(eventId));
  assertEquals(ids.size, 4);
  assertEquals(eventId(op), "did:plc:a/3l/app.bsky.feed.post/x");
});

/** Checks every event of a message with the SDK; returns how many there were. */
async function check(bytes: Uint8Array): Promise<number> {
  const frame = decodeFrame(bytes);
  if (frame.kind !== "commit") return 0;
  let events = 0;
  for (const block of COMMITS.read(frame).results) {
    const op = block.kind === "block" ? block.decode() : block;
    if (op.kind === "rejected") throw new Error(op.reason);
    const type = eventTypeOf(op.collection);
    if (type === null) throw new Error(op.collection);
    const event = toEvent(type, op, SOURCE, "2026-01-01T00:00:00Z");
    const strict = new CloudEvent({ ...event });
    assert(strict.validate());
    const record = encodeEvent(event, op);
    const { headers, body } = Kafka.structured(strict);
    assertEquals(JSON.parse(new TextDecoder().decode(record.value)).data, JSON.parse(String(body)).data);
    const value = new TextDecoder().decode(record.value);
    const message = { headers, body: value, key: op.did, value, timestamp: 0 };
    const back = Kafka.toEvent(message);
    if (Array.isArray(back) || !(back instanceof CloudEvent)) throw new Error("no single event came back");
    // The SDK makes an attribute of the record's key.
    const sent = { ...JSON.parse(value), time: null, partitionkey: op.did };
    assertEquals({ ...JSON.parse(JSON.stringify(back)), time: null }, sent);
    // The SDK cuts times to milliseconds; ours keep the relay's digits.
    assertEquals(Date.parse(back.time ?? ""), Date.parse(event.time ?? ""));
    events++;
  }
  return await Promise.resolve(events);
}

Deno.test("toEvent() makes events that pass the SDK's validation and its Kafka round trip, on recorded messages", async () => {
  let events = 0;
  for (const file of RECORDED) for (const bytes of await recorded(file)) events += await check(bytes);
  assert(events >= 55, `only ${events} events`);
});

Deno.test("toEvent() makes events that pass the SDK's validation and its Kafka round trip, on the simulator's", async () => {
  const world = await createWorld({
    seed: 5,
    accounts: 20,
    firstSeq: 31_500_000_000,
    startMs: 1_767_225_600_000,
    stepMs: 5,
  });
  let events = 0;
  for (let i = 0; i < 1000; i++) events += await check((await world.next()).bytes);
  assert(events > 800, `only ${events} events`);
});

Deno.test("toEvent() tells a create from an update, and falls back to the time of receipt", async () => {
  const [bytes] = await recorded("indigo_commits.bin");
  const frame = decodeFrame(bytes ?? new Uint8Array());
  if (frame.kind !== "commit") throw new Error(frame.kind);
  const [block] = COMMITS.read(frame).results;
  const op = block?.kind === "block" ? block.decode() : block;
  if (op === undefined || op.kind === "rejected") throw new Error("no record");
  const event = toEvent(
    "Bluesky.Feed.Repost",
    { ...op, action: "update", time: "soon" },
    SOURCE,
    "2026-01-01T00:00:00Z",
  );
  assertEquals([event.action, event.time, event.data?.indexed_at], ["update", "2026-01-01T00:00:00Z", "soon"]);
  assertEquals([event.subject, event.source, event.datacontenttype], [op.did, SOURCE, "application/json"]);
});
