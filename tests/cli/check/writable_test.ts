import { assertEquals, assertMatch } from "@std/assert";
import { isForNobody, whyUnwritable } from "../../../src/cli/check/writable.ts";
import { TestFolder } from "../../support/folder.ts";

Deno.test("whyUnwritable() looks at the folder, or the nearest there is, and creates neither file nor folder", async () => {
  await using folder = new TestFolder();
  await Deno.writeTextFile(folder.file("file"), "");
  const [makes, makesNot] = [{ createsFolders: true }, { createsFolders: false }];
  assertEquals(await whyUnwritable(folder.file("new"), makesNot), null);
  assertEquals(await whyUnwritable(folder.file("file"), makesNot), null);
  assertEquals(await whyUnwritable(folder.file("a/b/new"), makes), null);
  assertEquals(await whyUnwritable(folder.file("a/b/new"), makesNot), `there is no folder "${folder.file("a/b")}"`);
  assertEquals(await whyUnwritable(folder.path, makes), "it is a folder");
  assertMatch(await whyUnwritable(folder.file("file/new"), makes) ?? "", /folder|directory/);
  assertMatch(await whyUnwritable(folder.file("file/a/new"), makes) ?? "", /folder|directory/i);
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["file"]);
});

Deno.test("whyUnwritable() comes to what writing would, where a folder is only to be read", async () => {
  await using folder = new TestFolder();
  await Deno.mkdir(folder.file("read"));
  await Deno.chmod(folder.file("read"), 0o555);
  const why = await whyUnwritable(folder.file("read/new"), { createsFolders: true });
  // The superuser may write there all the same.
  const wrote = await Deno.writeTextFile(folder.file("read/new"), "").then(() => true, () => false);
  assertEquals(why === null, wrote);
  await Deno.chmod(folder.file("read"), 0o755);
});

Deno.test("isForNobody() tells a folder that nobody may write to, where the system has such bits", () => {
  assertEquals([0o40555, 0o40755, 0o40020, null].map(isForNobody), [true, false, false, false]);
});
