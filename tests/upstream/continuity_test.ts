import { assertEquals } from "@std/assert";
import { textFingerprint } from "../../src/atproto/bytes/span.ts";
import { Continuity } from "../../src/upstream/continuity.ts";
import type { StartAt, UpstreamItem } from "../../src/upstream/upstream.ts";

const TIME = "2026-07-01T12:00:00.000Z";
const A = "a.example";
const B = "b.example";

function continuity(at: StartAt, recent: readonly string[] = []): Continuity {
  const place = new Continuity({ at, recent, usualStep: null, known: new Map() }, [A, B], 60_000);
  place.connecting();
  return place;
}

/** What stands in the stream, in a few words. */
function textOf(item: UpstreamItem): string {
  if (item.kind === "switched") return `switched ${item.to}`;
  if (item.kind !== "gap" && item.kind !== "held") return item.kind;
  const { cause, from, to } = item.gap;
  return `${item.kind} ${cause} ${from.host} ${from.seq} ${from.time} ${to.host} ${to.seq}`;
}

/** Observes messages, none of which is known, and gives what stands before each. */
function observed(place: Continuity, ...seqs: number[]): string[] {
  return seqs.flatMap((seq) => {
    const verdict = place.observe(seq, textFingerprint(`m${seq}`), null);
    return [...place.take().map(textOf), `${verdict} ${seq}`];
  });
}

Deno.test("Continuity finds a gap before the message that shows it, with the place before", () => {
  const place = continuity({ kind: "after", seq: 100, time: TIME });
  place.outdated();
  assertEquals(observed(place, 5000, 5001, 5000), [
    `gap window-exceeded ${A} 100 ${TIME} ${A} 5000`,
    "new 5000",
    "new 5001",
    "repeat 5000",
  ]);
  assertEquals([place.last, place.cursor, place.host, place.hasFound], [5001, 5001, A, false]);
});

Deno.test("Continuity finds a gap where the place is lost, or another relay's that is not sought", () => {
  const left = { host: "before.example", seq: 900, time: null };
  assertEquals(observed(continuity({ kind: "lost" }), 7, 8), [
    `gap cursor-lost ${A} 0 null ${A} 7`,
    "new 7",
    "new 8",
  ]);
  assertEquals(observed(continuity({ kind: "other-relay", left, seeks: false }), 7), [
    `gap host-changed before.example 900 null ${A} 7`,
    "new 7",
  ]);
  assertEquals(observed(continuity({ kind: "live" }), 7), ["new 7"]);
});

Deno.test("Continuity holds a jump until it is known how the relay numbers, and decides at the end at the latest", () => {
  const jump = [`held window-exceeded ${A} 1 null ${A} 5`, "new 5"];
  const gap = `gap window-exceeded ${A} 1 null ${A} 5`;
  const start = { kind: "after", seq: 1, time: null } as const;
  for (const [step, verdict] of [[1, gap], [8, "released"]] as const) {
    const place = continuity(start);
    assertEquals(observed(place, 5), jump);
    for (let i = 1; i <= 16; i++) {
      place.settle();
      assertEquals([place.isHolding, observed(place, 5 + i * step)], [true, [`new ${5 + i * step}`]]);
    }
    place.settle();
    assertEquals([place.isHolding, place.take().map(textOf)], [false, [verdict]]);
  }
  const place = continuity(start);
  assertEquals(observed(place, 5), jump);
  place.settle(true);
  assertEquals(place.take().map(textOf), [gap]);
});

Deno.test("Continuity decides on what is held before it changes to another relay, as no other shows how that numbers", async () => {
  const place = continuity({ kind: "after", seq: 1, time: TIME });
  observed(place, 5);
  place.switchTo(B);
  assertEquals(place.take().map(textOf), [`gap window-exceeded ${A} 1 ${TIME} ${A} 5`, `switched ${B}`]);
  assertEquals([place.host, place.mustSeek, place.cursor], [B, true, null]);
  await place.seek(() => Promise.resolve({ seq: 40, timeMs: Date.parse(TIME), messages: 1, handled: 1 }));
  place.connecting();
  assertEquals([place.cursor, observed(place, 40)], [39, ["new 40"]]);
});

Deno.test("Continuity keeps the place of a relay whose next brought nothing", () => {
  const place = continuity({ kind: "after", seq: 9, time: TIME });
  place.switchTo(B);
  place.switchTo(A);
  place.connecting();
  assertEquals(place.take().map(textOf), [`switched ${B}`, `switched ${A}`]);
  assertEquals(observed(place, 50), [`gap host-changed ${A} 9 ${TIME} ${A} 50`, "new 50"]);
});

Deno.test("Continuity resumes live where the server has not got as far as the cursor, with a gap", () => {
  const place = continuity({ kind: "after", seq: 900, time: null });
  assertEquals([place.future(), place.cursor, place.last], [true, null, 900]);
  place.connecting();
  assertEquals(observed(place, 7), [`gap sequence-reset ${A} 900 null ${A} 7`, "new 7"]);
  assertEquals(continuity({ kind: "live" }).future(), false);
});
