import { assert, assertEquals, assertThrows } from "@std/assert";
import { cidForLex, decode, encode } from "@atproto/lex-cbor";
import { CborReader } from "../../src/atproto/cbor.ts";
import { encodeRecord, linkTo } from "../../src/simulator/dag_cbor.ts";
import type { Lex } from "../../src/simulator/frames.ts";
import { createRandom } from "../../src/simulator/random.ts";
import { makeRecord } from "../../src/simulator/records.ts";

const LINK = await cidForLex({ blob: 1 });

Deno.test("encodeRecord() and linkTo() give what the reference encoder gives, where it takes a record", async () => {
  const post = { uri: "at://did:plc:x/app.bsky.feed.post/1", cid: "bafyexample" };
  const around = { random: createRandom(1), now: "2026-01-01T00:00:00Z", post, did: "did:plc:y", blob: LINK };
  const collections = ["app.bsky.feed.post", "app.bsky.actor.profile", "app.bsky.feed.threadgate"];
  const records: unknown[] = Array.from({ length: 600 }, (_, i) => makeRecord(collections[i % 3] ?? "", around));
  records.push({}, [], "", 0, -1, true, null, LINK, new Uint8Array([1, 2]), 2n ** 64n - 1n, -(2n ** 64n));
  for (const count of [23, 24, 255, 256, 1000]) records.push(Array.from({ length: count }, (_, i) => i));
  records.push(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`é${i}`, i])));
  records.push({ aa: 1, b: 2, "é": 3, ab: 4, "": 5, ["__proto__"]: 6 });
  for (const record of records) {
    const bytes = encodeRecord(record);
    assertEquals(bytes, new Uint8Array(encode(record as Lex)));
    assertEquals(linkTo(bytes).toString(), (await cidForLex(record as Lex)).toString());
  }
});

Deno.test("encodeRecord() writes numbers that are no safe integers as floats of 64 bits, which readers read", () => {
  for (const float of [0.5, -1.25, 1e300, 5e-324, 2 ** 53, -(2 ** 70)]) {
    assertThrows(() => encode(float));
    const bytes = encodeRecord({ float: [float] });
    assertEquals(new CborReader(bytes).readValue(), { float: [float] });
    assertEquals(decode(bytes), { float: [float] });
    assert(bytes.includes(0xfb));
  }
});
