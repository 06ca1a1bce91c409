import { assert, assertEquals } from "@std/assert";
import { FILES } from "../../src/cursor/files.ts";
import { holderText, lockOpen, seeLock, takeLock, type Taken } from "../../src/cursor/lock.ts";
import { FakeFiles } from "../support/fake_files.ts";
import { TestFolder } from "../support/folder.ts";

const HOLDER = { pid: 7, host: "a-host", since: "2026-07-01T00:00:00.000Z" };
const OTHER = { ...HOLDER, pid: 8 };

function locked(taken: Taken): Extract<Taken, { kind: "locked" }> {
  if (taken.kind !== "locked") throw new Error(`it was not locked: ${JSON.stringify(taken)}`);
  return taken;
}

Deno.test("takeLock() gives a lock to one at a time, and names the holder", async () => {
  await using folder = new TestFolder();
  const path = folder.file("lock");
  const first = locked(await takeLock(path, HOLDER, FILES));
  assertEquals(await takeLock(path, OTHER, FILES), { kind: "held", holder: holderText(HOLDER) });
  assertEquals(await seeLock(path, FILES), { kind: "held", holder: holderText(HOLDER) });
  await first.release();
  assertEquals([await seeLock(path, FILES), [...Deno.readDirSync(folder.path)]], [null, []]);
  const second = locked(await takeLock(path, OTHER, FILES));
  await second.release();
});

Deno.test("takeLock() takes over what a dead holder left", async () => {
  await using folder = new TestFolder();
  const path = folder.file("lock");
  for (const left of [JSON.stringify(HOLDER), ""]) {
    await Deno.writeTextFile(path, left);
    assertEquals(await seeLock(path, FILES), null);
    const taken = locked(await takeLock(path, OTHER, FILES));
    assertEquals(JSON.parse(await Deno.readTextFile(path)), OTHER);
    await taken.release();
  }
});

Deno.test("takeLock() waits for a look at the lock to end", async () => {
  await using folder = new TestFolder();
  const path = folder.file("lock");
  await Deno.writeTextFile(path, JSON.stringify(HOLDER));
  const looking = await Deno.open(path, { read: true });
  assertEquals(await looking.tryLock(false), true);
  let tries = 0;
  const { files } = new FakeFiles((operation) => {
    if (operation === "lock" && ++tries === 2) looking.close();
    return null;
  });
  const taken = locked(await takeLock(path, OTHER, files));
  assertEquals(tries, 2);
  await taken.release();
});

Deno.test("takeLock() takes no lock of a file that its holder removed meanwhile", async () => {
  await using folder = new TestFolder();
  const path = folder.file("lock");
  await Deno.writeTextFile(path, JSON.stringify(HOLDER));
  const first = await Deno.open(path, { read: true, write: true });
  assertEquals(await first.tryLock(true), true);
  let tries = 0;
  const { files } = new FakeFiles((operation) => {
    // The second one has the file open by now, and the first one ends.
    if (operation === "lock" && ++tries === 1) {
      Deno.removeSync(path);
      first.close();
    }
    return null;
  });
  const second = locked(await takeLock(path, OTHER, files));
  assertEquals([tries, JSON.parse(await Deno.readTextFile(path))], [2, OTHER]);
  assertEquals(await takeLock(path, HOLDER, FILES), { kind: "held", holder: holderText(OTHER) });
  await second.release();
});

Deno.test("takeLock() gives a lock that takes no other one's file away at its end", async () => {
  await using folder = new TestFolder();
  const path = folder.file("lock");
  const first = locked(await takeLock(path, HOLDER, FILES));
  await Deno.remove(path);
  const second = locked(await takeLock(path, OTHER, FILES));
  await first.release();
  assertEquals(JSON.parse(await Deno.readTextFile(path)), OTHER);
  await second.release();
});

Deno.test("takeLock() leaves alone what is no lock file, and says why there is no lock", async () => {
  await using folder = new TestFolder();
  await Deno.writeTextFile(folder.file("text"), "somebody's text");
  await Deno.mkdir(folder.file("folder"));
  for (
    const [name, reason] of [["text", "another program's"], ["folder", "no file"], [
      "none/lock",
      "No such file",
    ]] as const
  ) {
    const taken = await takeLock(folder.file(name), HOLDER, FILES);
    assert(taken.kind === "unavailable" && taken.reason.includes(reason), JSON.stringify(taken));
  }
  assertEquals(await Deno.readTextFile(folder.file("text")), "somebody's text");
});

Deno.test("lockOpen() gives null where the file system or the runtime has no locks", async () => {
  await using folder = new TestFolder();
  await Deno.writeTextFile(folder.file("f"), "");
  for (const code of ["ENOTSUP", "EOPNOTSUPP", "ENOLCK", "ENOSYS"]) {
    const { files } = new FakeFiles((operation) => operation === "lock" ? code : null);
    using file = await files.open(folder.file("f"), { read: true });
    assertEquals(await lockOpen(file, true), null);
  }
});
