/**
 * The program with delivery exactly once, and what must come of that.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Broker } from "../../scripts/kafka.ts";
import { storedCursorOf } from "../../src/kafka/offsets/cursor_offset.ts";
import { createRandom, type Random } from "../../src/simulator/random.ts";
import { type Consumed, withAdmin } from "./kafka.ts";
import type { RunningProgram } from "./program.ts";
import { idsOf } from "./stream.ts";
import { untilAtLeast, untilStill } from "./wait.ts";

/** The topic of the events. */
export const TOPIC = "bluesky";
const GROUP = `bluesky_firehose-${TOPIC}`;
/** What an instance says as soon as it may write. */
export const ACTIVE = "This instance is active";

type Servers = Pick<Broker, "bootstrapServers">;

/** A random that differs with each run, whose seed is printed. */
export function printedRandom(): Random {
  const seed = Date.now() % 1_000_000;
  Deno.stdout.writeSync(new TextEncoder().encode(`\nseed ${seed}\n`));
  return createRandom(seed);
}

/** Fails unless each event is there once, and those of each key in the order of the firehose. */
export function assertExactlyOnce(records: readonly Consumed[], expected: readonly string[]): void {
  const ids = idsOf(records);
  const delivered = new Set(ids);
  assertEquals(expected.filter((id) => !delivered.has(id)), [], "lost");
  assertEquals(ids.length - delivered.size, 0, "repeated");
  assertEquals(ids.length, expected.length);
  const place = new Map(expected.map((id, i) => [id, i]));
  const lastOfKey = new Map<string, number>();
  for (const [i, { key }] of records.entries()) {
    const at = place.get(ids[i] ?? "") ?? -1;
    assert(at > (lastOfKey.get(key) ?? -1), `${ids[i]} is out of order`);
    lastOfKey.set(key, at);
  }
}

/** The cursor in Kafka of the job that writes to `topic`; 0 while there is none, or no broker. */
export async function committedCursor(servers: Servers, topic = TOPIC): Promise<number> {
  try {
    const groupId = `bluesky_firehose-${topic}`;
    const [found] = await withAdmin(servers, (admin) => admin.fetchOffsets({ groupId, topics: [topic] }));
    return Number(found?.partitions.find(({ partition }) => partition === 0)?.offset ?? 0);
  } catch {
    return 0;
  }
}

/** The instance that owns the cursor in Kafka. */
export async function ownerOf(servers: Servers): Promise<string | null> {
  const [topic] = await withAdmin(servers, (admin) => admin.fetchOffsets({ groupId: GROUP, topics: [TOPIC] }));
  const found = topic?.partitions.find(({ partition }) => partition === 0);
  return storedCursorOf({ offset: BigInt(found?.offset ?? 0), metadata: found?.metadata ?? "" }).by;
}

/** Waits until the instance has said this so many times; fails if it ended, or neither speaks nor moves the cursor. */
export async function says(servers: Servers, instance: RunningProgram, text: string, times = 1): Promise<void> {
  await untilStill(`an instance to say "${text}"`, () => committedCursor(servers), () => {
    assertEquals(instance.code, null, instance.stderr);
    return instance.stderr.split(text).length > times;
  });
}

/** Waits until the cursor is at `seq` or behind it; fails if it stands still. */
export async function passes(servers: Servers, seq: number): Promise<void> {
  await untilAtLeast("the cursor", seq, () => committedCursor(servers));
}

/** Waits until the cursor has moved. */
export async function moves(servers: Servers): Promise<void> {
  await passes(servers, await committedCursor(servers) + 1);
}

/** The command, without what tells one instance from another; `wanted` says what becomes events. */
export function streamOf(
  url: string,
  servers: Servers,
  cursorFile: string,
  wanted: readonly string[] = ["--collections", ""],
): string[] {
  return ["stream", "--firehose-url", url, "--kafka-bootstrap-servers", servers.bootstrapServers]
    .concat(["--kafka-topic", TOPIC, "--cursor-file", cursorFile, ...wanted]);
}

/** The command with delivery exactly once. */
export function once(args: readonly string[]): string[] {
  return [...args, "--delivery", "exactly-once"];
}
