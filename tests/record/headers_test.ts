import { assertEquals } from "@std/assert";
import { decodeHeaders, encodeHeaders, encodeTextHeaders, writeZigzag, zigzagBytes } from "../../src/record/headers.ts";

const utf8 = new TextEncoder();

Deno.test("encodeHeaders() writes a count, then lengths and bytes, by zigzag", () => {
  const bytes = encodeHeaders([[utf8.encode("a"), utf8.encode("é")], [utf8.encode("b"), new Uint8Array(64)]]);
  assertEquals([...bytes], [4, 2, 0x61, 4, 0xc3, 0xa9, 2, 0x62, 0x80, 1, ...new Array(64).fill(0)]);
  assertEquals([...encodeHeaders([])], [0]);
});

Deno.test("decodeHeaders() reads what encodeTextHeaders() wrote, of headers with one name the last", () => {
  for (const length of [0, 1, 63, 64, 8191, 8192, 1_048_576]) {
    const value = "x".repeat(length);
    assertEquals(decodeHeaders(encodeTextHeaders([["ce_é", "first"], ["", "empty"], ["ce_é", value]])), {
      "ce_é": value,
      "": "empty",
    });
  }
});

Deno.test("writeZigzag() takes as many bytes as zigzagBytes() says", () => {
  let checked = 0;
  for (const edge of [0, 64, 8192, 1_048_576, 134_217_728, 2 ** 30]) {
    for (const value of [edge - 1, edge].filter((each) => each >= 0 && each < 2 ** 30)) {
      const bytes = new Uint8Array(5);
      assertEquals(writeZigzag(bytes, 0, value), zigzagBytes(value), `${value}`);
      checked++;
    }
  }
  assertEquals(checked, 10);
});
