import { assertEquals, assertStringIncludes } from "@std/assert";
import { reject } from "../../../src/atproto/rejected.ts";
import { sectionsOf } from "../../../src/telemetry/page/sections.ts";
import { producerRecord } from "../../support/records.ts";
import { HOSTILE, NOW_MS, pageParts } from "../../support/status_page.ts";

/** What a list of figures says, by name. */
function figuresOf(html: string): Record<string, string> {
  const pairs = [...html.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/g)];
  return Object.fromEntries(pairs.map(([, name = "", text = ""]) => [name, text.replace(/<[^>]*>/g, "")]));
}

Deno.test("sectionsOf() has the state in words, and why it is not ready", () => {
  const parts = pageParts();
  parts.figures.state.kafkaOutage = { isUnreachable: true, seconds: 40 };
  const { name, state } = sectionsOf(parts);
  assertEquals(name, '<span class="bad">KAFKA DOWN</span>');
  assertStringIncludes(state, "<b>40 s.</b> Kafka is unreachable.");
  assertStringIncludes(state, "<li>no broker has responded yet");
});

Deno.test("sectionsOf() has lags, what waits, memory, position and the time until loss", () => {
  const parts = pageParts();
  assertEquals(figuresOf(sectionsOf(parts).figures)["Lag: age of messages at arrival"], "–");
  Object.assign(parts.figures.state, {
    ...{ lagMs: 1500, deliveryLagMs: 42_000, inFlightEvents: 12_034, inFlightBytes: 5_000_000 },
    ...{ maxInFlightBytes: 33_554_432, positionMs: NOW_MS, secondsUntilLoss: 7300, cursor: 77, cursorMs: NOW_MS },
  });
  parts.figures.metrics.delivered.add("T", 1234);
  assertEquals(figuresOf(sectionsOf(parts).figures), {
    "Lag: age of messages at arrival": "1.5 s",
    "Delivery lag: oldest unacknowledged event": "42.0 s",
    "Waiting for acknowledgement": "12,034 events, 5.0 of 33 MB",
    "Memory of the process": "0.0 MB",
    "Position in the stream (UTC)": "2026-01-02 03:04:05",
    "Time until the relay drops unread events": "2 h",
    "Cursor, saved at (UTC)": "77, 03:04:05",
    "Delivered events": "1,234",
  });
});

Deno.test("sectionsOf() has the last gaps and what was left out, the newest first, with what others wrote escaped", () => {
  const parts = pageParts();
  const place = { host: "relay<b>", seq: 5, time: null };
  parts.recent.gap({ cause: "window-exceeded", from: { ...place, seq: 2 }, to: place, missing: 2 });
  parts.recent.gap({ cause: "host-changed", from: place, to: place, missing: null });
  for (const detail of HOSTILE) {
    parts.recent.reject(reject("record-undecodable", detail, { did: "did:x", path: detail }));
  }
  parts.figures.metrics.gaps.add("window-exceeded");
  parts.figures.metrics.deadLetters.add("event-too-large", 3);
  const { losses } = sectionsOf(parts);
  const figures = figuresOf(losses);
  assertEquals([figures["Gaps in the stream"], figures["Dead letters kept"], figures["Dead letters lost"]], [
    "1",
    "3",
    "0",
  ]);
  assertStringIncludes(
    losses,
    "<td>window-exceeded</td><td>after 2, next 5 on relay&lt;b&gt;; at most 2 messages</td>",
  );
  assertEquals(losses.indexOf("host-changed") < losses.indexOf("window-exceeded"), true);
  assertEquals(losses.match(/<td>record-undecodable<\/td>/g)?.length, HOSTILE.length);
  assertEquals(/<(?:script|img|svg|h1|a|meta)\b/.test(losses), false, losses);
});

Deno.test("sectionsOf() shows the events that it has, and none where none are to be", () => {
  const parts = pageParts();
  assertStringIncludes(sectionsOf(parts).events, "Nothing was delivered yet");
  parts.recent.delivered(producerRecord("did:x", "v"));
  assertStringIncludes(sectionsOf(parts).events, "<bdi>v</bdi>");
  assertStringIncludes(sectionsOf({ ...parts, maxEvents: 0 }).events, "The configuration hides them");
});
