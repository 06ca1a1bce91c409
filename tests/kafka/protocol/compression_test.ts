import { assert, assertEquals, assertThrows } from "@std/assert";
import { CompressionCodecs, CompressionTypes } from "kafkajs";
import { Buffer } from "node:buffer";
import { encodeHeaders } from "../../../src/record/headers.ts";
import { encodeEvent } from "../../../src/events/cloudevent.ts";
import { createRandom } from "../../../src/simulator/random.ts";
import { codecOf, CODECS, registerCodecs } from "../../../src/kafka/protocol/compression.ts";
import { encodeRecords } from "../../../src/kafka/protocol/record_batch.ts";
import { layoutOf, placeOf, simulatedEvents } from "../../support/events.ts";

const random = createRandom(31);

/** Bytes of so many, some of which repeat and some of which do not. */
function mixed(bytes: number): Uint8Array {
  const made = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at++) made[at] = at % 100 < 50 ? at % 25 : random.below(256);
  return made;
}

Deno.test("codecOf() is null where there is no compression", () => {
  assertEquals([codecOf("none"), codecOf("gzip"), codecOf("zstd")], [null, CODECS.gzip, CODECS.zstd]);
});

const INPUTS = [0, 1, 15, 16, 65_535, 65_536, 65_537, 500_000].map(mixed);

Deno.test("CODECS give back what they compressed, whatever its size, and make it smaller", () => {
  for (const [name, codec] of Object.entries(CODECS)) {
    for (const bytes of INPUTS) {
      const compressed = codec.compress(bytes);
      assertEquals(new Uint8Array(codec.decompress(compressed)), bytes, `${name}, ${bytes.length}`);
      if (bytes.length > 1000) assert(compressed.length < bytes.length * 0.8, `${name}: ${compressed.length}`);
    }
  }
});

Deno.test("CODECS make batches of events three times smaller at least, zstd four times", async () => {
  const records = (await simulatedEvents(600)).slice(0, 500).map(({ event, op }) =>
    encodeEvent({ ...event }, placeOf(op.uri), layoutOf("structured"), 0)
  );
  const batch = encodeRecords(records, encodeHeaders([]), 0);
  assertEquals(records.length, 500);
  for (const [name, codec] of Object.entries(CODECS)) {
    const times = batch.length / codec.compress(batch).length;
    assert(times > (name === "zstd" ? 4 : 3), `${name}: ${times}`);
  }
});

Deno.test("CODECS.snappy frames its blocks as Kafka's clients do, and reads a block without a frame", () => {
  const framed = CODECS.snappy.compress(mixed(70_000));
  assertEquals([...framed.subarray(0, 16)], [0x82, ...Buffer.from("SNAPPY"), 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  const length = new DataView(framed.buffer).getUint32(16);
  const block = framed.subarray(20, 20 + length);
  assertEquals(CODECS.snappy.decompress(block).length, 65_536);
  for (const end of [18, 200, framed.length - 1]) assertThrows(() => CODECS.snappy.decompress(framed.slice(0, end)));
});

Deno.test("registerCodecs() lets KafkaJS read snappy and zstd", async () => {
  registerCodecs();
  const bytes = mixed(100_000);
  for (
    const [type, codec] of [[CompressionTypes.Snappy, CODECS.snappy], [CompressionTypes.ZSTD, CODECS.zstd]] as const
  ) {
    const read = await CompressionCodecs[type]().decompress(Buffer.from(codec.compress(bytes)));
    assertEquals(new Uint8Array(read), bytes);
  }
});
