import { assert, assertEquals, assertMatch } from "@std/assert";
import { DEMO } from "../../src/cli/demo.ts";
import { main } from "../../src/cli/main.ts";
import { RECORD_TYPES } from "../../src/events/schema.ts";
import { FakeContext } from "../support/context.ts";
import { eventsOfLines } from "../support/schemas.ts";

Deno.test("demo delivers its events to a file, shows counts and one example of each type, and says what is next", async () => {
  // The firehose of the demo is its own, and what the environment says of one is not for it.
  const context = new FakeContext({ BLUESKY_FIREHOSE_URL: "ws://127.0.0.1:1/", BLUESKY_SAMPLE_RATE: "0" });
  assertEquals(await main(["demo", "--events", "400", "--rate", "100000"], context), "ok", context.err);
  const file = /^All events, one a line: (.+)$/m.exec(context.out)?.[1] ?? "";
  const lines = eventsOfLines(await Deno.readTextFile(file));
  assertEquals(lines.length, 400);
  const counts = [...context.out.matchAll(/^ +(\d+) {2}(Bluesky\.\S+)$/gm)].map(([, n, type]) => [type, Number(n)]);
  assertEquals(counts.reduce((sum, [, n]) => sum + Number(n), 0), 400);
  for (const [type, count] of counts) {
    assertEquals(lines.filter((event) => event.type === type).length, count);
    assertMatch(context.out, new RegExp(`^The first ${type}:\\n\\{\\n {2}"specversion": "1.0",\\n`, "m"));
  }
  assert(counts.length >= Object.keys(RECORD_TYPES).length - 1, context.out);
  assertMatch(context.out, /What to run next:\n {2}bluesky_firehose stream/);
  await Deno.remove(file.replace(/\/[^/]+$/, ""), { recursive: true });
});

Deno.test("demo tells mistakes in its own flags and in those of Kafka, and starts nothing", async () => {
  for (
    const [argv, told] of [
      [["--events", "0"], '--events "0": it is below 1'],
      [["--kafka-bootstrap-servers", "h:1"], "no topic is named"],
      [["--output", "x"], "--output: it is a flag of stream, check, this command has none like it"],
    ] as const
  ) {
    const context = new FakeContext();
    assertEquals(await main(["demo", ...argv], context), "usage");
    assert(context.err.includes(told), context.err);
    assertEquals(context.out, "");
  }
});

Deno.test("DEMO delivers 2,000 events unless told otherwise", () => {
  assertEquals(DEMO.options["events"]?.default, "2000");
});
