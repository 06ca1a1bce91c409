import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { CursorError } from "../../src/cursor/cursor.ts";
import { CursorFile, parseCursor } from "../../src/cursor/file.ts";
import { FakeFiles } from "../support/fake_files.ts";

const CURSOR = { host: "bsky.network", seq: 31_500_000_001, time: "2026-01-01T00:00:00.000Z" };

const HOLDER = { pid: 7, host: "a-host", since: "2026-07-01T00:00:00.000Z" };

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

Deno.test("CursorFile keeps what a cursor says of its run, its owner and the messages before it", () =>
  inFolder(async (folder) => {
    const owner = { job: "j", cluster: "c", topic: "t", topicId: "i", options: "o" };
    const cursor = { ...CURSOR, epoch: 3, owner, recent: ["did:plc:a/1", "did:plc:b/2"] };
    const path = join(folder, "cursor.json");
    await new CursorFile(path).save(cursor);
    assertEquals(await new CursorFile(path).load(), cursor);
  }));

Deno.test("CursorFile.open() makes the folder, leaves the cursor as it is, and gives the file back at the end", () =>
  inFolder(async (folder) => {
    const path = join(folder, "deep", "er", "cursor.json");
    for (const before of [undefined, CURSOR.seq]) {
      await using file = new CursorFile(path);
      assertEquals(await file.open(HOLDER), []);
      assertEquals((await file.load())?.seq, before);
      await file.save(CURSOR);
    }
    assertEquals((await new CursorFile(path).load())?.seq, CURSOR.seq);
    assertEquals([...Deno.readDirSync(join(folder, "deep", "er"))].map(({ name }) => name), ["cursor.json"]);
  }));

Deno.test("CursorFile.open() leaves what is no cursor to the byte, for whoever looks into it", () =>
  inFolder(async (folder) => {
    const path = join(folder, "cursor.json");
    const damaged = new TextEncoder().encode('{"cursor":\0\0\x1e garbage');
    await Deno.writeFile(path, damaged);
    await using file = new CursorFile(path);
    await file.open(HOLDER);
    assertEquals(await Deno.readFile(path), damaged);
  }));

Deno.test("CursorFile.open() refuses a file that another producer uses, and names that", () =>
  inFolder(async (folder) => {
    const path = join(folder, "cursor.json");
    await using first = new CursorFile(path);
    await first.open(HOLDER);
    const second = new CursorFile(path);
    const error = await assertRejects(() => second.open({ ...HOLDER, pid: 8 }), CursorError);
    for (const part of [path, "in use by pid 7 on a-host since 2026-07-01T00:00:00.000Z"]) {
      assert(error.message.includes(part), error.message);
    }
    assertEquals(error.code, "CURSOR_IN_USE");
    assertEquals((await second.look()).usedBy, "pid 7 on a-host since 2026-07-01T00:00:00.000Z");
  }));

Deno.test("CursorFile.open() refuses a folder that cannot be, and a folder in the place of the file", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "file"), "");
    for (
      const [path, reason] of [[join(folder, "file", "cursor.json"), "Not a directory"], [folder, "it is a folder"]]
    ) {
      const error = await assertRejects(() => new CursorFile(path ?? "").open(HOLDER), CursorError);
      for (const part of [path ?? "", reason ?? ""]) assert(error.message.includes(part), error.message);
      assertEquals(error.code, "CURSOR_UNWRITABLE");
    }
  }));

Deno.test("CursorFile.open() tells the ways in which a disk refuses apart", () =>
  inFolder(async (folder) => {
    const path = join(folder, "cursor.json");
    for (
      const [code, expected] of [
        ["ENOSPC", "CURSOR_DISK_FULL"],
        ["EDQUOT", "CURSOR_DISK_FULL"],
        ["EPERM", "CURSOR_NOT_PERMITTED"],
        ["EROFS", "CURSOR_UNWRITABLE"],
      ] as const
    ) {
      const { files } = new FakeFiles((operation) => operation === "write" ? code : null);
      const error = await assertRejects(() => new CursorFile(path, files).open(HOLDER), CursorError);
      assertEquals([error.code, error.message.includes(code)], [expected, true], error.message);
    }
  }));

Deno.test("CursorFile.save() leaves the old cursor where the new one cannot be written", () =>
  inFolder(async (folder) => {
    const path = join(folder, "cursor.json");
    let isFull = false;
    const { files } = new FakeFiles((operation) => isFull && operation === "write" ? "ENOSPC" : null);
    const file = new CursorFile(path, files);
    await file.save(CURSOR);
    isFull = true;
    await assertRejects(() => file.save({ ...CURSOR, seq: 1 }), CursorError, "ENOSPC");
    assertEquals((await file.load())?.seq, CURSOR.seq);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["cursor.json"]);
    isFull = false;
    await file.save({ ...CURSOR, seq: 2 });
    assertEquals((await file.load())?.seq, 2);
  }));

Deno.test("CursorFile.load() refuses what is no cursor", () =>
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
      assertEquals([error.code, error.message.includes(path)], ["CURSOR_INVALID", true], error.message);
    }
  }));

Deno.test("CursorFile.load() refuses a file that cannot be read", () =>
  inFolder(async (folder) => {
    const error = await assertRejects(() => new CursorFile(folder).load(), CursorError);
    assertEquals([error.code, error.message.includes(folder)], ["CURSOR_UNREADABLE", true], error.message);
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
