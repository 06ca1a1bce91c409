import { assertEquals, assertMatch } from "@std/assert";
import { FILES } from "../../src/cursor/files.ts";
import { KeyTable } from "../../src/memory/key_table.ts";
import { type MemoryFile, openMemory } from "../../src/memory/open.ts";
import { TestFolder } from "../support/folder.ts";

const failures: string[] = [];

function file(path: string, changes: Partial<MemoryFile> = {}): MemoryFile {
  return {
    path,
    what: "test",
    owner: "me",
    at: { host: "a", seq: 5 },
    isPlaced: true,
    holder: { pid: 12, host: "h", since: "now" },
    files: FILES,
    onFailure: (reason) => void failures.push(reason),
    now: () => 0,
    ...changes,
  };
}

async function open(options: MemoryFile) {
  const table = new KeyTable(10, 1, 1, 1);
  const opened = await openMemory(options, table, (_, words, at) => {
    table.key[0] = words[at] ?? 0;
    table.insert();
  });
  return { table, ...opened };
}

async function write(path: string): Promise<void> {
  await using opened = await open(file(path));
  opened.journal?.reach("a", 6);
  opened.table.key[0] = 1;
  opened.table.insert();
  opened.journal?.add(new Uint32Array([1, 0]), 0);
  for (let i = 0; i < 2; i++) {
    await opened.journal?.flush({ host: "a", seq: 6 });
    opened.journal?.saved({ host: "a", seq: 6 });
  }
}

Deno.test("openMemory() restores what the same owner wrote, where the run begins there", async () => {
  await using folder = new TestFolder();
  const path = `${folder.path}/memory`;
  await write(path);
  for (
    const [changes, size, useless] of [
      [{ at: { host: "a", seq: 6 } }, 1, /^null$/],
      [{ at: { host: "a", seq: 600 } }, 0, /^it does not show what was at 600 of a$/],
      [{ at: { host: "a", seq: 6 }, owner: "you" }, 0, /another job/],
      [{ at: null }, 0, /does not begin where another ended/],
    ] as const
  ) {
    await using opened = await open(file(path, changes));
    assertEquals(opened.table.size, size);
    assertMatch(`${opened.useless}`, useless);
  }
});

Deno.test("openMemory() keeps nothing while another process has the file", async () => {
  await using folder = new TestFolder();
  await using first = await open(file(`${folder.path}/memory`));
  await using second = await open(file(`${folder.path}/memory`));
  assertEquals([first.journal === null, second.journal === null], [false, true]);
  assertMatch(failures.at(-1) ?? "", /in use by pid 12 on h/);
});

Deno.test("openMemory() neither reads nor writes where a link leads to", async () => {
  await using folder = new TestFolder();
  await write(`${folder.path}/real`);
  const before = await Deno.readFile(`${folder.path}/real`);
  await folder.link("memory", folder.file("real"));
  {
    await using opened = await open(file(`${folder.path}/memory`, { at: { host: "a", seq: 6 } }));
    assertEquals(opened.table.size, 0);
  }
  await write(`${folder.path}/memory`);
  assertEquals([await Deno.readFile(`${folder.path}/real`), (await Deno.lstat(`${folder.path}/memory`)).isFile], [
    before,
    true,
  ]);
});

Deno.test("openMemory() removes what a crash left of a file that was begun", async () => {
  await using folder = new TestFolder();
  const left = `${folder.path}/memory.${"0".repeat(32)}.tmp`;
  await Deno.writeTextFile(left, "x");
  await Deno.utime(left, 0, 0);
  await using _opened = await open(file(`${folder.path}/memory`));
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name).toSorted(), ["memory", "memory.lock"]);
});
