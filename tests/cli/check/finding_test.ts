import { assertEquals } from "@std/assert";
import { finding, findingText, verdictText } from "../../../src/cli/check/finding.ts";

const FAILED = finding("topic", "failed", "it does not exist", "create it");

Deno.test("findingText() shows a tick or a cross, what was found, and below it what to do", () => {
  assertEquals(findingText(finding("firehose", "ok", "it sends"), false), "  ✓ firehose       it sends\n");
  assertEquals(findingText(FAILED, false), "  ✗ topic          it does not exist\n    -> create it\n");
});

Deno.test("findingText() is plain ASCII where that is asked for", () => {
  for (const status of ["ok", "warning", "failed", "skipped"] as const) {
    const text = findingText(finding("topic", status, "detail", "advice"), true);
    assertEquals(/^[\x20-\x7e\n]*$/.test(text), true, text);
  }
  assertEquals(findingText(FAILED, true), "  [FAIL] topic          it does not exist\n         -> create it\n");
});

Deno.test("findingText() lets nothing of what was found begin a line or command a terminal", () => {
  const text = findingText(finding("a", "failed", "b\n  ✓ forged\x1b[2J", "c\x9bd\u202e"), false);
  assertEquals(text, "  ✗ a              b\\u000a  ✓ forged\\u001b[2J\n    -> c\\u009bd\\u202e\n");
});

Deno.test("verdictText() counts what failed and what is to be looked at", () => {
  const warning = finding("a", "warning", "", "");
  assertEquals(verdictText([finding("a", "ok", ""), finding("a", "skipped", "")]), "All checks passed\n");
  assertEquals(verdictText([warning]), "All checks passed, 1 warning\n");
  assertEquals(verdictText([FAILED, warning]), "1 of 2 failed, 1 warning\n");
});
