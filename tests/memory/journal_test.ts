import { assert, assertEquals } from "@std/assert";
import { FILES, type Files } from "../../src/cursor/files.ts";
import { Journal, type StreamPlace } from "../../src/memory/journal.ts";
import { journalHead } from "../../src/memory/journal_format.ts";
import { KeyTable } from "../../src/memory/key_table.ts";
import { type OpenedMemory, openMemory } from "../../src/memory/open.ts";
import { TestFolder } from "../support/folder.ts";
import { until } from "../support/wait.ts";

const HEAD = journalHead("test", 2, "me");
const HOLDER = { pid: 1, host: "h", since: "2026-01-01T00:00:00Z" };

function restore(table: KeyTable, words: Uint32Array, at: number): void {
  table.key[0] = words[at] ?? 0;
  const found = table.find();
  const slot = found < 0 ? table.insert() : found;
  table.words[slot * 2 + 1] = words[at + 1] ?? 0;
}

/** A memory of numbers in a file. */
class Run implements AsyncDisposable {
  readonly failures: readonly string[];
  readonly table: KeyTable;
  readonly opened: OpenedMemory;

  constructor(table: KeyTable, opened: OpenedMemory, failures: readonly string[]) {
    this.table = table;
    this.opened = opened;
    this.failures = failures;
  }

  static async open(path: string, at: StreamPlace | null, changes: { files?: Files; owner?: string } = {}) {
    const table = new KeyTable(10_000, 1, 1, 1);
    const failures: string[] = [];
    const { files = FILES, owner = "me" } = changes;
    const file = { path, what: "test", owner, at, isPlaced: true, holder: HOLDER, files, now: () => 0 };
    const onFailure = (reason: string) => void failures.push(reason);
    return new Run(table, await openMemory({ ...file, onFailure }, table, restore), failures);
  }

  get journal(): Journal {
    const { journal } = this.opened;
    if (journal === null) throw new TypeError("The memory is not kept");
    return journal;
  }

  /** The message `seq` sets a number. */
  set(host: string, seq: number, key: number, value: number): void {
    this.journal.reach(host, seq);
    restore(this.table, new Uint32Array([key, value]), 0);
    this.journal.add(new Uint32Array([key, value]), 0);
  }

  /** A cursor is saved. */
  async save(host: string, seq: number): Promise<void> {
    await this.journal.flush({ host, seq });
    this.journal.saved({ host, seq });
  }

  get numbers(): Record<number, number> {
    const { table } = this;
    const words = new Uint32Array(20_000);
    const count = table.copy(0, 0, 10_000, words);
    return Object.fromEntries(Array.from({ length: count }, (_, i) => [words[i * 2] ?? 0, words[i * 2 + 1] ?? 0]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.opened[Symbol.asyncDispose]();
  }
}

/** What a run that begins at a place remembers; null where the file is of no use. It is left as it is. */
async function rememberedAt(path: string, host: string, seq: number): Promise<Record<number, number> | null> {
  await using folder = new TestFolder();
  await Deno.copyFile(path, `${folder.path}/copy`);
  await using run = await Run.open(`${folder.path}/copy`, { host, seq });
  return run.opened.useless === null ? run.numbers : null;
}

/** A file whose base is complete at 3, with changes up to 30 in its log, the cursor of which was saved at 10, 20 and 30. */
async function write(path: string): Promise<void> {
  await using run = await Run.open(path, null);
  for (let seq = 1; seq <= 3; seq++) run.set("a", seq, seq, seq);
  await run.save("a", 3);
  await until("the file", async () => {
    await run.save("a", 3);
    return await Deno.stat(path).then(() => true, () => false);
  });
  for (let seq = 4; seq <= 30; seq++) {
    run.set("a", seq, seq % 5, seq);
    if (seq % 10 === 0) await run.save("a", seq);
  }
}

/** What is to be remembered at a place of that file. */
function expectedAt(seq: number): Record<number, number> {
  const numbers = new Map<number, number>();
  for (let each = 1; each <= seq; each++) numbers.set(each <= 3 ? each : each % 5, each);
  return Object.fromEntries(numbers);
}

Deno.test("Journal remembers what was at the cursor, and nothing that came after it, wherever the cursor stands", async () => {
  await using folder = new TestFolder();
  const path = `${folder.path}/memory`;
  await write(path);
  for (let seq = 3; seq <= 30; seq++) assertEquals(await rememberedAt(path, "a", seq), expectedAt(seq), `${seq}`);
  for (const [host, seq] of [["a", 2], ["a", 31], ["b", 10]] as const) {
    assertEquals(await rememberedAt(path, host, seq), null, `${host} ${seq}`);
  }
});

Deno.test("Journal resumes at the cursor, as if what came after it had never been", async () => {
  await using folder = new TestFolder();
  const path = `${folder.path}/memory`;
  await write(path);
  {
    await using run = await Run.open(path, { host: "a", seq: 17 });
    assertEquals(run.numbers, expectedAt(17));
    for (let seq = 18; seq <= 25; seq++) run.set("a", seq, seq, seq);
    await run.save("a", 22);
  }
  const numbers = (seq: number) =>
    Object.fromEntries([
      ...Object.entries(expectedAt(17)),
      ...Array.from({ length: seq - 17 }, (_, i) => [18 + i, 18 + i]),
    ]);
  for (const seq of [17, 18, 22, 25]) assertEquals(await rememberedAt(path, "a", seq), numbers(seq), `${seq}`);
  assertEquals(await rememberedAt(path, "a", 26), null);
});

Deno.test("Journal knows the place on each relay, and on one that counts anew the last of two", async () => {
  await using folder = new TestFolder();
  const path = `${folder.path}/memory`;
  await write(path);
  {
    await using run = await Run.open(path, { host: "a", seq: 30 });
    for (const [host, seq] of [["b", 7], ["b", 8], ["a", 12], ["a", 14]] as const) run.set(host, seq, 100, seq);
    // A message that changes nothing is reached all the same.
    await run.save("a", 16);
  }
  const at = async (host: string, seq: number) => (await rememberedAt(path, host, seq))?.[100];
  assertEquals([await at("a", 30), await at("b", 7), await at("b", 8)], [undefined, 7, 8]);
  assertEquals([await at("a", 12), await at("a", 13), await at("a", 16), await at("a", 20)], [12, 12, 14, undefined]);
});

Deno.test("Journal begins a new file when the log has grown, and puts it in place when the cursor has passed it", async () => {
  await using folder = new TestFolder();
  const path = `${folder.path}/memory`;
  {
    await using run = await Run.open(path, null);
    let seq = 0;
    for (let round = 0; round < 60; round++) {
      for (let i = 0; i < 3000; i++) run.set("a", ++seq, seq % 9000, seq);
      await run.save("a", seq);
    }
    await run.save("a", seq);
    assertEquals(run.failures, []);
  }
  assert((await Deno.stat(path)).size < 2_500_000, `${(await Deno.stat(path)).size} bytes`);
  const last = await rememberedAt(path, "a", 180_000);
  assertEquals(Object.keys(last ?? {}).length, 9000);
  for (const [key, value] of Object.entries(last ?? {})) {
    assertEquals([value % 9000, value > 171_000], [Number(key), true]);
  }
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["memory"]);
});

Deno.test("Journal writes the base while the memory changes, and it is right all the same", async () => {
  await using folder = new TestFolder();
  const path = `${folder.path}/memory`;
  const at = { host: "a", seq: 0 };
  const expected = new Map<number, number>();
  {
    await using run = await Run.open(path, at);
    let seq = 0;
    const set = (key: number) => {
      run.set("a", ++seq, key, seq);
      expected.set(key, seq);
    };
    for (let key = 0; key < 9000; key++) set(key);
    // Each write to the file is a chance for changes of what was written and of what was not.
    await run.save("a", seq);
    for (let round = 0; round < 200; round++) {
      set((round * 37) % 9000);
      void run.journal.flush({ host: "a", seq });
      await Promise.resolve();
    }
    await run.save("a", seq);
  }
  assertEquals(await rememberedAt(path, "a", 9200), Object.fromEntries(expected));
});

Deno.test("Journal that cannot write says so, once for each attempt, and keeps nobody from saving a cursor", async () => {
  await using folder = new TestFolder();
  const files: Files = { ...FILES, open: () => Promise.reject(new Error("the disk is full")) };
  const table = new KeyTable(10, 1, 1, 1);
  const failures: string[] = [];
  let nowMs = 0;
  const options = { path: `${folder.path}/memory`, head: HEAD, table, now: () => nowMs };
  await using journal = new Journal(
    { ...options, files, onFailure: (reason) => void failures.push(reason) },
    { host: "a", seq: 0 },
    null,
  );
  for (const timeMs of [0, 1000, 59_000, 61_000]) {
    nowMs = timeMs;
    await journal.flush({ host: "a", seq: timeMs });
    journal.saved({ host: "a", seq: timeMs });
    await journal.flush({ host: "a", seq: timeMs });
  }
  assertEquals(failures, ["the disk is full", "the disk is full"]);
});
