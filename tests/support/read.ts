/**
 * What readers of options gave.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Read, Reader } from "../../src/config/readers.ts";

/** The value that was read. Throws where the text is wrong. */
export function valueOf<T>(read: Read<T>): T {
  if (read.kind === "wrong") throw new Error(`${read.is}, ${read.expected}`);
  return read.value;
}

/** Asserts that a reader takes none of these texts. */
export function assertWrong(reader: Reader<unknown>, texts: readonly string[]): void {
  for (const text of texts) assertEquals(reader(text).kind, "wrong", text);
}
