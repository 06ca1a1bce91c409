import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Results } from "../../scripts/test_process.ts";
import { closingText, duration, leftOutText, openingText, resultText } from "../../scripts/test_report.ts";

const RESULTS: Results = {
  passed: 3,
  failed: 0,
  leftOut: [],
  ignored: 0,
  times: [{ path: "tests/a_test.ts", name: "quick", seconds: 0.5 }, {
    path: "tests/a_test.ts",
    name: "slow",
    seconds: 70,
  }],
  failures: "",
  ended: true,
};

Deno.test("duration() says seconds, and minutes from one on", () => {
  assertEquals([0.04, 9.96, 12.4, 59.6, 61, 600].map(duration), [
    "0.0 s",
    "10.0 s",
    "12 s",
    "1 min 0 s",
    "1 min 1 s",
    "10 min 0 s",
  ]);
});

Deno.test("openingText() says what was found, what will be left out, and what another command runs", () => {
  const findings = [
    { need: "kafka", found: true, detail: "Kafka 4.1.0 on Java, fetched" },
    { need: "zsh", found: false, detail: "not installed" },
    { need: "fish", found: false, detail: "not installed" },
  ] as const;
  const text = openingText({ files: 193, processes: 3, seconds: 80, all: false, findings });
  assertStringIncludes(text, "193 test files, 3 at a time. Expected: 1 min 20 s");
  assertStringIncludes(text, "✓ a Kafka broker  Kafka 4.1.0 on Java, fetched");
  assertStringIncludes(text, "Tests that need zsh or fish will be left out.");
  assertStringIncludes(text, "deno task test:all");
  assert(!openingText({ files: 1, processes: 3, seconds: 1, all: true, findings: [] }).includes("test:all"));
});

Deno.test("resultText() is one line, with what went wrong below it", () => {
  assertEquals(
    resultText(RESULTS, ["tests/a_test.ts", "tests/b_test.ts", "tests/c_test.ts"], 7, 193),
    "[  7/193] tests/a_test.ts and 2 more: 3 passed (1 min 11 s)",
  );
  const failed = { ...RESULTS, failed: 1, failures: "error: because" };
  assertEquals(
    resultText(failed, ["tests/a_test.ts"], 8, 9),
    "[8/9] tests/a_test.ts: 3 passed, 1 FAILED (1 min 11 s)\n\nerror: because\n",
  );
});

Deno.test("leftOutText() is one sentence and one command, and nothing where only time was wanting", () => {
  const leftOut = [{ need: "zsh", name: "a" }, { need: "long", name: "b" }, { need: "kafka", name: "c" }, {
    need: "zsh",
    name: "d",
  }] as const;
  assertEquals(
    leftOutText(leftOut, "linux"),
    "Left out: 2 tests that need zsh, 1 test that needs a Kafka broker. " +
      "To run them: sudo apt-get install -y zsh openjdk-17-jre-headless maven",
  );
  assertEquals(leftOutText([{ need: "long", name: "b" }], "linux"), null);
});

Deno.test("closingText() names the slowest tests, the longest first, then what failed, and ends with the counts", () => {
  const leftOut = [{ need: "long", name: "b" }, { need: "fish", name: "c" }] as const;
  const failures = "a() holds => ./tests/a_test.ts:3:6\nerror: AssertionError: 1 is not 2\n    at a";
  const lines = closingText([RESULTS, { ...RESULTS, failed: 2, failures, leftOut, times: [] }], 100, "linux")
    .split("\n");
  assertEquals(lines.slice(1, 4), [
    "The 2 slowest tests:",
    "1 min 10 s  slow (tests/a_test.ts)",
    "   0.5 s  quick (tests/a_test.ts)",
  ]);
  assertEquals(lines.slice(5, 8), [
    "Failed:",
    "  a() holds => ./tests/a_test.ts:3:6: error: AssertionError: 1 is not 2",
    "",
  ]);
  assert(lines.some((line) => line.startsWith('"deno task test:all" runs 1 more test')));
  assertEquals(lines.at(-1), "6 passed, 2 failed, 1 left out in 1 min 40 s");
});
