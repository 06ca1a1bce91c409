import { assertEquals } from "@std/assert";
import { columnsOf, isAscii } from "../../src/app/process.ts";

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
