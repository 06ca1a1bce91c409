import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { eventRows } from "../../../src/telemetry/page/event_rows.ts";
import type { RecentEvent } from "../../../src/telemetry/page/recent.ts";
import { HOSTILE, NOW_MS } from "../../support/status_page.ts";

function event(value: string | null, over: Partial<RecentEvent> = {}): RecentEvent {
  const bytes = value === null ? null : new TextEncoder().encode(value);
  return { atMs: NOW_MS, type: "T", topic: "t", uri: "at://a/b/c", value: bytes, isCut: false, ...over };
}

/** What each row says. */
function saysOf(html: string): string[] {
  return [...html.matchAll(/<bdi>([^<]*)<\/bdi>/g)].map(([, says = ""]) => says);
}

Deno.test("eventRows() says the text of a post, the subject of a like or a follow, else the data, the newest first", () => {
  const html = eventRows([
    event('{"data":{"text":"hello","subject":"s"}}'),
    event('{"data":{"subject_uri":"at://x/y/z","text":""}}'),
    event('{"text":"binary mode"}'),
    event('{"data":{"a":1}}'),
    event(null),
    event("no JSON"),
    event('{"id":"i","data":{"text":"long', { isCut: true }),
  ]);
  assertEquals(saysOf(html), [
    "&quot;data&quot;:{&quot;text&quot;:&quot;long",
    "no JSON",
    "(deleted: no value)",
    "{&quot;a&quot;:1}",
    "binary mode",
    "at://x/y/z",
    "hello",
  ]);
});

Deno.test("eventRows() leaves no markup in what others wrote", () => {
  for (const text of HOSTILE) {
    const html = eventRows([event(JSON.stringify({ data: { text } }), { type: text, uri: text })]);
    const tags = new Set(Array.from(html.matchAll(/<\/?([a-z0-9]+)/gi), ([, tag]) => tag));
    assertEquals(tags, new Set(["ol", "li", "p", "time", "b", "bdi"]), text);
    assertEquals(/[\u202a-\u202e\p{Cc}]/u.test(html), false, text);
  }
});

Deno.test("eventRows() is bounded in bytes, and says what does not fit", () => {
  const text = JSON.stringify({ data: { text: '東"'.repeat(500) } });
  const html = eventRows(Array.from({ length: 40 }, () => event(text, { uri: "東".repeat(500) })));
  assert(new TextEncoder().encode(html).length < 13_100);
  const shown = saysOf(html).length;
  assert(shown > 5 && shown < 40);
  assertStringIncludes(html, `<p>${40 - shown} more do not fit.</p>`);
});
