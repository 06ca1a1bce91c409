import { assertEquals } from "@std/assert";
import { fitting, htmlDateTime, htmlText, htmlTime } from "../../../src/telemetry/page/markup.ts";
import { HOSTILE, NOW_MS } from "../../support/status_page.ts";

Deno.test("htmlText() leaves no markup and no control in a text", () => {
  for (const text of HOSTILE) {
    assertEquals(/[<>"'\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(htmlText(text)), false, text);
  }
  assertEquals(htmlText(`<a b="c" d='e'>&`), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;");
  assertEquals(htmlText("a\u202eb\u0000"), "a\\u202eb\\u0000");
});

Deno.test("htmlText() cuts a long text, also between the halves of a character", () => {
  assertEquals(htmlText("x".repeat(500)).length, 301);
  assertEquals(htmlText("a😀b", 2), "a\ufffd…");
  assertEquals(htmlText("<<<<", 2), "&lt;&lt;…");
});

Deno.test("htmlTime() and htmlDateTime() give UTC, and a dash where there is no time", () => {
  assertEquals(htmlTime(NOW_MS), '<time datetime="2026-01-02T03:04:05.000Z">03:04:05</time>');
  assertEquals(htmlDateTime(NOW_MS), '<time datetime="2026-01-02T03:04:05.000Z">2026-01-02 03:04:05</time>');
  for (const none of [null, NaN, Infinity, 9e15]) assertEquals([htmlTime(none), htmlDateTime(none)], ["–", "–"]);
});

Deno.test("fitting() counts bytes, not characters", () => {
  assertEquals(fitting(["aaa", "bbb"], 6), ["aaa", "bbb"]);
  assertEquals(fitting(["aaa", "bbb"], 5), ["aaa"]);
  assertEquals(fitting(["東京", "b"], 6), ["東京"]);
  assertEquals(fitting(["東京"], 5), []);
});
