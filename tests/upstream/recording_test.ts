import { assertEquals, assertRejects } from "@std/assert";
import {
  encodeRecorded,
  readRecording,
  type RecordedMessage,
  RecordingError,
  recordingHeader,
} from "../../src/upstream/recording.ts";

const MESSAGES = [new Uint8Array([1, 2, 3]), new Uint8Array(0), new Uint8Array(70_000).fill(7)];

async function fileOf(...parts: Uint8Array[]): Promise<string> {
  const path = await Deno.makeTempFile();
  await Deno.writeFile(path, new Uint8Array(parts.flatMap((part) => [...part])));
  return path;
}

async function readAll(path: string): Promise<RecordedMessage[]> {
  const messages: RecordedMessage[] = [];
  for await (const message of readRecording(path)) messages.push(message);
  return messages;
}

/** A message with nothing but its length before it. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array([...new Uint8Array(new Uint32Array([bytes.length]).buffer), ...bytes]);
}

Deno.test("readRecording() gives back what was recorded, with the times", async () => {
  const atMs = [1_767_225_600_000.5, 1_767_225_600_001, 1_767_225_600_009];
  const path = await fileOf(recordingHeader(), ...MESSAGES.map((bytes, i) => encodeRecorded(bytes, atMs[i] ?? 0)));
  assertEquals(await readAll(path), MESSAGES.map((bytes, i) => ({ bytes, atMs: atMs[i] ?? 0 })));
});

Deno.test("readRecording() reads plain files of lengths and messages, which have no times", async () => {
  assertEquals(await readAll(await fileOf(...MESSAGES.map(plain))), MESSAGES.map((bytes) => ({ bytes, atMs: null })));
  assertEquals(await readAll(await fileOf(plain(new Uint8Array([9])))), [{ bytes: new Uint8Array([9]), atMs: null }]);
});

Deno.test("readRecording() has no messages in an empty recording", async () => {
  assertEquals([await readAll(await fileOf()), await readAll(await fileOf(recordingHeader()))], [[], []]);
});

Deno.test("readRecording() names the message at which a file is damaged, after giving those before it", async () => {
  const [first = new Uint8Array()] = MESSAGES;
  const whole = encodeRecorded(first, 1);
  const damaged = [
    [recordingHeader(), whole, whole.slice(0, 5)],
    [recordingHeader(), whole, whole.slice(0, -1)],
    [plain(first), new Uint8Array([255, 255, 255, 255])],
    [plain(first), plain(first).slice(0, -1)],
  ];
  for (const parts of damaged) {
    const path = await fileOf(...parts);
    const messages = readRecording(path);
    assertEquals((await messages.next()).value?.bytes, first);
    await assertRejects(() => messages.next(), RecordingError, `Cannot read "${path}": message 1`);
  }
  const missing = `${await Deno.makeTempDir()}/x.rec`;
  await assertRejects(() => readAll(missing), RecordingError, `Cannot read "${missing}": there is no such file`);
});
