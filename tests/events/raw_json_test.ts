import { assertEquals } from "@std/assert";
import { RawJson } from "../../src/events/raw_json.ts";

Deno.test("RawJson says in JSON.stringify() what its text says", () => {
  const json = new RawJson('{"b":[1,{"$link":"bafy"}],"a":null}');
  assertEquals(json.text, '{"b":[1,{"$link":"bafy"}],"a":null}');
  assertEquals(JSON.parse(JSON.stringify({ json })), { json: { b: [1, { $link: "bafy" }], a: null } });
});
