import { assertEquals } from "@std/assert";
import { encode } from "@atproto/lex-cbor";
import { spanText } from "../../src/atproto/bytes/span.ts";
import { accountShape, postShape, referenceShape } from "../../src/events/shapes.ts";
import type { Lex } from "../../src/simulator/frames.ts";

const REF = { uri: "at://a", cid: "bafy" };

/** The shape of a record as texts, read from the middle of a buffer; null where it is unusual. */
function shape<T>(read: (bytes: Uint8Array, block: { start: number; end: number }) => T, record: unknown): unknown {
  const block = record instanceof Uint8Array ? record : encode(record as Lex);
  const bytes = new Uint8Array([0xff, ...block, 0xff]);
  const found = read(bytes, { start: 1, end: bytes.length - 1 });
  return JSON.parse(JSON.stringify(found, (_, value) => {
    const isSpan = typeof value === "object" && value !== null && "start" in value && "end" in value;
    return isSpan ? spanText(bytes, value) : value;
  }));
}

Deno.test("referenceShape() finds the fields of likes and reposts, among others", () => {
  assertEquals(shape(referenceShape, { subject: REF, createdAt: "t", via: REF }), { subject: REF, createdAt: "t" });
  assertEquals(shape(referenceShape, {}), { subject: { uri: null, cid: null }, createdAt: "" });
});

Deno.test("accountShape() finds the fields of follows and blocks", () => {
  assertEquals(shape(accountShape, { $type: "x", subject: "did:plc:a", createdAt: "t" }), {
    subject: "did:plc:a",
    createdAt: "t",
  });
});

Deno.test("postShape() finds the fields of posts", () => {
  const record = {
    text: "hello",
    createdAt: "t",
    langs: ["en", "de"],
    tags: [],
    reply: { root: REF, parent: { ...REF, uri: "at://b" } },
    embed: { $type: "app.bsky.embed.recordWithMedia", record: { record: REF }, media: { images: [] } },
    facets: [{ a: 1 }],
  };
  assertEquals(shape(postShape, record), {
    text: "hello",
    langs: ["en", "de"],
    tags: [],
    createdAt: "t",
    parent: { ...REF, uri: "at://b" },
    root: REF,
    embedType: "app.bsky.embed.recordWithMedia",
    embedUri: "at://a",
    facets: '[{"a":1}]',
    labels: null,
  });
});

Deno.test("the shapes leave to the plain way what is unusual or damaged", () => {
  const twice = new Uint8Array([0xa2, 0x64, 0x74, 0x65, 0x78, 0x74, 0x60, 0x64, 0x74, 0x65, 0x78, 0x74, 0x60]);
  const trailing = new Uint8Array([...encode({ createdAt: "t" }), 0]);
  const badKey = new Uint8Array([0xa1, 0x61, 0xff, 0x00]);
  for (const record of [[1], "text", { createdAt: 5 }, trailing, badKey, encode({ createdAt: "t" }).slice(0, -1)]) {
    for (const read of [referenceShape, accountShape, postShape]) assertEquals(shape<unknown>(read, record), null);
  }
  assertEquals(shape(postShape, twice), null);
  assertEquals(shape(referenceShape, { subject: "text" }), null);
  assertEquals(shape(accountShape, { subject: REF }), null);
  for (const record of [{ langs: "en" }, { langs: [1] }, { reply: null }, { embed: 5 }, { reply: { parent: null } }]) {
    assertEquals(shape(postShape, record), null);
  }
});
