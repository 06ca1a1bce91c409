import { assertEquals } from "@std/assert";
import { reportErrors } from "../../src/cli/command.ts";
import { FakeContext } from "../support/context.ts";

Deno.test("reportErrors() tells every warning and every error on standard error, and is an error in usage", () => {
  const context = new FakeContext();
  assertEquals(reportErrors(["one", "two"], ["three"], context), "usage");
  assertEquals(context.err, "Warning: three\nError: one\nError: two\n");
  assertEquals(context.out, "");
});
