import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { codeOf, FILES, messageOf, orNull, readAll, temporaryOf, writeAll } from "../../src/cursor/files.ts";
import { TestFolder } from "../support/folder.ts";

Deno.test("codeOf() is the system's code of an error that Deno throws", async () => {
  await using folder = new TestFolder();
  const error = await assertRejects(() => FILES.open(folder.file("none"), { read: true }));
  assertEquals([codeOf(error), codeOf(new Error("none")), codeOf("none")], ["ENOENT", null, null]);
  assertEquals([messageOf(new Error("this")), messageOf("that")], ["this", "that"]);
  const compiled = new Deno.errors.NotCapable(
    "specify the required permissions during compilation using `deno compile`",
  );
  assertEquals(
    messageOf(compiled),
    "the program has no permission for this path, as for any under /proc, /sys and /dev",
  );
});

Deno.test("orNull() gives null for what is not there, and throws all else", async () => {
  await using folder = new TestFolder();
  assertEquals(await orNull(FILES.stat(folder.file("none"))), null);
  assertEquals((await orNull(FILES.stat(folder.path)))?.isDirectory, true);
  await Deno.writeTextFile(folder.file("f"), "");
  assertEquals(codeOf(await assertRejects(() => orNull(FILES.stat(folder.file("f/none"))))), "ENOTDIR");
});

Deno.test("writeAll() writes at a place, and readAll() reads from the beginning", async () => {
  await using folder = new TestFolder();
  using file = await FILES.open(folder.file("f"), { read: true, write: true, createNew: true });
  await writeAll(file, new Uint8Array([1, 2, 3]), 0);
  await writeAll(file, new Uint8Array([9]), 1);
  assertEquals(await readAll(file, 100), new Uint8Array([1, 9, 3]));
  assertEquals(await readAll(file, 2), new Uint8Array([1, 9]));
});

Deno.test("temporaryOf() is another name each time", () => {
  assertNotEquals(temporaryOf("/a"), temporaryOf("/a"));
});
