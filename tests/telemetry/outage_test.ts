import { assert, assertEquals } from "@std/assert";
import { limitLog } from "../../src/telemetry/limit.ts";
import type { Fields } from "../../src/telemetry/log.ts";
import { Outage, type OutageState } from "../../src/telemetry/outage.ts";

const TEXTS = { begins: ["down", "refused"], lasts: ["still down", "still refused"], ends: "up" } as const;
const FAILURE = { isUnreachable: true, server: "b:9092", reason: "no route", retryInMs: 500, advice: "look" };

function watched() {
  const lines: { level: string; message: string; fields: Fields }[] = [];
  const clock = { ms: 1000 };
  const now = () => clock.ms;
  const shown: { state: OutageState | null } = { state: null };
  const log = (level: string, message: string, fields: Fields = {}) => void lines.push({ level, message, fields });
  const outage = new Outage(TEXTS, {
    log,
    ...limitLog(log, now),
    now,
    held: () => ({ events: 12 }),
    needsHuman: false,
    show: (state) => shown.state = state,
  });
  const seconds = (count: number) => {
    for (let i = 0; i < count; i++) {
      clock.ms += 1000;
      outage.check();
    }
  };
  return { lines, clock, shown, outage, seconds };
}

Deno.test("Outage logs one line at its start, one a minute and one at its end, whatever fails meanwhile", () => {
  const { lines, shown, outage, seconds } = watched();
  outage.ended();
  for (let i = 0; i < 150; i++) {
    for (let partition = 0; partition < 12; partition++) outage.failed(FAILURE);
    seconds(1);
  }
  assertEquals(shown.state, { isUnreachable: true, seconds: 150 });
  outage.ended({ cursor: 7 });
  outage.ended();
  assertEquals(shown.state, null);
  assertEquals(lines, [
    {
      level: "warn",
      message: "down",
      fields: { server: "b:9092", reason: "no route", events: 12, retryInMs: 500, advice: "look" },
    },
    ...[60, 120].map((lasted) => ({
      level: "warn",
      message: "still down",
      // The attempt of this second has failed, and the next is on its way.
      fields: { server: "b:9092", reason: "no route", events: 12, retryInMs: 0, advice: "look", seconds: lasted },
    })),
    { level: "info", message: "up", fields: { server: "b:9092", seconds: 150, events: 12, cursor: 7 } },
  ]);
});

Deno.test("Outage says that an answer is a refusal, with the reason of the last attempt", () => {
  const { lines, shown, outage, seconds } = watched();
  outage.failed(FAILURE);
  seconds(30);
  outage.failed({ ...FAILURE, isUnreachable: false, reason: "no leader" });
  seconds(30);
  assertEquals(lines.map(({ message, fields }) => [message, fields["reason"]]), [
    ["down", "no route"],
    ["still refused", "no leader"],
  ]);
  assertEquals(shown.state, { isUnreachable: false, seconds: 60 });
});

Deno.test("Outage tells the next attempt of several partitions, and not one that is over", () => {
  const { lines, clock, outage, seconds } = watched();
  outage.failed({ ...FAILURE, retryInMs: 100_000 });
  outage.failed({ ...FAILURE, retryInMs: 61_000 });
  outage.failed({ ...FAILURE, retryInMs: 90_000 });
  seconds(60);
  assertEquals(lines[1]?.fields["retryInMs"], 1000);
  clock.ms += 2000;
  outage.failed({ ...FAILURE, retryInMs: 90_000 });
  seconds(60);
  assertEquals(lines[2]?.fields["retryInMs"], 32_000);
});

Deno.test("Outage that comes and goes each second does not flood the log", () => {
  const { lines, clock, outage } = watched();
  for (let i = 0; i < 1000; i++) {
    clock.ms += 5;
    outage.failed(FAILURE);
    outage.ended();
  }
  const loud = lines.filter(({ level }) => level !== "debug").length;
  assert(loud >= 2 && loud <= 10, `${loud}`);
});
