import { assert, assertEquals } from "@std/assert";
import { ByteBuffer } from "../src/atproto/bytes/byte_buffer.ts";
import { cborToJson } from "../src/atproto/cbor_to_json.ts";
import { cidMatches, cidText } from "../src/atproto/cid.ts";
import { EventEncoder } from "../src/events/encoder.ts";
import { COLLECTIONS, RECORD_TYPES } from "../src/events/registry.ts";
import { eventTime } from "../src/events/time.ts";
import { decodeFrame } from "../src/atproto/frame.ts";
import { isDid } from "../src/atproto/did.ts";
import { RecordWrite } from "../src/atproto/repo_op.ts";
import { rulesOf } from "../src/filter/collections.ts";
import { Filter, UNFILTERED } from "../src/filter/filter.ts";
import * as b from "./fuzz/bytes.ts";
import { assertSchema } from "./support/schemas.ts";
import { encoderOptions } from "./support/events.ts";

const FOLDER = new URL("./golden/interop/", import.meta.url);
const READER = new Filter({ collections: rulesOf(COLLECTIONS), ...UNFILTERED });
const ENCODER = new EventEncoder(
  encoderOptions(RECORD_TYPES, "structured", "wss://relay.example/xrpc/com.atproto.sync.subscribeRepos"),
);
const LIKE = "app.bsky.feed.like";
const utf8 = new TextEncoder();

/** The vectors of a file: its lines but for comments and empty ones. */
function vectors(name: string): string[] {
  return Deno.readTextFileSync(new URL(`${name}.txt`, FOLDER)).split("\n").filter((line) => !/^(?:#|\s*$)/.test(line));
}

function json<T>(name: string): T {
  return JSON.parse(Deno.readTextFileSync(new URL(`${name}.json`, FOLDER)));
}

/** The event of a like with this in its place, or the reason why there is none. */
function like(
  { path = `${LIKE}/1`, repo = "did:plc:a", rev = "3jzfcijpj2z2a", time = "2026-07-01T12:00:00Z", uri = "" },
) {
  const record = b.map([["subject", b.map([["uri", b.text(uri)]])], ["createdAt", b.text(time)]]);
  const cid = b.cidOf(record);
  const fields = { repo: b.text(repo), rev: b.text(rev), time: b.text(time) };
  const frame = decodeFrame(b.commit([b.op("create", path, cid)], b.car(cid, [b.section(cid, record)]), fields));
  if (frame.kind !== "commit") return frame.kind === "rejected" ? frame.reason : frame.kind;
  const [result] = READER.read(frame);
  if (!(result instanceof RecordWrite)) return result?.kind === "rejected" ? result.reason : "nothing";
  const encoded = ENCODER.encode(result, 0);
  if ("kind" in encoded) return encoded.reason;
  const event = JSON.parse(new TextDecoder().decode(encoded.value));
  assertSchema(event);
  return event;
}

Deno.test("isDid() takes every DID of the official vectors, and beyond them what other DID methods may have", () => {
  const isOne = (did: string) => isDid(utf8.encode(did), { start: 0, end: utf8.encode(did).length });
  const valid = vectors("did_syntax_valid");
  assertEquals(valid.filter((did) => !isOne(did)), []);
  assert(valid.length >= 20);
  const invalid = vectors("did_syntax_invalid");
  // W3C's grammar has digits in a method's name; and no rule on the last letter keeps an event back.
  const LENIENT = /^did:m123:val$|^did:method:val[:%]$/;
  assertEquals(invalid.filter(isOne).filter((did) => !LENIENT.test(did) && did.length < 2048), []);
  assert(invalid.length >= 15);
  for (const did of valid) assertEquals(like({ repo: did }).subject, did);
});

Deno.test("readCommit() takes every record key of the official vectors, and no other", () => {
  const valid = vectors("recordkey_syntax_valid");
  for (const rkey of valid) assertEquals(like({ path: `${LIKE}/${rkey}` }).data?.uri, `at://did:plc:a/${LIKE}/${rkey}`);
  assert(valid.length >= 15);
  const invalid = vectors("recordkey_syntax_invalid");
  for (const rkey of invalid) assertEquals(like({ path: `${LIKE}/${rkey}` }), "op-invalid", rkey);
  assert(invalid.length >= 10);
});

Deno.test("an event has its revision as it stands, be it a TID of the official vectors or none", () => {
  const all = [...vectors("tid_syntax_valid"), ...vectors("tid_syntax_invalid")];
  // A revision only tells commits apart here, so what is no TID keeps no event back.
  for (const rev of all) assertEquals(like({ rev }).id, `did:plc:a/${rev}/${LIKE}/1`);
  assert(all.length >= 10);
});

Deno.test("an event has AT-URIs of its record as they stand, valid or not, and its own is a valid one", () => {
  const all = [...vectors("aturi_syntax_valid"), ...vectors("aturi_syntax_invalid")];
  for (const uri of all) assertEquals(like({ uri }).data.subject_uri, uri);
  assert(all.length >= 90);
  // Those of the vectors that name a record by DID are what an event of such a record has.
  const ofRecords = vectors("aturi_syntax_valid").map((uri) => /^at:\/\/(did:[^/]+)\/([^/]+\/([^/]+))$/.exec(uri));
  let made = 0;
  for (const [, repo = "", , rkey = ""] of ofRecords.filter((match) => match !== null)) {
    assertEquals(like({ repo, path: `${LIKE}/${rkey}` }).data.uri, `at://${repo}/${LIKE}/${rkey}`);
    made++;
  }
  assert(made >= 12, `${made}`);
});

Deno.test("cidText() writes every base32 CID of the official vectors", () => {
  const valid = vectors("cid_syntax_valid").filter((cid) => /^b[a-z2-7]+$/.test(cid));
  for (const cid of valid) assertEquals(cidText(fromBase32(cid)), cid);
  assert(valid.length >= 2);
  // A text is never read as a CID: links are binary, and a record's own texts are passed on as they stand.
});

Deno.test("eventTime() takes the datetimes of the official vectors that databases can hold, and of others two forms", () => {
  const valid = vectors("datetime_syntax_valid");
  for (const time of valid) {
    const isHeld = !time.startsWith("0000-") && !/\.\d{10}/.test(time);
    if (isHeld) assertEquals(Date.parse(eventTime(time) ?? ""), Date.parse(time), time);
    else assertEquals(eventTime(time), null, time);
    assertEquals(like({ time }).data.indexed_at, time);
  }
  assert(valid.length >= 30);
  const invalid = [...vectors("datetime_syntax_invalid"), ...vectors("datetime_parse_invalid")];
  // Without a zone, as some servers write it, it counts as UTC; a small z and -00:00 are RFC 3339.
  const LENIENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:z|-00:00)?$/;
  assertEquals(invalid.filter((time) => eventTime(time) !== null && !LENIENT.test(time)), []);
  assert(invalid.length >= 45);
  for (const time of invalid) assertEquals(like({ time }).data.created_at, time);
});

interface Fixture {
  readonly json: { readonly [field: string]: unknown };
  readonly cbor_base64: string;
  readonly cid: string;
}

Deno.test("cborToJson() makes of the official records the official JSON, and their CIDs fit", () => {
  const fixtures = json<readonly Fixture[]>("data-model-fixtures");
  for (const { json, cbor_base64, cid } of fixtures) {
    const block = Uint8Array.from(atob(cbor_base64), (each) => each.charCodeAt(0));
    assertEquals(JSON.parse(jsonOf(block)), json);
    const binary = fromBase32(cid);
    const bytes = b.concat(binary, block);
    assert(cidMatches(bytes, { start: 0, end: binary.length }, { start: binary.length, end: bytes.length }));
  }
  assertEquals(fixtures.length, 3);
});

function jsonOf(block: Uint8Array): string {
  const out = new ByteBuffer();
  cborToJson(block, { start: 0, end: block.length }, out);
  return new TextDecoder().decode(out.written());
}

interface Model {
  readonly note: string;
  readonly json: unknown;
}

/** A JSON value as CBOR: links and bytes as the data model has them, where they are such. */
function cborOf(value: unknown): Uint8Array {
  if (value === null) return b.NULL;
  if (typeof value === "string") return b.text(value);
  if (typeof value === "number" && Number.isInteger(value)) return b.head(0, value);
  if (typeof value === "number") {
    const bytes = new Uint8Array(9).fill(0xfb);
    new DataView(bytes.buffer).setFloat64(1, value);
    return bytes;
  }
  if (Array.isArray(value)) return b.array(value.map(cborOf));
  return b.map(Object.entries(value as object).map(([key, item]) => [key, cborOf(item)]));
}

Deno.test("a record of the official data model's vectors is passed on, valid or not, unless it is no object", () => {
  const all = [...json<readonly Model[]>("data-model-valid"), ...json<readonly Model[]>("data-model-invalid")];
  const refused: string[] = [];
  for (const { note, json } of all) {
    const text = jsonOf(cborOf(json));
    if (!text.startsWith("{")) refused.push(note);
    // Floats, and links, bytes and blobs that are none: what a record says beyond the fields of events hurts nobody.
    else assertEquals(JSON.parse(text), json, note);
  }
  assertEquals(refused, ["top-level not an object"]);
  assert(all.length >= 17);
});

function fromBase32(text: string): Uint8Array {
  const bytes: number[] = [];
  let held = 0;
  let bits = 0;
  for (const letter of text.slice(1)) {
    held = (held << 5) | "abcdefghijklmnopqrstuvwxyz234567".indexOf(letter);
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((held >> bits) & 255);
    held &= (1 << bits) - 1;
  }
  return Uint8Array.from(bytes);
}
