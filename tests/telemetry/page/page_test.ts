import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { reject } from "../../../src/atproto/rejected.ts";
import type { HttpAnswer } from "../../../src/telemetry/http.ts";
import { documentOf, PAGE_OPTIONS, statusPage } from "../../../src/telemetry/page/page.ts";
import { Recent } from "../../../src/telemetry/page/recent.ts";
import { producerRecord } from "../../support/records.ts";
import { HOSTILE, pageParts } from "../../support/status_page.ts";

const MAX_PAGE_BYTES = 40_000;

function ask(path: string, host = "127.0.0.1:9464", method = "GET"): HttpAnswer | null {
  return statusPage(pageParts()).answer({ path, host, method }, "0.0.0.0");
}

Deno.test("statusPage() answers / with a page that may load nothing, and runs and styles by its own hashes alone", () => {
  const answer = ask("/");
  assertEquals([answer?.status, answer?.headers["content-type"]], [200, "text/html; charset=utf-8"]);
  const policy = answer?.headers["content-security-policy"] ?? "";
  for (const rule of ["default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"]) {
    assertStringIncludes(policy, rule);
  }
  assertEquals(/unsafe|\*|https?:/.test(policy), false, policy);
  const html = String(answer?.body);
  for (const [tag, rule] of [["style", "style-src"], ["script", "script-src"]] as const) {
    const [, text = "", ...others] = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(html) ?? [];
    assertEquals(others, []);
    assertStringIncludes(policy, `${rule} 'sha256-${createHash("sha256").update(text).digest("base64")}'`);
  }
  assertEquals(/<[^>]+ (?:style|on\w+|src)=|https?:\/\/|@import|url\(/i.test(html), false);
  assertEquals(answer?.headers["x-content-type-options"], "nosniff");
});

Deno.test("statusPage() answers no name that may be rebound, and no other path", () => {
  for (const path of ["/", "/live"]) {
    assertEquals(ask(path, "evil.example:9464")?.status, 403);
    assertEquals(ask(path, "")?.status, 403);
  }
  for (const path of ["/metrics", "/index.html", "//", "/live/"]) assertEquals(ask(path), null);
});

Deno.test("documentOf() has all figures without JavaScript, and every part that the script changes", () => {
  const html = documentOf(pageParts());
  for (const title of ["State", "Events a second", "Now", "Ends", "Gaps and dead letters", "Last events"]) {
    assertMatch(html, new RegExp(`<h2 id="[^"]+">${title}`));
  }
  for (const id of ["name", "state", "plot", "figures", "ends", "losses", "events", "live", "pause"]) {
    assertEquals(html.split(` id="${id}"`).length, 2, id);
  }
  assertMatch(html, /<title>CONNECTING – bluesky_firehose<\/title>/);
  const ids = Array.from(html.matchAll(/ id="([^"]+)"/g), ([, id]) => id);
  assertEquals(new Set(ids).size, ids.length);
});

Deno.test("documentOf() is below 40 KB, and tags are its own, whatever others wrote", () => {
  const parts = { ...pageParts({ maxEvents: 40 }), recent: new Recent(40, () => 0) };
  const tagsOf = (html: string) => Array.from(html.matchAll(/<\/?(\w+)/g), ([, tag]) => tag);
  const own = new Set([...tagsOf(documentOf(parts)), "ol", "li", "b", "bdi", "time", "polyline", "path"]);
  const worst = [...HOSTILE, '"東'.repeat(5000), "\u0001".repeat(5000)];
  for (let at = 0; at < 40; at++) {
    parts.recent.tick();
    const text = worst[at % worst.length] ?? "";
    parts.recent.delivered(producerRecord(text, JSON.stringify({ data: { text } })));
    parts.recent.reject(reject("record-undecodable", text, { did: text, path: text }));
    const place = { host: text, seq: 1e15, time: text };
    parts.recent.gap({ cause: "window-exceeded", from: place, to: place, missing: 1e15 });
  }
  for (let at = 0; at < 200; at++) {
    const counts = new Map(Array.from({ length: 14 }, (_, type) => [`Bluesky.Type.Long.${type}`, at * type * 1000.5]));
    parts.history.add({ atMs: at * 5000, delivered: 0, lagMs: 0, counts });
    for (const [type, count] of counts) parts.figures.metrics.delivered.add(type, count);
  }
  const html = documentOf({ ...parts, clock: () => 1_000_000 });
  const bytes = new TextEncoder().encode(html).length;
  assert(bytes > 20_000 && bytes < MAX_PAGE_BYTES, `${bytes} bytes`);
  assertEquals(new Set(tagsOf(html)).difference(own), new Set());
  assertEquals(html.match(/<script/g)?.length, 1);
});

Deno.test("statusPage() sends the parts by server-sent events, and refuses one client too many", async () => {
  const page = statusPage(pageParts(), { ...PAGE_OPTIONS, clients: 1 });
  const join = () => page.answer({ path: "/live", host: "localhost", method: "GET" }, "0.0.0.0");
  const first = join();
  assertEquals([first?.status, first?.headers["content-type"]], [200, "text/event-stream"]);
  assert(typeof first?.body === "function");
  const stop = new AbortController();
  let text = "";
  const written = Promise.withResolvers<void>();
  const running = first.body((each) => {
    text += each;
    if (each.startsWith("data: ")) written.resolve();
    return Promise.resolve();
  }, stop.signal);
  await written.promise;
  const second = join();
  assertEquals([second?.status, second?.headers["retry-after"]], [503, "10"]);
  stop.abort();
  await running;
  const parts = JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? "");
  assertEquals(Object.keys(parts), ["title", "name", "state", "figures", "plot", "ends", "losses", "events"]);
  assertEquals(join()?.status, 200);
});
