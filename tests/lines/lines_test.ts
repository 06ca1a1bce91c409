import { assert, assertEquals, assertRejects } from "@std/assert";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { appendTo, LineWriteError, openLines } from "../../src/lines/lines.ts";
import { Notes, producerRecord } from "../support/records.ts";

Deno.test("openLines() writes one line a record and settles what is written", async () => {
  const notes = new Notes();
  let written = "";
  const events: string[] = [];
  await using sink = openLines({
    // A pipe takes as much as it likes: here three bytes at a time.
    write: (bytes) => {
      written += new TextDecoder().decode(bytes.subarray(0, 3));
      return Promise.resolve(Math.min(3, bytes.length));
    },
    sync: () => Promise.resolve(void events.push(`synced after ${notes.told.length}`)),
    close: () => events.push("closed"),
  });
  sink.write(producerRecord("did:plc:a", "one"), notes);
  sink.write(producerRecord("did:plc:a", "two"), notes);
  await sink.flush();
  assertEquals(written, "one\ntwo\n");
  assertEquals(notes.told, ["one delivered", "two delivered"]);
  assertEquals(events, ["synced after 0"]);
});

Deno.test("openLines() fails for good when the target does, and settles nothing", async () => {
  const notes = new Notes();
  await using sink = openLines({
    write: () => Promise.reject(new Error("no space left")),
    sync: () => Promise.resolve(),
    close: () => {},
  });
  sink.write(producerRecord("did:plc:a", "one"), notes);
  await assertRejects(() => sink.failed, LineWriteError, "no space left");
  await assertRejects(() => sink.flush(), LineWriteError);
  assertEquals(notes.told, []);
});

Deno.test("appendTo() ends a line that a crash cut short before it goes on", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bluesky_firehose_test_" });
  try {
    const path = join(folder, "events.ndjson");
    for (const [before, after] of [["", "new\n"], ["old\n", "old\nnew\n"], ["cut", "cut\nnew\n"]] as const) {
      await Deno.writeTextFile(path, before);
      await using sink = openLines(await appendTo(path));
      sink.write(producerRecord("did:plc:a", "new"), new Notes());
      await sink.flush();
      assertEquals(await Deno.readTextFile(path), after);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("openLines() tells a reader that left from a target that fails", async () => {
  for (
    const [cause, readerLeft] of [
      [new Deno.errors.BrokenPipe("Broken pipe"), true],
      [new Deno.errors.WriteZero("no space"), false],
    ] as const
  ) {
    await using sink = openLines({
      write: () => Promise.reject(cause),
      sync: () => Promise.resolve(),
      close: () => {},
    });
    sink.write(producerRecord("did:plc:a", "one"), new Notes());
    const error = await assertRejects(() => sink.failed, LineWriteError);
    assertEquals(error.readerLeft, readerLeft);
  }
});

Deno.test("appendTo() names the path and the reason when the file cannot be opened", async () => {
  const path = join(tmpdir(), "no", "such", "folder", "events.ndjson");
  const error = await assertRejects(() => appendTo(path), LineWriteError);
  for (const part of [path, "os error"]) assert(error.message.includes(part), error.message);
});

Deno.test("openLines() closes its target when disposed while a write hangs", async () => {
  const stuck = Promise.withResolvers<number>();
  let closed = 0;
  const notes = new Notes();
  {
    await using sink = openLines({
      write: () => stuck.promise,
      sync: () => Promise.resolve(),
      close: () => void closed++,
    });
    sink.write(producerRecord("did:plc:a", "one"), notes);
    await Promise.resolve();
    await sink[Symbol.asyncDispose]();
  }
  assertEquals(closed, 1);
  assertEquals(notes.told, []);
  stuck.resolve(4);
});

Deno.test({
  name: "appendTo() writes to a named pipe, which, like a device, cannot be synced",
  ignore: Deno.build.os === "windows",
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "bluesky_firehose_test_" });
    try {
      const path = join(folder, "pipe");
      const { success } = await new Deno.Command("sh", { args: ["-c", 'mkfifo "$0"', path] }).output();
      assertEquals(success, true);
      const notes = new Notes();
      await using sink = openLines(await appendTo(path));
      sink.write(producerRecord("did:plc:a", "one"), notes);
      await sink.flush();
      assertEquals(notes.told, ["one delivered"]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
