import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { cut, type Cutting, eventWriter, writer } from "../../src/cli/standard_streams.ts";

const LINES = [10, 100, 999, 1000, 1001, 1023, 1024, 1025, 3000, 4095, 4096, 4097, 9000, 1, 0, 0, 700, 700, 700]
  .map((length, i) => String.fromCharCode(97 + i).repeat(length) + "\n").join("") + "the end";

/** Rust's buffer of a line. */
const BUFFER_BYTES = 1024;

/**
 * What Deno's standard output does: a LineWriter that is flushed after each write, before a pipe that takes a few bytes
 * at times and else is full; one that is `atomic` takes 4 KB as a whole or not at all.
 */
class LineBuffered {
  readonly #atomic: boolean;
  #buffer = new Uint8Array(0);
  #calls = 0;
  taken = "";
  full = 0;

  constructor(atomic: boolean) {
    this.#atomic = atomic;
  }

  writeSync(bytes: Uint8Array): number {
    const last = bytes.lastIndexOf(10) + 1;
    if (last === 0) {
      if (this.#buffer.length + bytes.length > BUFFER_BYTES) this.#flush();
      this.#buffer = new Uint8Array([...this.#buffer, ...bytes]);
      assert(this.#buffer.length <= BUFFER_BYTES, "a write past the buffer of a line");
      this.#flush();
      return bytes.length;
    }
    this.#flush();
    const written = this.#pipe(bytes.subarray(0, last));
    const rest = bytes.subarray(written, Math.min(last, written + BUFFER_BYTES));
    this.#buffer = rest.slice();
    this.#flush();
    return written + rest.length;
  }

  write(bytes: Uint8Array): Promise<number> {
    return Promise.resolve().then(() => this.writeSync(bytes));
  }

  #flush(): void {
    while (this.#buffer.length > 0) this.#buffer = this.#buffer.slice(this.#pipe(this.#buffer));
  }

  #pipe(bytes: Uint8Array): number {
    if (this.#calls++ % 5 < 2) {
      this.full++;
      throw new Deno.errors.WouldBlock("Resource temporarily unavailable");
    }
    const count = this.#atomic ? bytes.length : Math.min(300, bytes.length);
    this.taken += new TextDecoder("latin1").decode(bytes.subarray(0, count));
    return count;
  }
}

Deno.test("cut() gives all bytes in order, in pieces of which a full stream has all or none", () => {
  const bytes = new TextEncoder().encode(LINES);
  for (const cutting of ["whole", "lines", "ends"] as const) {
    const pieces = [...cut(bytes, cutting)];
    assertEquals(pieces.map((piece) => new TextDecoder().decode(piece.bytes)).join(""), LINES);
    if (cutting === "whole") continue;
    for (const piece of pieces) {
      assert(piece.bytes.length > 0 && piece.bytes.length <= (piece.isKept ? 1000 : cutting === "ends" ? 1 : 4096));
      assertEquals(piece.bytes.lastIndexOf(10), piece.isKept ? -1 : piece.bytes.length - 1);
    }
  }
  assertEquals([...cut(new Uint8Array(0), "ends")], []);
});

Deno.test("writer() and eventWriter() wait for a stream that is full, and write every byte once", async () => {
  for (const [cutting, atomic] of [["ends", false], ["ends", true], ["lines", true]] as const) {
    const sync = new LineBuffered(atomic);
    assertEquals(writer(sync, cutting)(LINES), true);
    assertEquals([sync.taken === LINES, sync.full > 5], [true, true], cutting);
    const patient = new LineBuffered(atomic);
    const bytes = new TextEncoder().encode(LINES);
    assertEquals(await eventWriter(patient, () => Promise.resolve<Cutting>(cutting))(bytes), bytes.length);
    assertEquals([patient.taken === LINES, patient.full > 5], [true, true], cutting);
  }
});

Deno.test("writer() writes all of a text to a stream without a buffer, however little that takes at once", () => {
  let written = "";
  let calls = 0;
  const write = writer({
    writeSync: (bytes) => {
      if (calls++ % 2 === 0) throw new Deno.errors.WouldBlock("full");
      written += new TextDecoder("latin1").decode(bytes.subarray(0, 2));
      return Math.min(2, bytes.length);
    },
  }, "whole");
  assertEquals([write("ab\ncde"), written], [true, "ab\ncde"]);
});

Deno.test("writer() drops what a closed pipe refuses, and both throw any other error", async () => {
  const failing = (error: Error) =>
    writer({
      writeSync: () => {
        throw error;
      },
    }, "ends");
  assertEquals(failing(new Deno.errors.BrokenPipe("closed"))("text"), false);
  assertThrows(() => failing(new Error("a bug"))("text"), Error, "a bug");
  const write = eventWriter(
    { write: () => Promise.reject(new Deno.errors.BrokenPipe("closed")) },
    () => Promise.resolve("whole"),
  );
  await assertRejects(() => write(new Uint8Array(1)), Deno.errors.BrokenPipe);
});
