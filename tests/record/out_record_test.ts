import { assertEquals } from "@std/assert";
import { OutRecord } from "../../src/record/out_record.ts";

const utf8 = new TextEncoder();
const [key, value, headers] = [utf8.encode("did:plc:a"), utf8.encode('{"a":1}'), new Uint8Array([2, 0, 0])];

Deno.test("OutRecord.of() gives the parts it was made of, and their size", () => {
  for (const own of [null, headers]) {
    const record = OutRecord.of({ type: "t", key, value, headers: own, uri: "at://a/b/c" });
    const { type, uri, size } = record;
    assertEquals([record.key, record.value, record.headers], [key, value, own]);
    assertEquals({ type, uri, size }, { type: "t", uri: "at://a/b/c", size: 16 + (own?.length ?? 0) });
  }
});

Deno.test("OutRecord.of() copies, so that the record outlives what it was made of", () => {
  const bytes = value.slice();
  const first = OutRecord.of({ type: "t", key, value: bytes, headers: null, uri: "at://a/b/c" });
  const second = OutRecord.of(first);
  bytes.fill(0);
  first.bytes.fill(0);
  assertEquals([second.key, second.value, second.headers, second.uri], [key, value, null, "at://a/b/c"]);
});

Deno.test("OutRecord gives ranges of a buffer that others use too, and releases it", () => {
  let released = 0;
  const shared = { bytes: utf8.encode("..VALUEKEYHEAD.."), release: () => void released++ };
  const record = new OutRecord("t", shared, 7, 10, 2, 7, 10, 14, ({ key }) => `at://${new TextDecoder().decode(key)}`);
  const text = (bytes: Uint8Array | null) => new TextDecoder().decode(bytes ?? new Uint8Array());
  assertEquals([text(record.key), text(record.value), text(record.headers), record.size], ["KEY", "VALUE", "HEAD", 12]);
  assertEquals([record.uri, released], ["at://KEY", 0]);
  record.release();
  assertEquals(released, 1);
});
