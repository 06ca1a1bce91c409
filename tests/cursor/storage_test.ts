import { assert, assertEquals, assertRejects } from "@std/assert";
import { basename } from "node:path";
import { InUseError, TextStorage } from "../../src/cursor/storage.ts";
import { FakeFiles } from "../support/fake_files.ts";
import { TestFolder } from "../support/folder.ts";

const HOLDER = { pid: 7, host: "a-host", since: "2026-07-01T00:00:00.000Z" };

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).toSorted();
}

Deno.test("TextStorage.write() syncs the data before the rename, and the folder after it", async () => {
  await using folder = new TestFolder();
  const { done, files } = new FakeFiles();
  await new TextStorage(folder.file("c"), files).write("text");
  assertEquals(done, [
    ...["create c.*.tmp", "write c.*.tmp", "syncData c.*.tmp", "rename c"],
    ...(Deno.build.os === "windows" ? [] : [`open ${basename(folder.path)}`, `sync ${basename(folder.path)}`]),
  ]);
});

Deno.test("TextStorage.open() does all that a write does, to the same name, and leaves the text as it is", async () => {
  await using folder = new TestFolder();
  const path = folder.file("c");
  await Deno.writeTextFile(path, "text");
  const fake = new FakeFiles();
  await new TextStorage(path, fake.files).write("text");
  const ofWrite = fake.done.slice();
  for (const failing of ["create", "write", "syncData", "rename", "sync"] as const) {
    assert(ofWrite.some((each) => each.startsWith(failing)) || Deno.build.os === "windows");
    const { files } = new FakeFiles((operation, each) =>
      operation === failing && !each.endsWith(".lock") ? "EIO" : null
    );
    await assertRejects(() => new TextStorage(path, files).open(HOLDER), Error, "EIO", failing);
    assertEquals([await Deno.readTextFile(path), namesIn(folder.path)], ["text", ["c"]]);
  }
  fake.forget();
  await using storage = new TextStorage(path, fake.files);
  assertEquals(await storage.open(HOLDER), []);
  assertEquals(fake.done.slice(-ofWrite.length), ofWrite);
  assertEquals(await Deno.readTextFile(path), "text");
});

Deno.test("TextStorage.open() does the same under temporary names where there is no text yet, and leaves none", async () => {
  await using folder = new TestFolder();
  const path = folder.file("deep/er/c");
  for (const failing of ["create", "write", "syncData", "rename", "sync"] as const) {
    if (failing === "sync" && Deno.build.os === "windows") continue;
    const { done, files } = new FakeFiles((operation, each) =>
      operation === failing && !each.endsWith(".lock") ? "EIO" : null
    );
    await assertRejects(() => new TextStorage(path, files).open(HOLDER), Error, "EIO", failing);
    assertEquals(done.filter((each) => each === "rename c" || each === "create c"), []);
    assertEquals(namesIn(folder.file("deep/er")).filter((name) => !name.endsWith(".tmp")), []);
  }
  await using storage = new TextStorage(path);
  await storage.open(HOLDER);
  assertEquals(await storage.read(), null);
});

Deno.test("TextStorage writes in place where a rename cannot work, and says so once", async () => {
  for (const code of ["EBUSY", "EPERM", "EACCES", "EROFS"]) {
    await using folder = new TestFolder();
    const path = folder.file("c");
    await Deno.writeTextFile(path, "first");
    const fake = new FakeFiles((operation) => operation === "rename" ? code : null);
    await using storage = new TextStorage(path, fake.files);
    const [note, ...others] = await storage.open(HOLDER);
    assertEquals([note?.level, others], ["info", []]);
    assert(note?.text.includes(code) && note.text.includes("in place"), note?.text);
    assertEquals(await storage.read(), "first");
    for (let i = 0; i < 5; i++) {
      fake.forget();
      await storage.write(`text ${i}`);
      assertEquals(fake.done, ["write c", "syncData c"]);
      assertEquals(await new TextStorage(path).read(), `text ${i}`);
    }
    assertEquals(Deno.statSync(path).size, 8192);
    assertEquals(namesIn(folder.path), ["c", "c.lock"]);
  }
});

Deno.test("TextStorage replaces a file again that was written in place, once a rename works", async () => {
  await using folder = new TestFolder();
  const path = folder.file("c");
  await Deno.writeTextFile(path, "first");
  {
    await using storage = new TextStorage(path, new FakeFiles((each) => each === "rename" ? "EBUSY" : null).files);
    await storage.open(HOLDER);
    await storage.write("second");
  }
  await using storage = new TextStorage(path);
  assertEquals(await storage.open(HOLDER), []);
  assertEquals(await Deno.readTextFile(path), "second");
});

Deno.test("TextStorage.open() fails where a file can be written in neither way, and says why of both", async () => {
  await using folder = new TestFolder();
  const path = folder.file("c");
  await Deno.writeTextFile(path, "first");
  const { files } = new FakeFiles((operation, each) =>
    operation === "rename" ? "EPERM" : operation === "write" && each === path ? "EIO" : null
  );
  const error = await assertRejects(() => new TextStorage(path, files).open(HOLDER));
  assert(error instanceof Error && /neither be replaced \(EPERM.*written in place \(EIO/.test(error.message));
  assertEquals([await new TextStorage(path).read(), namesIn(folder.path)], ["first", ["c"]]);
});

Deno.test("TextStorage.open() does not write in place for want of room, nor make a file that way", async () => {
  await using folder = new TestFolder();
  const path = folder.file("c");
  const full = new FakeFiles((operation, each) => operation === "write" && each.endsWith(".tmp") ? "ENOSPC" : null);
  await Deno.writeTextFile(path, "first");
  await assertRejects(() => new TextStorage(path, full.files).open(HOLDER), Error, "ENOSPC");
  const busy = new FakeFiles((operation) => operation === "rename" ? "EBUSY" : null);
  await Deno.remove(path);
  await assertRejects(() => new TextStorage(path, busy.files).open(HOLDER), Error, "EBUSY");
  assertEquals(namesIn(folder.path), []);
});

Deno.test("TextStorage.write() fails where a file that is written in place was replaced meanwhile", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using folder = new TestFolder();
  const path = folder.file("c");
  await Deno.writeTextFile(path, "first");
  await using storage = new TextStorage(path, new FakeFiles((each) => each === "rename" ? "EBUSY" : null).files);
  await storage.open(HOLDER);
  await Deno.writeTextFile(folder.file("other"), "other");
  await Deno.rename(folder.file("other"), path);
  await assertRejects(() => storage.write("second"), Error, "removed or replaced");
});

Deno.test("TextStorage.open() warns where the folder cannot be synced or nothing can be locked, and works", async () => {
  await using folder = new TestFolder();
  const path = folder.file("c");
  for (
    const [failing, code, text] of [["sync", "EINVAL", "cannot be synced"], [
      "lock",
      "ENOTSUP",
      "cannot be locked",
    ]] as const
  ) {
    if (failing === "sync" && Deno.build.os === "windows") continue;
    const { files } = new FakeFiles((operation) => operation === failing ? code : null);
    await using storage = new TextStorage(path, files);
    const notes = await storage.open(HOLDER);
    assertEquals(notes.map(({ level }) => level), ["warn"]);
    assert(notes[0]?.text.includes(text), notes[0]?.text);
    await storage.write(failing);
    assertEquals(await storage.read(), failing);
  }
});

Deno.test("TextStorage.open() locks: one at a time, also where each sees the file in another folder", async () => {
  await using folder = new TestFolder();
  const path = folder.file("c");
  await Deno.writeTextFile(path, "first");
  const { files } = new FakeFiles((operation) => operation === "rename" ? "EBUSY" : null);
  const error = await (async () => {
    await using first = new TextStorage(path, files);
    await first.open(HOLDER);
    await assertRejects(() => new TextStorage(path).open({ ...HOLDER, pid: 8 }), InUseError, "pid 7 on a-host");
    // As in two containers: one file, mounted by itself in each.
    await Deno.link(path, folder.file("d"));
    for (const each of [files, undefined]) {
      await assertRejects(() => new TextStorage(folder.file("d"), each).open(HOLDER), InUseError, "pid 7 on a-host");
    }
    return await assertRejects(() => new TextStorage(folder.file("d"), files).open(HOLDER));
  })();
  assert(error instanceof InUseError);
  await using second = new TextStorage(folder.file("d"));
  await second.open({ ...HOLDER, pid: 8 });
  assertEquals(namesIn(folder.path), ["c", "d", "d.lock"]);
});

Deno.test("TextStorage.open() writes nothing in place that another one began to write in place meanwhile", async () => {
  await using folder = new TestFolder();
  const path = folder.file("c");
  await Deno.writeTextFile(path, "first");
  const other = await Deno.open(path, { read: true, write: true });
  const { files } = new FakeFiles((operation) => {
    if (operation !== "rename") return null;
    assert(other.tryLockSync(true));
    return "EBUSY";
  });
  await assertRejects(() => new TextStorage(path, files).open(HOLDER), InUseError, "cannot be named");
  other.close();
  assertEquals(await Deno.readTextFile(path), "first");
});

Deno.test("TextStorage follows a link, also one that leads to nothing yet, and keeps it", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using folder = new TestFolder();
  await Deno.mkdir(folder.file("volume"));
  await folder.link("c", "volume/real");
  for (const text of ["first", "second"]) {
    const fake = new FakeFiles();
    await using storage = new TextStorage(folder.file("c"), fake.files);
    await storage.open(HOLDER);
    await storage.write(text);
    assert(fake.done.includes("rename real") && !fake.done.includes("rename c"), fake.done.join());
    assertEquals(await Deno.readTextFile(folder.file("volume/real")), text);
    assertEquals(await Deno.readLink(folder.file("c")), "volume/real");
    assertEquals(namesIn(folder.file("volume")), ["real", "real.lock"]);
  }
  assertEquals(namesIn(folder.path), ["c", "volume"]);
});

Deno.test(
  "TextStorage writes through no name that can be foreseen",
  { ignore: Deno.build.os === "windows" },
  async () => {
    await using folder = new TestFolder();
    const path = folder.file("c");
    await Deno.writeTextFile(folder.file("precious"), "precious");
    for (const name of ["c.lock", `c.${Deno.pid}.tmp`]) await folder.link(name, "precious");
    await using storage = new TextStorage(path);
    const notes = await storage.open(HOLDER);
    await storage.write("text");
    assertEquals(await Deno.readTextFile(folder.file("precious")), "precious");
    // Nobody can be kept out by a lock file that is somebody's link.
    assertEquals(notes.map(({ level }) => level), ["warn"]);
  },
);

Deno.test("TextStorage.open() removes what crashes left: old files of its own names and nothing else", async () => {
  await using folder = new TestFolder();
  const path = folder.file("a+c");
  const [random, young] = [crypto.randomUUID().replaceAll("-", ""), crypto.randomUUID().replaceAll("-", "")];
  const left = [`a+c.${random}.tmp`, "a+c.4711.tmp"];
  const others = ["a+c.tmp", "a+c.x.tmp", `aac.${random}.tmp`, `b.a+c.${random}.tmp`, `a+c.${young}.tmp`];
  for (const name of [...left, ...others]) {
    await Deno.writeTextFile(folder.file(name), "");
    if (!name.includes(young)) await Deno.utime(folder.file(name), 1, 1);
  }
  await using storage = new TextStorage(path);
  await storage.open(HOLDER);
  assertEquals(namesIn(folder.path), [...others, "a+c.lock"].toSorted());
});

Deno.test("TextStorage.open() needs no leave to list the folder", async () => {
  await using folder = new TestFolder();
  const { files } = new FakeFiles((operation) => operation === "list" ? "EACCES" : null);
  await using storage = new TextStorage(folder.file("c"), files);
  assertEquals(await storage.open(HOLDER), []);
});

Deno.test("TextStorage.read() refuses a file too large to be a cursor", async () => {
  await using folder = new TestFolder();
  await Deno.writeTextFile(folder.file("c"), "");
  await Deno.truncate(folder.file("c"), 20_000_000);
  await assertRejects(() => new TextStorage(folder.file("c")).read(), RangeError, "20000000 bytes");
});
