import { assertEquals } from "@std/assert";
import { encode } from "@atproto/lex-cbor";
import { spanText } from "../../src/atproto/bytes/span.ts";
import type { RecordDefinition } from "../../src/events/definition.ts";
import { ABSENT, FieldReader } from "../../src/events/field_reader.ts";
import { planOf } from "../../src/events/plan.ts";
import { FOLLOW } from "../../src/events/types/follow.ts";
import { LIKE } from "../../src/events/types/like.ts";
import { POST } from "../../src/events/types/post.ts";
import type { Lex } from "../../src/simulator/frames.ts";

const REF = { uri: "at://a", cid: "bafy" };

/** What is found of a record for each value that its event has of it; read from the middle of a buffer. */
function found(definition: RecordDefinition, record: unknown): unknown[] | null {
  const plan = planOf(definition, false);
  const block = record instanceof Uint8Array ? record : encode(record as Lex);
  const bytes = new Uint8Array([0xff, ...block, 0xff]);
  const reader = new FieldReader(plan.slots, bytes.length);
  // What was found in the record before must not show.
  reader.read(plan, encode({ text: "before", subject: "before", createdAt: "before" }), { start: 0, end: 50 });
  if (!reader.read(plan, bytes, { start: 1, end: bytes.length - 1 })) return null;
  return plan.steps.filter(({ value }) => !["did", "path", "cid", "time", "seq"].includes(value))
    .map(({ value, slot }) => {
      const [start = ABSENT, end = ABSENT] = [reader.starts[slot], reader.ends[slot]];
      if (start === ABSENT) return null;
      if (value === "json") return new TextDecoder().decode(reader.json.bytes.subarray(start, end));
      if (value !== "texts") return spanText(bytes, { start, end });
      const places = [...reader.items.subarray(start, end)];
      return places.flatMap((at, i) => i % 2 === 0 ? [spanText(bytes, { start: at, end: places[i + 1] ?? at })] : []);
    });
}

Deno.test("FieldReader.read() finds the fields of likes, among others, and those that are missing", () => {
  assertEquals(found(LIKE, { subject: REF, createdAt: "t", via: REF }), [REF.uri, REF.cid, "t"]);
  assertEquals(found(LIKE, {}), [null, null, null]);
  assertEquals(found(FOLLOW, { $type: "x", subject: "did:plc:a", createdAt: "t" }), ["did:plc:a", "t"]);
});

Deno.test("FieldReader.read() finds the fields of posts", () => {
  const record = {
    text: "hello",
    createdAt: "t",
    langs: ["en", "de"],
    tags: [],
    reply: { root: REF, parent: { ...REF, uri: "at://b" } },
    embed: { $type: "app.bsky.embed.recordWithMedia", record: { record: REF }, media: { images: [] } },
    facets: [{ a: 1 }],
  };
  const type = "app.bsky.embed.recordWithMedia";
  assertEquals(
    found(POST, record),
    ["hello", ["en", "de"], "at://b", "bafy", "at://a", "bafy", type, type, '[{"a":1}]', null, [], "t"],
  );
});

Deno.test("FieldReader.read() leaves to the generic path what is unusual or damaged", () => {
  const twice = new Uint8Array([0xa2, 0x64, 0x74, 0x65, 0x78, 0x74, 0x60, 0x64, 0x74, 0x65, 0x78, 0x74, 0x60]);
  const trailing = new Uint8Array([...encode({ createdAt: "t" }), 0]);
  const badKey = new Uint8Array([0xa1, 0x61, 0xff, 0x00]);
  for (const record of [[1], "text", { createdAt: 5 }, trailing, badKey, encode({ createdAt: "t" }).slice(0, -1)]) {
    for (const definition of [LIKE, FOLLOW, POST]) assertEquals(found(definition, record), null);
  }
  assertEquals(found(POST, twice), null);
  assertEquals(found(LIKE, { subject: "text" }), null);
  assertEquals(found(FOLLOW, { subject: REF }), null);
  for (const record of [{ langs: "en" }, { langs: [1] }, { reply: null }, { embed: 5 }, { reply: { parent: null } }]) {
    assertEquals(found(POST, record), null);
  }
});
