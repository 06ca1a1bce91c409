import { assertEquals, assertThrows } from "@std/assert";
import { closeQuietly, writeAll } from "../../src/net/connection.ts";

Deno.test("writeAll() goes on until all is written", async () => {
  const written: number[] = [];
  const write = (bytes: Uint8Array) => {
    written.push(...bytes.subarray(0, 3));
    return Promise.resolve(Math.min(3, bytes.length));
  };
  await writeAll({ write } as Deno.Conn, new Uint8Array([1, 2, 3, 4, 5, 6, 7]));
  assertEquals(written, [1, 2, 3, 4, 5, 6, 7]);
});

Deno.test("closeQuietly() takes what is closed, and hides no other trouble", () => {
  const closing = (error: Error) => ({
    close: () => {
      throw error;
    },
  } as unknown as Deno.Conn);
  closeQuietly(closing(new Deno.errors.BadResource()));
  assertThrows(() => closeQuietly(closing(new TypeError("other"))), TypeError, "other");
});
