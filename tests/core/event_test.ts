import { assert } from "@std/assert";
import { OUT_BYTES } from "../../src/plane/memory.ts";
import * as b from "../fuzz/bytes.ts";
import { commitOfRecords, eventsOf, OTHER, POST, record, TYPED, WHOLE } from "../support/core.ts";

const BLOCK = 16_300;

/** So many commits, each with records that become far longer as JSON than they are. */
function growing(collection: string, field: string, commits: number, records: number): Uint8Array[] {
  const items = b.concat(b.head(4, BLOCK), b.fill(BLOCK, 0x40));
  return Array.from({ length: commits }, (_, i) =>
    commitOfRecords(
      Array.from({ length: records }, (_, n) => [collection, record({ n: b.head(0, i * 100 + n), [field]: items })]),
    ));
}

Deno.test("encodeEvent() writes nothing past OUT of whole records that become fourteen times as long", () => {
  const { events, byCore } = eventsOf(growing(OTHER, "x", 40, 4), WHOLE);
  assert(events === 160 && byCore > 20, `${byCore} of ${events}`);
  assert(160 * BLOCK * 14 > 4 * OUT_BYTES);
});

Deno.test("encodeEvent() writes nothing past OUT of parts that become eighteen times as long", () => {
  const { events, byCore } = eventsOf(growing(POST, "facets", 40, 4), TYPED);
  assert(events === 160 && byCore > 20, `${byCore} of ${events}`);
});
