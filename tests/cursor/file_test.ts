import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { CursorError } from "../../src/cursor/cursor.ts";
import { CursorFile, parseCursor } from "../../src/cursor/file.ts";

const CURSOR = { host: "bsky.network", seq: 31_500_000_001, time: "2026-01-01T00:00:00.000Z" };

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "bluesky_firehose_test_" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("CursorFile gives back what it saved, and leaves nothing beside it", () =>
  inFolder(async (folder) => {
    const file = new CursorFile(join(folder, "cursor.json"));
    assertEquals(await file.load(), null);
    await file.save(CURSOR);
    await file.save({ ...CURSOR, seq: CURSOR.seq + 1 });
    assertEquals(await file.load(), { ...CURSOR, seq: CURSOR.seq + 1 });
    await file.save({ ...CURSOR, savedAt: "2026-07-01T12:00:01.000Z" });
    assertEquals(await file.load(), { ...CURSOR, savedAt: "2026-07-01T12:00:01.000Z" });
    await file.save({ ...CURSOR, recent: ["did:plc:a/3l"], usualStep: 3 });
    assertEquals(await file.load(), { ...CURSOR, recent: ["did:plc:a/3l"], usualStep: 3 });
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["cursor.json"]);
  }));

Deno.test("CursorFile names the job that it is kept for, and reads that of any", () =>
  inFolder(async (folder) => {
    const path = join(folder, "cursor.json");
    assertEquals(await new CursorFile(path).keptFor(), null);
    await new CursorFile(path).save(CURSOR);
    assertEquals(await new CursorFile(path).keptFor(), null);
    await new CursorFile(path, "job").save(CURSOR);
    assertEquals(await new CursorFile(path, "other").keptFor(), "job");
    assertEquals(await new CursorFile(path, "other").load(), CURSOR);
    await Deno.writeTextFile(path, "no JSON");
    assertEquals(await new CursorFile(path).keptFor(), null);
  }));

Deno.test("CursorFile.check() makes the folder and leaves the file as it is", () =>
  inFolder(async (folder) => {
    const path = join(folder, "deep", "er", "cursor.json");
    const file = new CursorFile(path);
    await file.check();
    await file.save(CURSOR);
    await file.check();
    assertEquals((await file.load())?.seq, CURSOR.seq);
  }));

Deno.test("CursorFile.check() refuses a folder that cannot be", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "file"), "");
    const path = join(folder, "file", "cursor.json");
    const error = await assertRejects(() => new CursorFile(path).check(), CursorError);
    for (const part of [path, "--cursor-file"]) assert(error.message.includes(part), error.message);
  }));

Deno.test("CursorFile.check() refuses a folder in the place of the file", () =>
  inFolder(async (folder) => {
    const error = await assertRejects(() => new CursorFile(folder).check(), CursorError);
    for (const part of [folder, "it is a folder", "--cursor-file"]) assert(error.message.includes(part), error.message);
  }));

Deno.test("CursorFile.save() leaves the old cursor where the new one cannot be written", () =>
  inFolder(async (folder) => {
    const path = join(folder, "cursor.json");
    const file = new CursorFile(path);
    await file.save(CURSOR);
    // The temporary file's name is taken by a folder, as by a disk that refuses it.
    await Deno.mkdir(`${path}.${Deno.pid}.tmp`);
    await assertRejects(() => file.save({ ...CURSOR, seq: 1 }), CursorError);
    assertEquals((await file.load())?.seq, CURSOR.seq);
  }));

Deno.test("CursorFile.load() refuses what is no cursor, and says what to do", () =>
  inFolder(async (folder) => {
    const path = join(folder, "cursor.json");
    const texts = [
      "",
      "{",
      "null",
      "[]",
      "{}",
      '{"cursor":"1"}',
      '{"cursor":-1}',
      '{"cursor":1.5}',
      '{"cursor":1e300}',
    ];
    for (const text of texts) {
      await Deno.writeTextFile(path, text);
      const error = await assertRejects(() => new CursorFile(path).load(), CursorError);
      for (const part of [path, "remove the file", "--cursor"]) assert(error.message.includes(part), error.message);
    }
  }));

Deno.test("CursorFile.load() refuses a file that cannot be read", () =>
  inFolder(async (folder) => {
    const error = await assertRejects(() => new CursorFile(folder).load(), CursorError);
    for (const part of [folder, "--cursor"]) assert(error.message.includes(part), error.message);
  }));

Deno.test("parseCursor() reads the form of the Python bridge", () => {
  assertEquals(parseCursor('{"cursor": 123}'), { cursor: { host: null, seq: 123, time: null }, others: new Map() });
});

Deno.test("parseCursor() reads the places of other hosts, and passes over those that are none", () => {
  const hosts = {
    "a.example": { cursor: 5, time: "t" },
    "b.example": { cursor: -1 },
    "c.example": 7,
    h: { cursor: 1 },
  };
  const content = parseCursor(JSON.stringify({ cursor: 9, host: "h", time: null, hosts }));
  assertEquals(content?.others, new Map([["a.example", { seq: 5, time: "t" }]]));
  assertEquals(parseCursor('{"cursor": 9, "hosts": null}')?.others, new Map());
});

Deno.test("CursorFile keeps the place of each host that it was given a cursor of, also over a restart", () =>
  inFolder(async (folder) => {
    const path = join(folder, "cursor.json");
    const [a, b] = [{ host: "a.example", seq: 100, time: "ta" }, { host: "b.example", seq: 7, time: "tb" }];
    const file = new CursorFile(path);
    await file.save(a);
    assertEquals(JSON.parse(await Deno.readTextFile(path)), { cursor: 100, host: "a.example", time: "ta" });
    await file.save(b);
    await file.save({ ...b, seq: 8 });
    assertEquals(JSON.parse(await Deno.readTextFile(path)), {
      cursor: 8,
      host: "b.example",
      time: "tb",
      hosts: { "a.example": { cursor: 100, time: "ta" } },
    });
    const again = new CursorFile(path);
    assertEquals([await again.load(), again.others], [
      { ...b, seq: 8 },
      new Map([["a.example", { seq: 100, time: "ta" }]]),
    ]);
    await again.save({ ...a, seq: 200 });
    assertEquals((await new CursorFile(path).load())?.seq, 200);
    assertEquals(again.others, new Map([["b.example", { seq: 8, time: "tb" }]]));
  }));

Deno.test("CursorFile remembers a bounded number of hosts", () =>
  inFolder(async (folder) => {
    const file = new CursorFile(join(folder, "cursor.json"));
    for (let i = 0; i < 40; i++) await file.save({ host: `h${i}`, seq: i, time: null });
    assertEquals([...file.others.keys()], Array.from({ length: 16 }, (_, i) => `h${23 + i}`));
  }));
