import { assert, assertEquals } from "@std/assert";
import { DEFAULT, OPTIONS } from "../../bench/plan.ts";
import { optionsText } from "../../scripts/performance_report.ts";
import { parseArgs } from "../../src/cli/args.ts";
import { OPTIONS as TABLE, resolveConfig } from "../../src/config/config.ts";

const KAFKA = { kafkaBootstrapServers: "localhost:9092", kafkaTopic: "t" };

Deno.test("OPTIONS has the default, and beside it rows whose flags stream takes", () => {
  assertEquals(OPTIONS[0], DEFAULT);
  assertEquals(new Set(OPTIONS.map(({ name }) => name)).size, OPTIONS.length);
  for (const { name, flags, tls = false } of OPTIONS) {
    const { flags: texts, positionals, errors } = parseArgs(
      flags.map((flag) => flag.replace("@{prefix}", "t-").replace("@{directory}", "http://localhost:2582")),
      TABLE,
    );
    assertEquals([positionals, errors], [[], []], name);
    const resolution = resolveConfig({ ...KAFKA, ...texts }, {});
    assert(resolution.kind !== "errors", name);
    assertEquals(name === DEFAULT.name, flags.length === 0 && !tls);
  }
});

Deno.test("optionsText() has a row for each option, with its ratio to the default where that was measured", () => {
  const row = { microsecondsPerFrame: 21.5, spread: 2, eventsPerFrame: 1.1, nanosecondsPerByte: 20.9, rssMb: 141 };
  const text = optionsText([{ ...row, name: "the default", toDefault: 1 }, { ...row, name: "--x", toDefault: null }]);
  assertEquals(text.split("\n").slice(2), [
    "| the default | 21.5 | 1 | ±2 % | 1.1 | 20.9 | 141 |",
    "| `--x` | 21.5 |  | ±2 % | 1.1 | 20.9 | 141 |",
  ]);
});
