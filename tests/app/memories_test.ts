import { assertEquals } from "@std/assert";
import { openMemories } from "../../src/app/memories.ts";
import type { CursorStore } from "../../src/cursor/cursor.ts";
import { decodeFrame, isSequenced } from "../../src/atproto/frame.ts";
import { TestFolder } from "../support/folder.ts";
import { commitMessage } from "../support/messages.ts";
import { resolved } from "../support/resolved.ts";

const KAFKA = { kafkaBootstrapServers: "k:9092", kafkaTopic: "t", trackRepos: "10" };
const HOST = "bsky.network";

type Flags = Readonly<Record<string, string>>;

function open(flags: Flags, seq: number | null, isKept = true) {
  const logged: string[] = [];
  const at = seq === null ? { kind: "live" } as const : { kind: "after", seq, time: null } as const;
  const { config } = resolved(flags);
  const observer = {
    futureRev: () => {},
    subjectRecalled: () => {},
    memoryFailed: ({ reason }: { reason: string }) => void logged.push(reason),
  };
  const log = (_: string, message: string) => void logged.push(message);
  return openMemories({ config, start: { at, host: HOST }, isKept, observer, log });
}

async function commit(seq: number) {
  const frame = decodeFrame(await commitMessage([], { seq, rev: `3lzzzzzzzzz2${"abcdefgh".charAt(seq)}` }));
  if (!isSequenced(frame)) throw new TypeError(frame.kind);
  return frame;
}

const CURSORS: CursorStore = { load: () => Promise.resolve(null), save: () => Promise.resolve() };

function cursor(seq: number) {
  return { host: HOST, seq, time: null };
}

Deno.test("openMemories() remembers what was at the cursor of the run before, and in a run that begins elsewhere nothing", async () => {
  await using folder = new TestFolder();
  const flags = { ...KAFKA, cursorFile: folder.file("cursor") };
  {
    await using memories = await open(flags, 0);
    const cursors = memories.keptWith(CURSORS);
    for (const seq of [1, 2]) {
      assertEquals(memories.repos?.follow(await commit(seq), HOST, 0), "new");
      for (let i = 0; i < 3; i++) await cursors?.save(cursor(1));
    }
    assertEquals(memories.repos?.follow(await commit(2), HOST, 0), "repeat");
  }
  for (
    const [changes, seq, expected] of [
      [{}, 1, ["repeat", "new"]],
      [{}, null, ["new", "new"]],
      [{ dids: "did:web:a" }, 1, ["new", "new"]],
    ] as const
  ) {
    await using memories = await open({ ...flags, ...changes }, seq);
    const followed = [];
    for (const each of [1, 2]) followed.push(memories.repos?.follow(await commit(each), HOST, 0));
    assertEquals(followed, [...expected]);
  }
});

Deno.test("openMemories() writes what is remembered before the cursor, but keeps no transaction from beginning", async () => {
  for (const [delivery, begunAtOnce] of [["at-least-once", false], ["exactly-once", true]] as const) {
    await using folder = new TestFolder();
    await using memories = await open({ ...KAFKA, delivery, cursorFile: folder.file("cursor") }, 0);
    const sizes: number[] = [];
    const size = () => Deno.statSync(folder.file("cursor.repos")).size;
    const kept = memories.keptWith({
      load: () => Promise.resolve(null),
      save: () => Promise.resolve(void sizes.push(size())),
    });
    const before = size();
    memories.repos?.follow(await commit(1), HOST, 0);
    const saved = kept?.save(cursor(1));
    assertEquals(sizes.length === 1, begunAtOnce);
    await saved;
    assertEquals([sizes.length, (sizes[0] ?? 0) > before, size() > before], [1, !begunAtOnce, true]);
  }
});

Deno.test("openMemories() touches no file where no cursor is kept, and leaves cursors alone where nothing is remembered", async () => {
  await using folder = new TestFolder();
  const flags = { ...KAFKA, cursorFile: folder.file("cursor") };
  {
    await using memories = await open(flags, null, false);
    assertEquals([memories.keptWith(null), memories.repos?.size], [null, 0]);
  }
  await using none = await open({ ...flags, trackRepos: "0" }, 5);
  assertEquals([none.keptWith(CURSORS), none.repos], [CURSORS, null]);
  assertEquals([...Deno.readDirSync(folder.path)], []);
});
