import { assertEquals, assertThrows } from "@std/assert";
import { columnsOf, isAscii, writer } from "../../src/cli/context.ts";

Deno.test("isAscii() follows NO_COLOR, unless it is empty, and a dumb terminal", () => {
  assertEquals(isAscii({ NO_COLOR: "1" }), true);
  assertEquals(isAscii({ TERM: "dumb" }), true);
  assertEquals(isAscii({ NO_COLOR: "", TERM: "xterm" }), false);
  assertEquals(isAscii({}), false);
});

Deno.test("columnsOf() takes 80 where the terminal gives no width or is gone", () => {
  assertEquals(columnsOf(() => ({ columns: 132 })), 132);
  assertEquals(columnsOf(() => ({ columns: 0 })), 80);
  const gone = () => {
    throw new Deno.errors.BadResource("no terminal");
  };
  assertEquals(columnsOf(gone), 80);
});

Deno.test("writer() writes all of a text, however little the stream takes at once", () => {
  let written = "";
  const write = writer({
    writeSync: (bytes) => {
      written += new TextDecoder("latin1").decode(bytes.subarray(0, 2));
      return Math.min(2, bytes.length);
    },
  });
  write("abcde");
  assertEquals(written, "abcde");
});

Deno.test("writer() drops what a closed pipe refuses, and throws any other error", () => {
  const failing = (error: Error) =>
    writer({
      writeSync: () => {
        throw error;
      },
    });
  failing(new Deno.errors.BrokenPipe("closed"))("text");
  assertThrows(() => failing(new Error("a bug"))("text"), Error, "a bug");
});
