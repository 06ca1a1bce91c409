import { assertEquals } from "@std/assert";
import { tellMistakes } from "../../src/cli/command.ts";
import { FakeContext } from "../support/context.ts";

Deno.test("tellMistakes() tells every warning and every mistake on standard error, and is a mistake in usage", () => {
  const context = new FakeContext();
  assertEquals(tellMistakes(["one", "two"], ["three"], context), "usage");
  assertEquals(context.err, "Warning: three\nError: one\nError: two\n");
  assertEquals(context.out, "");
});
