import { assertEquals, assertRejects } from "@std/assert";
import { commitEveryMs, cursorExactlyOnce, jobOf } from "../../src/cli/exactly_once.ts";
import { type Config, resolveConfig } from "../../src/config/resolve.ts";
import { CursorError } from "../../src/cursor/cursor.ts";
import { CursorFile } from "../../src/cursor/file.ts";
import { TestFolder } from "../support/folder.ts";

const KAFKA = { kafkaBootstrapServers: "k:9092", kafkaTopic: "t", delivery: "exactly-once" };
const OLD = { host: "a", seq: 5, time: "2026-01-01T00:00:00.000Z", savedAt: "2026-01-01T00:00:01.000Z" };
const NEW = { host: "a", seq: 9, time: "2026-01-02T00:00:00.000Z", savedAt: "2026-01-02T00:00:01.000Z" };

function configOf(flags: Readonly<Record<string, string>>): Config {
  const resolution = resolveConfig(flags, {});
  if (resolution.kind === "mistakes") throw new Error(resolution.mistakes.join("\n"));
  return resolution.config;
}

Deno.test("commitEveryMs() is a quarter of a second, and a second for Event Hubs", () => {
  const eventHubs = {
    connectionString: "Endpoint=sb://n.servicebus.windows.net/;SharedAccessKeyName=a;SharedAccessKey=b;EntityPath=c",
    delivery: "exactly-once",
  };
  assertEquals([commitEveryMs(configOf(KAFKA)), commitEveryMs(configOf(eventHubs))], [250, 1000]);
  assertEquals(commitEveryMs(configOf({ ...KAFKA, delivery: "at-least-once" })), null);
  assertEquals(commitEveryMs(configOf({ output: "-" })), null);
});

Deno.test("jobOf() is the group of the cursor, and none without Kafka", () => {
  assertEquals(jobOf(configOf(KAFKA)), "bluesky_firehose-t");
  assertEquals(jobOf(configOf({ ...KAFKA, delivery: "at-least-once", cursorGroup: "g" })), "g");
  assertEquals(jobOf(configOf({ output: "-" })), null);
});

Deno.test("cursorExactlyOnce() takes the newer cursor, and tells where there are two", async () => {
  await using folder = new TestFolder();
  const path = folder.file("cursor");
  const config = configOf({ ...KAFKA, cursorFile: path });
  const told: string[] = [];
  const log = (level: string, message: string) => void told.push(`${level} ${message}`);
  assertEquals(await cursorExactlyOnce(config, null, log), null);
  assertEquals(await cursorExactlyOnce(config, OLD, log), OLD);
  assertEquals(told, []);

  await new CursorFile(path, jobOf(config)).save(NEW);
  assertEquals(await cursorExactlyOnce(config, OLD, log), NEW);
  await new CursorFile(path, jobOf(config)).save(OLD);
  assertEquals(await cursorExactlyOnce(config, NEW, log), NEW);
  assertEquals(told, [
    "info The cursor of the file is the newer one",
    "info The cursor of the group is the newer one",
  ]);
  assertEquals(await cursorExactlyOnce(config, null, log), OLD);
});

Deno.test("cursorExactlyOnce() never takes the cursor of another job, and an unnamed one only for want of any", async () => {
  await using folder = new TestFolder();
  const path = folder.file("cursor");
  const config = configOf({ ...KAFKA, cursorFile: path });
  const quiet = () => {};
  await new CursorFile(path, "bluesky_firehose-other").save(NEW);
  assertEquals(await cursorExactlyOnce(config, OLD, quiet), OLD);
  assertEquals(await cursorExactlyOnce(config, null, quiet), null);
  await Deno.writeTextFile(path, '{"cursor": 7}');
  assertEquals(await cursorExactlyOnce(config, OLD, quiet), OLD);
  assertEquals(await cursorExactlyOnce(config, null, quiet), { host: null, seq: 7, time: null });
});

Deno.test("cursorExactlyOnce() does without a file that cannot be used only where there is another cursor", async () => {
  await using folder = new TestFolder();
  const config = configOf({ ...KAFKA, cursorFile: folder.path });
  const told: string[] = [];
  const log = (level: string) => void told.push(level);
  assertEquals(await cursorExactlyOnce(config, OLD, log), OLD);
  assertEquals(told, ["warn"]);
  await assertRejects(() => cursorExactlyOnce(config, null, log), CursorError);
});
