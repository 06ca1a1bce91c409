import { assert, assertEquals } from "@std/assert";
import { FILES, type Files } from "../../src/cursor/files.ts";
import { lookAt } from "../../src/cursor/look.ts";
import { TextStorage } from "../../src/cursor/storage.ts";
import { FakeFiles } from "../support/fake_files.ts";
import { TestFolder } from "../support/folder.ts";

const HOLDER = { pid: 7, host: "a-host", since: "2026-07-01T00:00:00.000Z" };
const NOTHING = { problem: null, usedBy: null, note: null };

Deno.test("lookAt() finds nothing wrong with a file that can be written or made, and changes nothing", async () => {
  await using folder = new TestFolder();
  await Deno.writeTextFile(folder.file("c"), "text");
  await Deno.utime(folder.file("c"), 1, 1);
  await Deno.utime(folder.path, 1, 1);
  for (const name of ["c", "new", "no/such/folder/c"]) assertEquals(await lookAt(folder.file(name), FILES), NOTHING);
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["c"]);
  for (const path of [folder.path, folder.file("c")]) assertEquals((await Deno.stat(path)).mtime, new Date(1000));
});

Deno.test("lookAt() says what stands in the way, as far as that shows without writing", async () => {
  await using folder = new TestFolder();
  await Deno.writeTextFile(folder.file("c"), "text");
  // A rename of what is not there is refused by a file system that is read-only.
  const readOnly = (operation: string) => operation === "rename" || operation === "open" ? "EROFS" : null;
  const immutable = (operation: string) => operation === "open" ? "EPERM" : null;
  for (
    const [name, fails, problem] of [
      ["c", readOnly, "EROFS"],
      ["new", readOnly, "EROFS"],
      ["no/folder/new", readOnly, "EROFS"],
      ["c", immutable, "EPERM"],
      ["c/new", () => null, "Not a directory"],
      ["", () => null, "it is a folder"],
    ] as const
  ) {
    const { files } = new FakeFiles(fails);
    const found = await lookAt(folder.file(name), files);
    assert(found.problem?.includes(problem), `${name}: ${JSON.stringify(found)}`);
    assertEquals({ ...found, problem: null }, NOTHING);
  }
});

Deno.test("lookAt() tells that stream writes in place, or that only a start shows whether it can write", async () => {
  await using folder = new TestFolder();
  await Deno.writeTextFile(folder.file("c"), "text");
  const mounted: Files = {
    ...FILES,
    lstat: async (path) => {
      const { isFile, ...info } = await FILES.lstat(path);
      return { ...info, isFile, dev: info.dev + 1 };
    },
  };
  const inFolder = new FakeFiles((operation) => operation === "rename" ? "EROFS" : null).files;
  const foreign = new FakeFiles((operation) => operation === "open" ? "EACCES" : null).files;
  for (
    const [files, level, text] of [
      [mounted, "info", "in place"],
      [inFolder, "info", "in place"],
      [foreign, "warn", "only a start shows"],
    ] as const
  ) {
    const { problem, usedBy, note } = await lookAt(folder.file("c"), files);
    assertEquals([problem, usedBy, note?.level], [null, null, level]);
    assert(note?.text.includes(text), note?.text);
  }
});

Deno.test("lookAt() tells that a file was written in place before", async () => {
  await using folder = new TestFolder();
  const path = folder.file("c");
  await Deno.writeTextFile(path, "text");
  {
    await using storage = new TextStorage(path, new FakeFiles((each) => each === "rename" ? "EBUSY" : null).files);
    await storage.open(HOLDER);
  }
  assert((await lookAt(path, FILES)).note?.text.includes("written in place before"));
});

Deno.test("lookAt() names who uses the file, in both ways of writing", async () => {
  await using folder = new TestFolder();
  const path = folder.file("c");
  await Deno.writeTextFile(path, "text");
  const user = "pid 7 on a-host since 2026-07-01T00:00:00.000Z";
  const inPlace = new FakeFiles((operation) => operation === "rename" ? "EBUSY" : null).files;
  for (const files of [FILES, inPlace]) {
    await using storage = new TextStorage(path, files);
    await storage.open(HOLDER);
    assertEquals(await lookAt(path, FILES), { ...NOTHING, usedBy: user });
    await Deno.link(path, folder.file("elsewhere"));
    const expected = files === FILES ? NOTHING : { ...NOTHING, usedBy: user };
    assertEquals(await lookAt(folder.file("elsewhere"), FILES), expected);
    await Deno.remove(folder.file("elsewhere"));
  }
});
