import { assertEquals } from "@std/assert";
import { namesOf } from "../../src/atproto/names.ts";

Deno.test("namesOf() keeps the place of each name, by the length of its bytes and not of its text", () => {
  const names = namesOf(["uri", "é", "cid", ""]);
  const text = new TextDecoder();
  const of = (length: number) => names[length]?.map(({ index, bytes }) => [index, text.decode(bytes)]);
  assertEquals([of(0), of(1), of(2), of(3)], [[[3, ""]], undefined, [[1, "é"]], [[0, "uri"], [2, "cid"]]]);
});
