import { assertEquals } from "@std/assert";
import { FILES } from "../../src/cursor/files.ts";
import { identityTable } from "../../src/identity/cache.ts";
import { openIdentityFile } from "../../src/identity/journaled.ts";
import { TestFolder } from "../support/folder.ts";

async function open(path: string, nowMs: number, failures: string[] = []) {
  const holder = { pid: Deno.pid, host: "test", since: "2026-07-01T00:00:00Z" };
  const onFailure = (reason: string) => void failures.push(reason);
  const options = { path, holder, files: FILES, onFailure, now: () => nowMs, nowMs: () => nowMs };
  return await openIdentityFile(options, identityTable(1000, nowMs));
}

function did(i: number): string {
  return `did:web:host${i}.test`;
}

Deno.test("openIdentityFile() gives a restart all that was known, also after a crash, and several times", async () => {
  await using folder = new TestFolder();
  const path = folder.file("identities");
  {
    await using kept = await open(path, 1000);
    for (let i = 0; i < 100; i++) kept.cache.set(did(i), "found", { handle: `h${i}.test`, key: null }, i + 1);
    kept.cache.place = "2026-07-01T00:00:00.000Z";
    await kept.save();
  }
  for (let run = 1; run < 4; run++) {
    // Also where the clock went back.
    await using kept = await open(path, 1000 - run * 10);
    assertEquals([kept.useless, kept.cache.size, kept.cache.place], [null, 101, "2026-07-01T00:00:00.000Z"]);
    for (let i = run; i < 100; i++) assertEquals(kept.cache.at(kept.cache.findDid(did(i))).handle, `h${i}.test`);
    assertEquals(kept.cache.at(kept.cache.findDid(did(0))).handle, run === 1 ? "h0.test" : `run${run - 1}.test`);
    kept.cache.set(did(0), "found", { handle: `run${run}.test`, key: null }, 500);
    await kept.save();
    // What was saved is there without an orderly end.
    const copy = folder.file(`copy${run}`);
    await Deno.copyFile(path, copy);
    await using again = await open(copy, 5000);
    assertEquals(again.cache.at(again.cache.findDid(did(0))).handle, `run${run}.test`);
  }
});

Deno.test("openIdentityFile() begins empty where the file is of another version, and goes on without one that cannot be written", async () => {
  await using folder = new TestFolder();
  const path = folder.file("identities");
  await Deno.writeTextFile(path, '{"memory":"identities","version":0}\n');
  {
    await using kept = await open(path, 1000);
    assertEquals([kept.useless !== null, kept.cache.size], [true, 0]);
    kept.cache.set(did(1), "absent", null, 5);
  }
  await using kept = await open(path, 2000);
  assertEquals(kept.cache.at(kept.cache.findDid(did(1))).state, "absent");
  const failures: string[] = [];
  await using other = await open(path, 2000, failures);
  other.cache.set(did(2), "absent", null, 5);
  await other.save();
  assertEquals([failures.length, other.cache.size], [1, 1]);
  // Somebody else's file is not touched.
  const foreign = folder.file("foreign");
  await Deno.writeTextFile(foreign, '{"cursor": 5}');
  {
    await using beside = await open(foreign, 3000, failures);
    beside.cache.set(did(3), "absent", null, 5);
    await beside.save();
  }
  assertEquals([await Deno.readTextFile(foreign), failures[1]], [
    '{"cursor": 5}',
    `"${foreign}" is another program's file`,
  ]);
});
