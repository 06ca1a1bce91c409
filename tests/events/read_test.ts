import { assertEquals } from "@std/assert";
import { cidForLex } from "@atproto/lex-cbor";
import { Cid } from "../../src/atproto/cid.ts";
import { arrayJson, blobCid, field, objectJson, text, texts } from "../../src/events/read.ts";

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

Deno.test("arrayJson() and objectJson() write DAG-JSON with every digit", async () => {
  const cid = await cidForLex({});
  const value = [{
    link: new Cid(cid.bytes),
    bytes: new Uint8Array([1, 2, 3, 4]),
    n: 9007199254740993n,
    x: NaN,
    "ü\n": [],
  }];
  const json = `[{"link":{"$link":"${cid}"},"bytes":{"$bytes":"AQIDBA"},"n":9007199254740993,"x":null,"ü\\n":[]}]`;
  assertEquals(arrayJson(value), json);
  assertEquals(objectJson({ a: value }), `{"a":${json}}`);
});

Deno.test("arrayJson() has bytes written by the engine, and looks at none of them itself", () => {
  const bytes = new Uint8Array(300_000).fill(1);
  let looks = 0;
  const counting: Uint8Array = new Proxy(bytes, {
    get: (target, name) => {
      if (typeof name === "string" && /^\d+$/.test(name)) looks++;
      const value = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        // What goes through the bytes in our own code looks at each of them.
        if (name === Symbol.iterator || name === "forEach" || name === "reduce" || name === "map") {
          looks += target.length;
        }
        return Reflect.apply(value, target, args);
      };
    },
  });
  assertEquals(arrayJson([counting]), `[{"$bytes":"${"AQEB".repeat(100_000)}"}]`);
  assertEquals(looks, 0);
});

Deno.test("arrayJson() and objectJson() give null for the wrong type", async () => {
  assertEquals([{}, "[]", null, 5].map(arrayJson), [null, null, null, null]);
  const cid = new Cid((await cidForLex({})).bytes);
  assertEquals([[], "{}", null, cid, new Uint8Array(1)].map(objectJson), [null, null, null, null, null]);
});
