import { assert, assertEquals } from "@std/assert";
import { COLLECTIONS } from "../../src/events/registry.ts";
import type { Fault } from "../../src/simulator/faults.ts";
import { type FirehoseServer, serve, type Source } from "../../src/simulator/server.ts";
import type { SimulatedFrame } from "../../src/simulator/messages.ts";
import { createWorld } from "../../src/simulator/world.ts";
import { FakeRelay } from "../support/relay.ts";
import { RunningCommand } from "../support/running_command.ts";
import { eventsOfLines } from "../support/schemas.ts";
import { until } from "../support/wait.ts";

const WORLD = await createWorld({
  seed: 3,
  accounts: 10,
  firstSeq: 31_500_000_000,
  startMs: Date.UTC(2026, 0, 1),
  stepMs: 5,
  pastRecords: 20,
});
const FRAMES: SimulatedFrame[] = [];
for (let i = 0; i < 400; i++) FRAMES.push(await WORLD.next());
const WANTED = new Set(COLLECTIONS);

/** The ids of the events that a message holds. */
function idsOf({ did, rev, ops }: SimulatedFrame): string[] {
  return ops.filter(({ action, path }) => action !== "delete" && WANTED.has(path.split("/")[0] ?? ""))
    .map(({ path }) => `${did}/${rev}/${path}`);
}

/** The messages of the world; `before` is awaited before each. */
function source(before: (index: number) => Promise<void>): Source {
  let index = 0;
  return {
    async next() {
      await before(index);
      const frame = FRAMES[index++];
      return frame === undefined ? null : { seq: frame.seq, bytes: frame.bytes, atMs: null };
    },
  };
}

interface Outcome {
  readonly ids: readonly string[];
  readonly log: readonly Readonly<Record<string, unknown>>[];
  readonly connections: number;
}

/** What arrives through `faults`, once so many events have; `before` sees the server and the events so far. */
async function stream(
  faults: readonly Fault[],
  events: number,
  before: (index: number, server: FirehoseServer, arrived: () => number) => Promise<void> = () => Promise.resolve(),
): Promise<Outcome> {
  const folder = await Deno.makeTempDir();
  const output = `${folder}/events.ndjson`;
  const lines = () => {
    try {
      return Deno.readTextFileSync(output).split("\n").slice(0, -1);
    } catch {
      return [];
    }
  };
  await using server: FirehoseServer = serve(source((index) => before(index, server, () => lines().length)), {
    port: 0,
    rate: null,
    window: 10_000,
    faults,
  });
  const flags = ["--firehose-url", server.url, "--output", output, "--collections", "", "--cursor", "oldest"];
  const stalls = faults.some(({ name }) => name === "stall");
  await using command = new RunningCommand(["stream", ...flags, ...(stalls ? ["--idle-timeout-secs", "1"] : [])]);
  await until(`${events} events`, () => server.released === FRAMES.length && lines().length >= events);
  assertEquals(await command.stop(), "ok", command.stderr);
  const ids = eventsOfLines(lines().join("\n")).map(({ id }) => id);
  return {
    ids,
    log: command.stderr.trim().split("\n").map((line) => JSON.parse(line)),
    connections: server.connections,
  };
}

const ALL = FRAMES.flatMap(idsOf);

/** The last line of the log: how much was done. */
function summary({ log }: Outcome): Readonly<Record<string, unknown>> {
  const stopped = log.at(-1) ?? {};
  assertEquals(stopped["message"], "Stopped");
  return stopped;
}

/** How often the log says this. */
function told({ log }: Outcome, message: string, level: string): number {
  return log.filter((line) => String(line["message"]).includes(message) && line["level"] === level).length;
}

for (const name of ["clean-close", "error-frame"] as const) {
  Deno.test(`stream brings every event once, in order, through ${name}, with one connection for each`, async () => {
    const outcome = await stream([{ name, every: 90 }], ALL.length);
    assertEquals(outcome.ids, ALL);
    assertEquals(outcome.connections, 5);
    assertEquals(told(outcome, "The relay cannot be read", "warn"), 4);
    const { delivered, rejected, frames } = summary(outcome);
    assertEquals([delivered, rejected, frames], [ALL.length, 0, FRAMES.length]);
  });
}

Deno.test("stream brings every event once, in order, through connections that stall", async () => {
  const outcome = await stream([{ name: "stall", every: 150 }], ALL.length);
  assertEquals(outcome.ids, ALL);
  assert(outcome.connections >= 3 && outcome.connections <= 6, `${outcome.connections} connections`);
  assertEquals(outcome.log.filter(({ reason }) => reason === "No data for 1 s").length >= 2, true);
});

Deno.test("stream brings every event once, in order, through garbage, and counts that", async () => {
  const outcome = await stream([{ name: "garbage", every: 20 }], ALL.length);
  assertEquals(outcome.ids, ALL);
  assertEquals([summary(outcome)["rejected"], outcome.connections], [40, 1]);
  assert(told(outcome, "Invalid input was skipped", "warn") >= 1);
});

Deno.test("stream brings every event once, in order, through repeats and jumps", async () => {
  const outcome = await stream([{ name: "repeat", every: 40 }, { name: "seq-jump", every: 110 }], ALL.length);
  assertEquals(outcome.ids, ALL);
  assertEquals([summary(outcome)["frames"], outcome.connections], [FRAMES.length, 1]);
  assertEquals(told(outcome, "events are lost", "error"), 0);
});

Deno.test("stream ends where there is no firehose at the URL, and says so", async () => {
  await using relay = new FakeRelay(() => new Response(null, { status: 426 }));
  const output = `${await Deno.makeTempDir()}/events.ndjson`;
  await using command = new RunningCommand(["stream", "--firehose-url", relay.url, "--output", output]);
  assertEquals(await command.exit, "failed");
  const { stderr } = command;
  assert(stderr.includes(`Error: Cannot connect to "${relay.url}": the server responded with 426`), stderr);
  assertEquals(relay.dials.length, 1);
});

Deno.test("stream goes on where a relay counts anew, without what that relay forgot itself", async () => {
  const at = 200;
  const before = FRAMES.slice(0, at - 1).flatMap(idsOf);
  const after = FRAMES.slice(at).flatMap(idsOf);
  const outcome = await stream(
    [{ name: "seq-fall", every: at }],
    before.length + 1 + after.length,
    async (index, server, arrived) => {
      if (index === at - 1) await until("the events before", () => arrived() === before.length);
      if (index === at) await until("the next connection", () => server.connections === 2);
    },
  );
  const gap = outcome.ids[before.length] ?? "";
  assertEquals(outcome.ids, [...before, gap, ...after]);
  assert(gap.startsWith("gap/127.0.0.1:"), gap);
  assertEquals(outcome.connections, 2);
  assertEquals(told(outcome, "sequence numbers were reset", "warn"), 1);
});

Deno.test("stream leaves out records whose blocks are missing, each counted, and brings all others", async () => {
  const outcome = await stream(
    [{ name: "missing-block", every: 10 }],
    FRAMES.flatMap((frame, i) => (i + 1) % 10 === 0 ? [] : idsOf(frame)).length,
  );
  const expected = FRAMES.flatMap((frame, i) => (i + 1) % 10 === 0 ? [] : idsOf(frame));
  assertEquals(outcome.ids, expected);
  assertEquals(summary(outcome)["rejected"], ALL.length - expected.length);
  assert(ALL.length - expected.length > 20);
});

Deno.test("stream brings every event once, in order, through many faults at once", async () => {
  const faults = [
    { name: "clean-close", every: 130 },
    { name: "error-frame", every: 170 },
    { name: "garbage", every: 30 },
    { name: "repeat", every: 70 },
    { name: "seq-jump", every: 190 },
  ] as const;
  const outcome = await stream(faults, ALL.length);
  assertEquals(outcome.ids, ALL);
  assert(outcome.connections <= 7, `${outcome.connections} connections`);
});

Deno.test("stream brings a record that is larger than the protocol allows into a file", async () => {
  const frame = await WORLD.nextOversize(1_100_000);
  FRAMES.push(frame);
  const outcome = await stream([], ALL.length + 1);
  assertEquals(outcome.ids, [...ALL, ...idsOf(frame)]);
  assertEquals(summary(outcome)["rejected"], 0);
});
