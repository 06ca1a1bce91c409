import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { STATES, wordsOf } from "../../../src/telemetry/page/words.ts";
import type { RunState } from "../../../src/telemetry/state.ts";
import { newFigures } from "../../support/figures.ts";

const DOWN = { isUnreachable: true, seconds: 40 };
const REFUSED = { isUnreachable: false, seconds: 40 };
const OPEN: Partial<RunState> = { sinkOpened: true, upstreamConnected: true };
const CASES: readonly (readonly [Partial<RunState>, name: string, detail: string])[] = [
  [{ draining: true }, "DRAINING", ""],
  [{ kafkaOutage: DOWN }, "KAFKA DOWN", "40 s"],
  [{ kafkaOutage: REFUSED }, "KAFKA REFUSES", "40 s"],
  [{ standingBy: true }, "STANDING BY", ""],
  [{ relayOutage: DOWN }, "RELAY DOWN", "40 s"],
  [{ relayOutage: REFUSED }, "RELAY REFUSES", "40 s"],
  [{ cursorOutage: DOWN }, "CURSOR NOT SAVED", "40 s"],
  [{ paused: true }, "KAFKA SLOW", ""],
  [{ ...OPEN, unacknowledgedMs: 12_000 }, "KAFKA SLOW", "12 s"],
  [{}, "CONNECTING", ""],
  [{ ...OPEN, lagMs: 100 }, "OK", ""],
  [{ ...OPEN, lagMs: 60_000 }, "CATCHING UP", "60 s left"],
  [{ ...OPEN, lagMs: 70_000 }, "BEHIND", ""],
];

Deno.test("wordsOf() has the name, the figures apart, and a meaning for every state of the status line", () => {
  for (const [over, name, detail] of CASES) {
    const figures = newFigures();
    Object.assign(figures.state, over);
    const words = wordsOf(figures, { atMs: 0, delivered: 0, lagMs: 70_000 }, 10_000);
    assertEquals([words.name, words.detail.replace("60.0", "60")], [name, detail]);
    assert(words.meaning.endsWith("."), name);
  }
  assertEquals(new Set(CASES.map(([, name]) => name)), new Set(Object.keys(STATES)));
});

Deno.test("wordsOf() says why the program is not ready", () => {
  const { reasons } = wordsOf(newFigures(), { atMs: 0, delivered: 0, lagMs: null }, 0);
  assertEquals(reasons.length, 2);
  assertStringIncludes(reasons[0] ?? "", "no broker has responded yet");
});
