import { assertEquals } from "@std/assert";
import { LOSS_OPTIONS } from "../../src/config/loss_options.ts";
import { OPTIONS, type OptionSpec } from "../../src/config/options.ts";

Deno.test("LOSS_OPTIONS are all options of stream", () => {
  const all = new Map<string, OptionSpec>(Object.entries(OPTIONS));
  for (const [name, spec] of Object.entries(LOSS_OPTIONS)) assertEquals(all.get(name), spec, name);
});
