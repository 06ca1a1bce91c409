import { assertEquals, assertRejects } from "@std/assert";
import { committedOf, type OffsetAndMetadata } from "../../../src/kafka/offsets/cursor_offset.ts";
import { aliveGroup } from "../../../src/kafka/producer/liveness.ts";
import { findSuccessor } from "../../../src/kafka/producer/successor.ts";

const GROUP = "job";
const CURSOR = { host: "relay.example", seq: 7, time: "2026-07-01T12:00:00.000Z" };
const MINE = committedOf(CURSOR, "me", 3);

function claimOf(by: string): OffsetAndMetadata {
  return committedOf(CURSOR, by, 0);
}

function beat(by: string, count: number, state = ""): OffsetAndMetadata {
  return { offset: BigInt(count), metadata: JSON.stringify({ by, state }) };
}

/** What the brokers show after so many milliseconds. */
interface Shown {
  readonly cursor: OffsetAndMetadata;
  readonly sign: OffsetAndMetadata | null;
}

/** What is found, who was watched, and after how many milliseconds. */
async function find(fenced: boolean, shown: (ms: number) => Shown) {
  let ms = 0;
  const watched: (string | null)[] = [];
  const found = await findSuccessor({
    groups: {
      peek: (group) => Promise.resolve(group === aliveGroup(GROUP) ? shown(ms).sign : shown(ms).cursor),
    },
    cursorGroup: GROUP,
    fenced,
    isForeign: (cursor) => cursor !== null && cursor !== MINE,
    now: () => ms,
    wait: (waitMs) => {
      ms += waitMs;
      return Promise.resolve();
    },
    watching: (owner) => watched.push(owner),
  });
  return { found, watched, ms };
}

/** The heartbeats of a living instance. */
const living = (by: string) => (ms: number) => beat(by, Math.floor(ms / 2000));

Deno.test("findSuccessor() finds nobody at once where the cursor is this instance's own and no broker fenced it", async () => {
  assertEquals(await find(false, () => ({ cursor: MINE, sign: beat("other", 1) })), {
    found: { kind: "none" },
    watched: [],
    ms: 0,
  });
});

Deno.test("findSuccessor() waits five seconds for the claim of a successor, whatever heartbeats others give", async () => {
  // A predecessor that has not noticed yet that it was replaced.
  assertEquals(await find(true, (ms) => ({ cursor: MINE, sign: living("before")(ms) })), {
    found: { kind: "none" },
    watched: [],
    ms: 5000,
  });
});

Deno.test("findSuccessor() finds a living owner of the cursor by two new heartbeats", async () => {
  for (const fenced of [true, false]) {
    assertEquals(await find(fenced, (ms) => ({ cursor: claimOf("other"), sign: living("other")(ms) })), {
      found: { kind: "alive", owner: "other" },
      watched: ["other"],
      ms: 4000,
    });
  }
  // It claims late, and this instance overwrote its first heartbeats.
  const late = await find(true, (ms) => ({
    cursor: ms < 3000 ? MINE : claimOf("other"),
    sign: ms < 6000 ? beat("me", 9) : living("other")(ms),
  }));
  assertEquals(late, { found: { kind: "alive", owner: "other" }, watched: ["other"], ms: 8000 });
});

Deno.test("findSuccessor() takes an owner for dead that gives no heartbeat for ten seconds, but for a late request", async () => {
  const dead = { kind: "dead", owner: "other" } as const;
  assertEquals(await find(true, () => ({ cursor: claimOf("other"), sign: beat("other", 5) })), {
    found: dead,
    watched: ["other"],
    ms: 10_000,
  });
  assertEquals(await find(false, () => ({ cursor: claimOf("other"), sign: null })), {
    found: dead,
    watched: ["other"],
    ms: 10_000,
  });
  // Its last heartbeat is applied after its death; those of this instance and of others say nothing of it.
  const late = await find(true, (ms) => ({ cursor: claimOf("other"), sign: beat("other", ms < 4000 ? 5 : 6) }));
  assertEquals(late, { found: dead, watched: ["other"], ms: 14_000 });
  const others = await find(true, (ms) => ({ cursor: claimOf("other"), sign: living("third")(ms) }));
  assertEquals(others.found, dead);
  // One that is older than the last says nothing either.
  const older = await find(
    true,
    (ms) => ({ cursor: claimOf("other"), sign: beat("other", 9 - Math.floor(ms / 2000)) }),
  );
  assertEquals(older, { found: dead, watched: ["other"], ms: 10_000 });
});

Deno.test("findSuccessor() takes an owner for dead at once that has ended and said so", async () => {
  assertEquals(await find(true, () => ({ cursor: claimOf("other"), sign: beat("other", 5, "released") })), {
    found: { kind: "dead", owner: "other" },
    watched: ["other"],
    ms: 0,
  });
});

Deno.test("findSuccessor() forgets an owner that only an outdated answer named", async () => {
  const outdated = (ms: number) => ({ cursor: ms < 2000 ? claimOf("before") : MINE, sign: living("before")(ms) });
  assertEquals(await find(false, outdated), { found: { kind: "none" }, watched: ["before"], ms: 2000 });
  assertEquals(await find(true, outdated), { found: { kind: "none" }, watched: ["before"], ms: 5000 });
});

Deno.test("findSuccessor() counts the heartbeats of the last owner alone", async () => {
  const shown = (ms: number) =>
    ms < 3000
      ? { cursor: claimOf("second"), sign: living("second")(ms) }
      : { cursor: claimOf("third"), sign: living("third")(ms) };
  assertEquals(await find(true, shown), {
    found: { kind: "alive", owner: "third" },
    watched: ["second", "third"],
    ms: 6000,
  });
});

Deno.test("findSuccessor() lets no time pass while this process stood still, and rejects where it cannot look", async () => {
  let ms = 0;
  const options = {
    groups: { peek: (group: string) => Promise.resolve(group === GROUP ? claimOf("other") : null) },
    cursorGroup: GROUP,
    fenced: true,
    isForeign: () => true,
    now: () => ms,
    // As a process that is suspended again and again.
    wait: () => Promise.resolve(void (ms += 3_600_000)),
    watching: () => {},
  };
  await findSuccessor(options);
  assertEquals(ms, 10 * 3_600_000);
  const failing = { ...options, groups: { peek: () => Promise.reject(new Error("no coordinator")) } };
  await assertRejects(() => findSuccessor(failing), Error, "no coordinator");
});
