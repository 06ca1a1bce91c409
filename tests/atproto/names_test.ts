import { assertEquals } from "@std/assert";
import { nameAt, namesOf } from "../../src/atproto/names.ts";

Deno.test("namesOf() keeps the place of each name, by the length of its bytes and not of its text", () => {
  const names = namesOf(["uri", "é", "cid", ""]);
  const text = new TextDecoder();
  const of = (length: number) => names[length]?.map(({ index, bytes }) => [index, text.decode(bytes)]);
  assertEquals([of(0), of(1), of(2), of(3)], [[[3, ""]], undefined, [[1, "é"]], [[0, "uri"], [2, "cid"]]]);
});

Deno.test("nameAt() finds a name among bytes, and none that is another", () => {
  const names = namesOf(["uri", "cid", "$type"]);
  const bytes = new TextEncoder().encode("cid$typeurl");
  assertEquals([nameAt(names, bytes, 0, 3), nameAt(names, bytes, 3, 8), nameAt(names, bytes, 8, 11)], [1, 2, -1]);
  assertEquals([nameAt(names, bytes, 0, 2), nameAt(names, bytes, 0, 0)], [-1, -1]);
});
