import { assertEquals, assertRejects } from "@std/assert";
import { readNamed, readText, whyUnreadable } from "../../src/app/text_file.ts";
import { TestFolder } from "../support/folder.ts";

Deno.test("readText() leaves a byte order mark out, replaces what is not UTF-8, and refuses UTF-16", async () => {
  await using folder = new TestFolder();
  await Deno.writeFile(folder.file("mark"), new TextEncoder().encode("\ufeffcanary\r\n"));
  await Deno.writeFile(folder.file("latin1"), new Uint8Array([0x63, 0xe4]));
  await Deno.writeFile(folder.file("utf16"), new Uint8Array([0xff, 0xfe, 0x63, 0]));
  assertEquals(await readText(folder.file("mark")), "canary\r\n");
  assertEquals(await readText(folder.file("latin1")), "c\ufffd");
  await assertRejects(() => readText(folder.file("utf16")), Error, "it is in UTF-16 and not in UTF-8");
});

Deno.test("whyUnreadable() says it in words, and never by the path", async () => {
  await using folder = new TestFolder();
  const why = (path: string) => readText(path).then(() => null, whyUnreadable);
  assertEquals(await why(folder.file("absent")), "it does not exist");
  assertEquals(await why(folder.path), "it is a folder");
  assertEquals(whyUnreadable(new Deno.errors.PermissionDenied("/secret")), "this user may not read it");
  assertEquals(whyUnreadable(new Error("/secret")), "it is not readable as text");
});

Deno.test("readNamed() names option and file when it cannot read", async () => {
  const path = `${await Deno.makeTempDir()}/ca.pem`;
  await assertRejects(
    () => readNamed(path, "--tls-ca"),
    Error,
    `Cannot read the file of --tls-ca "${path}": it does not exist; expected a readable file`,
  );
});
