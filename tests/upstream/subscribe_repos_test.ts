import { assert, assertEquals, assertRejects } from "@std/assert";
import { DialError } from "../../src/upstream/errors.ts";
import type { Pressure } from "../../src/upstream/upstream.ts";
import { encodeErrorFrame, encodeMessage } from "../../src/simulator/frames.ts";
import { after, Reading, send } from "../support/reading.ts";
import { FakeRelay } from "../support/relay.ts";
import { wait } from "../../src/async.ts";
import { until } from "../support/wait.ts";

const TIME = "2026-07-01T12:00:00.000Z";
const DOUBLING = [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000];

Deno.test("Subscription waits twice as long after each connection that brings nothing, however it ends", async () => {
  const endings: ((socket: WebSocket) => void)[] = [
    (socket) => socket.close(1000),
    (socket) => socket.close(1011),
    (socket) => {
      socket.send(encodeErrorFrame("FutureCursor", "") as Uint8Array<ArrayBuffer>);
      socket.close(1008);
    },
    (socket) => {
      socket.send(encodeMessage("#info", { name: "Hello" }) as Uint8Array<ArrayBuffer>);
      socket.close(1000);
    },
    (socket) => {
      socket.send("garbage");
      socket.close(1000);
    },
  ];
  for (const ending of endings) {
    await using relay = new FakeRelay(() => ending);
    const reading = new Reading(relay.url, ({ waits }) => waits.length === DOUBLING.length);
    await reading.done;
    assertEquals(reading.waits, DOUBLING);
    assertEquals(relay.dials.length, DOUBLING.length);
  }
});

Deno.test("Subscription ends the connection on an error frame though the server leaves it open", async () => {
  await using relay = new FakeRelay(() => (socket) => {
    send(socket, 10);
    socket.send(encodeErrorFrame("ConsumerTooSlow", "you") as Uint8Array<ArrayBuffer>);
  });
  const reading = new Reading(relay.url, ({ waits }) => waits.length === 1);
  await reading.done;
  assert(reading.told.includes("The server ended the stream: ConsumerTooSlow (you)"), reading.told.join());
  assertEquals(reading.seqs, [10]);
});

Deno.test("Subscription waits as long as a refusing server asks, and longer by its own back-off", async () => {
  const refusal = { status: 503, headers: { "retry-after": "3" } };
  await using relay = new FakeRelay(() => new Response(null, refusal));
  const reading = new Reading(relay.url, ({ waits }) => waits.length === 4);
  await reading.done;
  assertEquals(reading.waits, [3000, 3000, 4000, 8000]);
  assert(reading.told[0]?.endsWith("the server responded with 503"), reading.told[0]);
});

Deno.test("Subscription fails at once where the server has no such service", async () => {
  for (const status of [405, 426, 501]) {
    await using relay = new FakeRelay(() => new Response(null, { status }));
    const reading = new Reading(relay.url, () => false);
    const error = await assertRejects(() => reading.done, DialError, `the server responded with ${status}`);
    assertEquals([error.status, reading.waits], [status, []]);
  }
});

Deno.test("Subscription forgets earlier failures when a new message arrived, and not for a repeated one", async () => {
  const brings = [[], [], [10], [10], [10], [11], []];
  await using relay = new FakeRelay((_, number) => (socket) => {
    send(socket, ...(brings[number - 1] ?? []));
    socket.close(1000);
  });
  const reading = new Reading(relay.url, ({ waits }) => waits.length === brings.length);
  await reading.done;
  assertEquals(reading.waits, [1000, 2000, 1000, 2000, 4000, 1000, 2000]);
  assertEquals(reading.seqs, [10, 11]);
});

Deno.test("Subscription resumes after the last message, wherever it began", async () => {
  const starts = [[{ kind: "live" }, null], [after(0), "0"], [after(9), "9"]] as const;
  for (const [at, first] of starts) {
    await using relay = new FakeRelay((_, number) => (socket) => {
      if (number > 1) send(socket, 10 * number, 10 * number + 1);
      socket.close(1000);
    });
    const reading = new Reading(relay.url, ({ waits }) => waits.length === 4, { at });
    await reading.done;
    assertEquals(relay.cursors, [first, first, "21", "31"]);
    assertEquals(reading.seqs, [20, 21, 30, 31, 40, 41]);
  }
});

Deno.test("Subscription drops repeats, and reports gaps, new sequence spaces and what the server says", async () => {
  await using relay = new FakeRelay((_, number) => (socket) => {
    if (number === 1) {
      socket.send(encodeMessage("#info", { name: "OutdatedCursor", message: "m" }) as Uint8Array<ArrayBuffer>);
      send(socket, 5000, 5001, 5000, 5002);
    } else if (number === 2) send(socket, 5002, 5003);
    else send(socket, 7, 8, 9);
    socket.close(1000);
  });
  const reading = new Reading(relay.url, ({ waits }) => waits.length === 3, { at: after(100, TIME) });
  await reading.done;
  assertEquals(reading.seqs, [5000, 5001, 5002, 5003, 7, 8, 9]);
  const close = "The server closed the connection (code 1000)";
  assertEquals(reading.told, [
    ...[
      "connected 100",
      "info OutdatedCursor m",
      `window-exceeded 100 ${TIME} 5000 t5000 4899 true`,
      "repeated 5000",
      close,
    ],
    ...["connected 5002", "repeated 5002", close],
    ...["connected 5003", `sequence-reset 5003 ${TIME} 7 t7 null true`, close],
  ]);
  assertEquals(relay.cursors, ["100", "5002", "5003"]);
});

Deno.test("Subscription reports the place on another relay that it cannot resume at, with the first message only", async () => {
  await using relay = new FakeRelay((_, number) => (socket) => {
    send(socket, 8 + number * 2, 9 + number * 2);
    socket.close(1000);
  });
  const left = { host: "before.example", seq: 900, time: null };
  const at = { kind: "other-relay", left, seeks: false } as const;
  const reading = new Reading(relay.url, ({ waits }) => waits.length === 2, { at });
  await reading.done;
  assertEquals(reading.seqs, [10, 11, 12, 13]);
  const gaps = reading.told.filter((each) => each.startsWith("host-changed") || each.includes("exceeded"));
  assertEquals(gaps, ["host-changed 900 null 10 t10 null false"]);
});

Deno.test("Subscription reads no further under pressure, and resumes on the same connection once drained", async () => {
  const drained = Promise.withResolvers<void>();
  const pressure = { full: false, drained: () => drained.promise };
  let socket: WebSocket | undefined;
  await using relay = new FakeRelay(() => (opened) => send(socket = opened, 10));
  const reading = new Reading(
    relay.url,
    ({ seqs }) => {
      pressure.full = seqs.length === 1;
      return seqs.length === 2;
    },
    { wait: (ms, signal) => wait(ms, signal) },
    pressure,
  );
  await until("the pause", () => reading.told.includes("paused 10"));
  if (socket !== undefined) send(socket, 11);
  assertEquals(reading.seqs, [10]);
  pressure.full = false;
  drained.resolve();
  await reading.done;
  assertEquals([reading.seqs, relay.dials.length], [[10, 11], 1]);
  assertEquals(reading.told, ["connected null", "paused 10", "resumed"]);
});

Deno.test("Subscription closes the connection after the longest pause, and resumes from the cursor once drained", async () => {
  const drained = Promise.withResolvers<void>();
  const pressure = { full: false, drained: () => drained.promise };
  await using relay = new FakeRelay((_, number) => (socket) => send(socket, number * 10));
  const reading = new Reading(
    relay.url,
    ({ seqs }) => {
      pressure.full = seqs.length === 1;
      return seqs.length === 2;
    },
    { maxPauseMs: 30_000 },
    pressure,
  );
  await until("the end of the pause", () => reading.told.includes("left 10"));
  await until("the close", () => relay.closes.length === 1);
  assertEquals([relay.closes, relay.dials.length], [[1000], 1]);
  pressure.full = false;
  drained.resolve();
  await reading.done;
  assertEquals([reading.seqs, relay.cursors, reading.waits], [[10, 20], [null, "10"], [30_000]]);
  assertEquals(reading.told.slice(0, 4), ["connected null", "paused 10", "left 10", "connected 10"]);
});

Deno.test("Subscription backs off when the server ends the connection while too much is undelivered", async () => {
  const pressure = { full: true, drained: () => Promise.resolve() };
  await using relay = new FakeRelay(() => (socket) => socket.close(1011));
  const reading = new Reading(relay.url, ({ waits }) => waits.length === 3, {}, pressure);
  await reading.done;
  assertEquals([reading.waits, relay.dials.length], [[1000, 2000, 4000], 3]);
});

Deno.test("Subscription ends without failing on abort, at every stage", async () => {
  await using relay = new FakeRelay(() => (socket) => socket.close(1000));
  const before = new Reading(relay.url, () => false);
  before.stop.abort();
  await before.done;
  assertEquals(relay.dials.length, 0);

  let started = false;
  const waiting = new Reading(relay.url, () => false, {
    wait: (_, signal) => {
      started = true;
      return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
    },
  });
  await until("the wait", () => started);
  waiting.stop.abort();
  await waiting.done;

  const full: Pressure = {
    full: true,
    drained: (signal) => new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
  };
  const paused = new Reading(relay.url, () => false, {}, full);
  await until("the pause", () => paused.told.includes("left null"));
  paused.stop.abort();
  await paused.done;
  assertEquals(relay.dials.length, 2);
});

Deno.test("Subscription asks again for what a relay left out within a connection", async () => {
  const all = Array.from({ length: 3000 }, (_, i) => i + 1);
  // It leaves out what a slow reader did not take, once; and has a hole of its own.
  const isLeftOut = (seq: number, number: number) => (number === 1 && seq > 1500 && seq <= 1600) || seq === 2500;
  await using relay = new FakeRelay(({ url }, number) => (socket) => {
    const cursor = Number(url.searchParams.get("cursor"));
    send(socket, ...all.filter((seq) => seq > cursor && !isLeftOut(seq, number)));
  });
  const reading = new Reading(relay.url, ({ seqs }) => seqs.at(-1) === 3000, { at: after(0) });
  await reading.done;
  assertEquals(reading.seqs, all.filter((seq) => seq !== 2500));
  assertEquals(relay.cursors, ["0", "1500", "2499"]);
  assertEquals(reading.told.filter((each) => each.startsWith("connected")).length, 3);
  assert(
    reading.told.includes("The sequence numbers jump from 1500 to 1601; the messages between are requested again"),
  );
  assertEquals(reading.told.filter((each) => /exceeded|held/.test(each)), []);
});

Deno.test("Subscription decides by time alone on what may be a gap: while nothing comes, or nothing more may be taken", async () => {
  const { now } = performance;
  for (const isFull of [false, true]) {
    const pressure = { full: false, drained: (signal: AbortSignal) => wait(Infinity, signal) };
    await using relay = new FakeRelay((_, number) => (socket) => {
      send(socket, number === 1 ? 1 : 5);
      if (number === 1) socket.close(1000);
    });
    const reading = new Reading(
      relay.url,
      ({ seqs, told }) => {
        pressure.full = isFull && seqs.length === 1;
        return told.some((each) => each.startsWith("window-exceeded"));
      },
      { at: after(1) },
      pressure,
    );
    await until("what may be a gap", () => reading.seqs.length === 1);
    if (isFull) await until("the pause", () => reading.told.includes("paused 5"));
    try {
      // As if ten seconds had passed.
      performance.now = () => now.call(performance) + 10_000;
      await reading.done;
    } finally {
      performance.now = now;
    }
    assertEquals(reading.told.at(-1), "window-exceeded 1 null 5 t5 3 true", reading.told.join());
  }
});
