import { assertEquals } from "@std/assert";
import { Messages } from "../../../src/atproto/bytes/messages.ts";

Deno.test("Messages gives ranges of buffers in their order, and no view before one is asked for", () => {
  const [one, other] = [Uint8Array.of(1, 2, 3, 4), Uint8Array.of(5, 6)];
  const messages = new Messages();
  messages.add(one, 0, 1);
  messages.add(other, 0, 2);
  messages.add(one, 2, 4);
  messages.add(one, 4, 4);
  assertEquals([messages.length, messages.bytes], [4, 5]);
  assertEquals([...messages].map((each) => [...each]), [[1], [5, 6], [3, 4], []]);
  assertEquals([messages.at(2)?.buffer, messages.startOf(2), messages.endOf(2)], [one.buffer, 2, 4]);
  assertEquals([messages.at(4), messages.at(-1), messages.bufferOf(4)], [undefined, undefined, undefined]);
});

Deno.test("Messages.append() takes those of others with their buffers, and leaves them none", () => {
  const [one, other] = [Uint8Array.of(1, 2), Uint8Array.of(3, 4)];
  const messages = new Messages();
  messages.add(one, 0, 2);
  const others = new Messages();
  others.add(other, 1, 2);
  others.add(other, 0, 1);
  messages.append(others);
  messages.append(new Messages());
  assertEquals([...messages].map((each) => [...each]), [[1, 2], [4], [3]]);
  assertEquals([messages.length, messages.bytes, others.length, others.clear()], [3, 4, 0, []]);
  assertEquals(messages.clear().length, 2);
});

Deno.test("Messages grow without an end, and those made later have nothing of those before", () => {
  const buffer = Uint8Array.from({ length: 1000 }, (_, i) => i);
  for (let round = 0; round < 3; round++) {
    const messages = new Messages();
    assertEquals([messages.at(0), messages.length], [undefined, 0]);
    for (let i = 0; i < 1000; i++) messages.add(buffer, i, i + round);
    assertEquals([messages.length, messages.bytes], [1000, 1000 * round]);
    assertEquals([messages.startOf(999), messages.endOf(999)], [999, 999 + round]);
    messages.clear();
  }
});

Deno.test("Messages.clear() gives each buffer once, and leaves nothing that could be read or given again", () => {
  const [one, other] = [Uint8Array.of(1, 2), Uint8Array.of(3, 4)];
  const messages = new Messages();
  // A message that came in pieces lies in a buffer of its own, between two of the same one.
  messages.add(one, 0, 1);
  messages.add(other, 0, 2);
  messages.add(one, 1, 2);
  const buffers = messages.clear();
  assertEquals([buffers.length, buffers[0] === one, buffers[1] === other], [2, true, true]);
  assertEquals([messages.length, messages.bytes, messages.at(0), messages.clear()], [0, 0, undefined, []]);
  // What others are is not to be seen by who still holds these.
  const others = new Messages();
  others.add(other, 0, 1);
  assertEquals([messages.at(0), messages.length, others.length], [undefined, 0, 1]);
  messages.add(one, 1, 2);
  assertEquals([others.startOf(0), others.endOf(0), messages.startOf(0)], [0, 1, 1]);
});

Deno.test("Messages.of() has the messages of an array, also those that are ranges, and itself", () => {
  const whole = Uint8Array.of(1, 2, 3);
  const messages = Messages.of([whole.subarray(1), whole]);
  assertEquals([...messages], [Uint8Array.of(2, 3), whole]);
  assertEquals(Messages.of(messages), messages);
});
