import { assert, assertEquals, assertMatch } from "@std/assert";
import { cidForLex } from "@atproto/lex-cbor";
import { CborReader, MAX_DEPTH } from "../../src/atproto/cbor.ts";
import { Cid } from "../../src/atproto/cid.ts";
import { encodeRecord } from "../../src/simulator/dag_cbor.ts";
import { drawKey, FOREIGN_COLLECTIONS, makeForeign } from "../../src/simulator/foreign.ts";
import { createRandom } from "../../src/simulator/random.ts";

const POST = { uri: "at://did:plc:x/app.bsky.feed.post/1", cid: "bafyexample" };
const BLOB = await cidForLex({ blob: 1 });

function records(collection: string, count: number): Record<string, unknown>[] {
  const around = { random: createRandom(1), now: "2026-01-01T00:00:00Z", post: POST, did: "did:plc:y", blob: BLOB };
  return Array.from({ length: count }, () => makeForeign(collection, around));
}

/** All values within one, itself included, and how deep it is. */
function* within(value: unknown, depth = 0): Generator<[unknown, number]> {
  yield [value, depth];
  if (value instanceof Uint8Array || value === BLOB || typeof value !== "object" || value === null) return;
  for (const item of Object.values(value)) yield* within(item, depth + 1);
}

Deno.test("makeForeign() makes records of other lexicons, with their names but for a few", () => {
  for (const collection of FOREIGN_COLLECTIONS) {
    const made = records(collection, 200);
    const named = made.filter(({ $type }) => $type === collection).length;
    assertEquals(named > 180, true, collection);
    assertEquals(named < 200, collection === "social.example.thing", collection);
  }
});

Deno.test("makeForeign() makes values of every kind that DAG-CBOR has, which the producer's reader takes", () => {
  const made = records("social.example.thing", 600);
  const values: unknown[] = [];
  let deepest = 0;
  let prototypes = 0;
  for (const record of made) {
    const bytes = encodeRecord(record);
    const reader = new CborReader(bytes);
    const read = reader.readValue();
    assert(reader.atEnd);
    assertEquals(encodeRecord(withLinks(read)), bytes);
    if (Object.hasOwn(record, "__proto__")) prototypes++;
    for (const [value, depth] of within(record)) {
      values.push(value);
      deepest = Math.max(deepest, depth);
    }
  }
  assert(prototypes > 20 && !("isAdmin" in {}), `${prototypes} with __proto__`);
  assertEquals(deepest, MAX_DEPTH);
  const kinds: [string, (value: unknown) => boolean][] = [
    ["float", (value) => typeof value === "number" && !Number.isInteger(value)],
    ["float past 2^53", (value) => typeof value === "number" && value > 2 ** 60],
    ["integer past 2^53", (value) => value === 2n ** 53n + 1n],
    ["largest integer", (value) => value === 2n ** 64n - 1n],
    ["smallest integer", (value) => value === -(2n ** 63n)],
    ["bytes", (value) => value instanceof Uint8Array && value.length > 0],
    ["no bytes", (value) => value instanceof Uint8Array && value.length === 0],
    ["link", (value) => value === BLOB],
    ["empty map", (value) => value instanceof Object && !Array.isArray(value) && Object.keys(value).length === 0],
    ["empty array", (value) => Array.isArray(value) && value.length === 0],
    ["null", (value) => value === null],
    ["NUL", (value) => typeof value === "string" && value.includes("\0")],
    ["control character", (value) => typeof value === "string" && value.includes("\x1b")],
    ["text that is not NFC", (value) => typeof value === "string" && value !== value.normalize("NFC")],
  ];
  for (const [name, isOne] of kinds) assert(values.some(isOne), name);
  assert(made.some((record) => Object.keys(record).length === 0), "no record that is an empty map");
});

/** The links of the producer's reader as those of the encoder. */
function withLinks(value: unknown): unknown {
  if (value instanceof Uint8Array || typeof value !== "object" || value === null) return value;
  if (value instanceof Cid) return BLOB;
  if (Array.isArray(value)) return value.map(withLinks);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withLinks(item)]));
}

Deno.test("drawKey() makes keys that the protocol allows, most of them the TID", () => {
  const random = createRandom(3);
  const keys = Array.from({ length: 500 }, () => drawKey("social.example.thing", "3mbd354db2o25", random));
  for (const key of keys) assertMatch(key, /^[A-Za-z0-9._:~-]{1,512}$/);
  const tids = keys.filter((key) => key === "3mbd354db2o25").length;
  assert(tids > 420 && tids < 490, `${tids}`);
  assertEquals(drawKey("chat.bsky.actor.declaration", "3mbd354db2o25", random), "self");
});
