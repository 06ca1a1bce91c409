import { assertEquals } from "@std/assert";
import { cidForLex } from "@atproto/lex-cbor";
import { Cid } from "../../src/atproto/cid.ts";
import { blobCid, field, text, texts } from "../../src/events/read.ts";

Deno.test("text() and texts() coerce nothing", () => {
  assertEquals([1, null, undefined, true, ["a"], {}].map(text), new Array(6).fill(null));
  assertEquals(text(""), "");
  assertEquals(texts("english"), []);
  assertEquals(texts(["en", 1, null, "de"]), ["en", "de"]);
});

Deno.test("field() sees own fields only", () => {
  assertEquals(field({ a: 1 }, "a"), 1);
  for (const value of [null, "text", 5, undefined, {}]) assertEquals(field(value, "toString"), undefined);
});

Deno.test("blobCid() reads blobs and legacy blobs", async () => {
  const cid = await cidForLex({});
  assertEquals(blobCid({ $type: "blob", ref: new Cid(cid.bytes) }), cid.toString());
  assertEquals(blobCid({ cid: "bafkold", mimeType: "image/png" }), "bafkold");
  for (const value of [null, "bafk", { ref: "bafk" }, { cid: 5 }]) assertEquals(blobCid(value), null);
});
