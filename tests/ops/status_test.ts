import { assert, assertEquals } from "@std/assert";
import { Metrics } from "../../src/ops/metrics.ts";
import { Screen, statusText } from "../../src/ops/status.ts";

function metrics(): Metrics {
  const figures = new Metrics();
  figures.delivered.set("Bluesky.Feed.Post", 20);
  figures.delivered.set("Bluesky.Feed.Like", 100);
  figures.cursor = 31_500_000_000;
  figures.inFlightBytes = 1_250_000;
  figures.lagMs = 1234;
  return figures;
}

Deno.test("statusText() tells rate, counts by type, cursor, what is unacknowledged, and lag", () => {
  assertEquals(
    statusText(metrics(), { atMs: 1000, delivered: 20 }, 3000, 500, true),
    "50 events/s | 120 delivered | like 100 post 20 | cursor 31500000000 | unacknowledged 1.3 MB | lag 1.2 s",
  );
});

Deno.test("statusText() is plain ASCII where asked, and never wider than the terminal", () => {
  for (const width of [10, 40, 80]) {
    const plain = statusText(metrics(), { atMs: 0, delivered: 0 }, 1000, width, true);
    assertEquals(plain.length, width);
    assert(/^[\x20-\x7e]*$/.test(plain), plain);
    assertEquals(statusText(metrics(), { atMs: 0, delivered: 0 }, 1000, width, false).length, width);
  }
});

Deno.test("statusText() has dashes for what is not known yet", () => {
  const text = statusText(new Metrics(), { atMs: 0, delivered: 0 }, 0, 500, true);
  assert(text.includes("cursor -") && text.includes("lag -"), text);
});

Deno.test("Screen keeps the status below the lines that scroll", () => {
  let written = "";
  const screen = new Screen((text) => written += text, true);
  screen.line("first");
  screen.status("50 events/s");
  screen.line("second");
  screen.end();
  screen.line("third");
  assertEquals(written, "first\n\r\x1b[K50 events/s\r\x1b[Ksecond\n50 events/s\nthird\n");
});

Deno.test("Screen draws nothing where there is no terminal", () => {
  let written = "";
  const screen = new Screen((text) => written += text, false);
  screen.status("50 events/s");
  screen.line("line");
  screen.end();
  assertEquals(written, "line\n");
});
