import { assertEquals, assertMatch } from "@std/assert";
import { unzipSync } from "fflate";
import { gunzipSync } from "node:zlib";
import { archiveName, checksums, pack, sha256 } from "../../scripts/archive.ts";

const FILES = { bluesky_firehose: "program\n", "README.md": "read me\n", LICENSE: "MIT\n" };

async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await Deno.makeTempDir();
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}`, text, { mode: 0o755 });
  }
  return folder;
}

Deno.test("archiveName() has no version, and is a zip for Windows alone", () => {
  assertEquals(archiveName("x86_64-pc-windows-msvc"), "bluesky_firehose-x86_64-pc-windows-msvc.zip");
  assertEquals(archiveName("aarch64-apple-darwin"), "bluesky_firehose-aarch64-apple-darwin.tar.gz");
});

for (const extension of ["tar.gz", "zip"]) {
  Deno.test(`pack() makes the same bytes when the same files have other times, as ${extension}`, async () => {
    const sums: string[] = [];
    for (const time of [1_000_000_000, 1_700_000_000]) {
      const folder = await folderOf(FILES);
      for (const name of Object.keys(FILES)) await Deno.utime(`${folder}/${name}`, time, time);
      await pack(folder, Object.keys(FILES), `${folder}/made.${extension}`);
      sums.push(await sha256(`${folder}/made.${extension}`));
      await Deno.remove(folder, { recursive: true });
    }
    assertEquals(sums[0], sums[1]);
  });
}

Deno.test("pack() keeps files under one folder when it makes a zip", async () => {
  const folder = await folderOf(FILES);
  await pack(folder, Object.keys(FILES), `${folder}/made.zip`);
  const entries = unzipSync(await Deno.readFile(`${folder}/made.zip`));
  const texts = Object.entries(entries).map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]);
  assertEquals(texts, Object.entries(FILES).map(([name, text]) => [`made/${name}`, text]));
  await Deno.remove(folder, { recursive: true });
});

Deno.test("pack() keeps files under one folder, and the program executable, when it makes a tar.gz", async () => {
  const folder = await folderOf(FILES);
  await pack(folder, Object.keys(FILES), `${folder}/made.tar.gz`);
  const tar = new Uint8Array(gunzipSync(await Deno.readFile(`${folder}/made.tar.gz`)));
  const field = (at: number, from: number, length: number) =>
    new TextDecoder().decode(tar.subarray(at + from, at + from + length)).replace(/[\0 ].*$/s, "");
  // Each of these files has a header and one block of 512 bytes.
  const heads = [0, 1024, 2048].map((at) => [field(at, 0, 100), field(at, 100, 8)]);
  assertEquals(heads.map(([name]) => name), Object.keys(FILES).map((name) => `made/${name}`));
  if (Deno.build.os !== "windows") assertMatch(heads[0]?.[1] ?? "", /755$/);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("checksums() has the form of sha256sum, sorted by name", async () => {
  const folder = await folderOf({ b: "", a: "abc" });
  assertEquals(
    await checksums(folder, ["b", "a"]),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a\n" +
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  b\n",
  );
  await Deno.remove(folder, { recursive: true });
});
