import { assertEquals } from "@std/assert";
import { readReplication } from "../../../src/kafka/options/options.ts";
import { assertWrong, valueOf } from "../../support/read.ts";

Deno.test("readReplication() takes -1 and positive numbers", () => {
  assertEquals([valueOf(readReplication("-1")), valueOf(readReplication("3"))], [-1, 3]);
  assertWrong(readReplication, ["0", "-2", "x", "40000"]);
});
