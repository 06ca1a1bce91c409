import { assert, assertEquals, assertRejects } from "@std/assert";
import { openCursor } from "../../src/app/start.ts";
import { CursorError } from "../../src/cursor/cursor.ts";
import { TestFolder } from "../support/folder.ts";
import { resolved } from "../support/resolved.ts";

const KAFKA = { kafkaBootstrapServers: "k:9092", kafkaTopic: "t" };
const CURSOR = '{"host":"a","seq":7}';
const silent = () => {};

Deno.test("openCursor() keeps a file for Kafka always, and for lines only where one is named", async () => {
  await using folder = new TestFolder();
  const cursorFile = folder.file("c");
  assertEquals(await openCursor(resolved({ output: "-" }), silent), null);
  for (const flags of [{ ...KAFKA, cursorFile }, { output: "-", cursorFile }]) {
    const kept = await openCursor(resolved(flags), silent);
    assert(kept !== null);
    await using _file = kept.file;
    assertEquals(kept.cursor, null);
  }
});

Deno.test("openCursor() refuses a file that cannot be read, unless the command says where to start", async () => {
  await using folder = new TestFolder();
  const cursorFile = folder.file("c");
  await Deno.writeTextFile(cursorFile, CURSOR.slice(0, 9));
  await assertRejects(() => openCursor(resolved({ ...KAFKA, cursorFile }), silent), CursorError);
  await assertRejects(() => openCursor(resolved({ ...KAFKA, cursorFile, cursor: "adopt" }), silent), CursorError);
  const kept = await openCursor(resolved({ ...KAFKA, cursorFile, cursor: "oldest" }), silent);
  assert(kept !== null);
  await using _file = kept.file;
  assertEquals(kept.cursor, null);
});
