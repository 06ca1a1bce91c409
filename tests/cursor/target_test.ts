import { assertEquals, assertRejects } from "@std/assert";
import { FILES, type Files } from "../../src/cursor/files.ts";
import { isForeignLink, resolveTarget } from "../../src/cursor/target.ts";
import { TestFolder } from "../support/folder.ts";

const ignore = Deno.build.os === "windows";

Deno.test("resolveTarget() follows links to the file, which need not exist", { ignore }, async () => {
  await using folder = new TestFolder();
  const real = await Deno.realPath(folder.path);
  await Deno.mkdir(folder.file("a/b"), { recursive: true });
  await Deno.writeTextFile(folder.file("a/file"), "");
  await folder.link("b", "a/b");
  await folder.link("b/up", "../file");
  await folder.link("far", folder.file("b/up"));
  await folder.link("dangling", "none");
  for (
    const [name, path, links] of [
      ["a/file", "a/file", []],
      ["b/up", "a/file", ["a/b/up"]],
      ["far", "a/file", ["far", "a/b/up"]],
      ["dangling", "none", ["dangling"]],
      ["b/new", "a/b/new", []],
    ] as const
  ) {
    const target = await resolveTarget(folder.file(name), FILES);
    assertEquals(target.path, `${real}/${path}`);
    assertEquals(target.links, links.map((each) => `${real}/${each}`));
    assertEquals(target.info !== null, path === "a/file");
  }
  const missing = await resolveTarget(folder.file("no/such/file"), FILES);
  assertEquals([missing.path, missing.info], [folder.file("no/such/file"), null]);
});

Deno.test("resolveTarget() refuses what is no file without opening it, and links in a circle", { ignore }, async () => {
  await using folder = new TestFolder();
  await new Deno.Command("sh", { args: ["-c", `mkfifo '${folder.file("pipe")}'`] }).output();
  await folder.link("loop", "loop");
  for (
    const [name, reason] of [
      ["pipe", "it is a named pipe"],
      ["", "it is a folder"],
      ["loop", "lead in a circle"],
    ] as const
  ) {
    await assertRejects(() => resolveTarget(folder.file(name), FILES), TypeError, reason);
  }
  for (const [kind, reason] of [["isCharDevice", "it is a device"], ["isSocket", "it is a socket"]] as const) {
    const files: Files = {
      ...FILES,
      lstat: async (path) => ({ ...await FILES.lstat(path), isFile: false, isDirectory: false, [kind]: true }),
    };
    await assertRejects(() => resolveTarget(folder.path, files), TypeError, reason);
  }
});

Deno.test("isForeignLink() tells links that another user made in a folder for everybody", { ignore }, async () => {
  await using folder = new TestFolder();
  await folder.link("link", "none");
  await Deno.writeTextFile(folder.file("file"), "");
  const cases = [
    // mode of the folder, its owner, the link's owner, who asks
    [0o41777, 0, 1000, 1001, true],
    [0o41777, 0, 1000, 0, true],
    [0o41777, 0, 1000, 1000, false],
    [0o41777, 0, 0, 1001, false],
    [0o40777, 0, 1000, 1001, false],
    [0o41755, 0, 1000, 1001, false],
  ] as const;
  for (const [mode, folderUid, linkUid, uid, isForeign] of cases) {
    const files: Files = {
      ...FILES,
      stat: async (path) => ({ ...await FILES.stat(path), mode, uid: folderUid }),
      lstat: async (path) => {
        const { isSymlink, ...info } = await FILES.lstat(path);
        return { ...info, isSymlink, uid: linkUid };
      },
    };
    assertEquals(await isForeignLink(folder.file("link"), uid, files), isForeign);
    assertEquals(await isForeignLink(folder.file("file"), uid, files), false);
    assertEquals(await isForeignLink(folder.file("none"), uid, files), false);
  }
});
