import { assertEquals } from "@std/assert";
import stock from "kafkajs/src/protocol/recordBatch/crc32C/index.js";
import { Buffer } from "node:buffer";
import { crc32c } from "../../../src/kafka/protocol/crc32c.ts";
import { createRandom } from "../../../src/simulator/random.ts";

Deno.test("crc32c() gives the values of RFC 3720, appendix B.4", () => {
  assertEquals(crc32c(new Uint8Array(32), 0), 0x8a9136aa);
  assertEquals(crc32c(new Uint8Array(32).fill(0xff), 0), 0x62a8ab43);
  assertEquals(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i), 0), 0x46dd794e);
});

Deno.test("crc32c() agrees with KafkaJS's on every length, from every fourth byte", () => {
  const random = createRandom(5);
  const bytes = random.bytes(200);
  for (let start = 0; start < 40; start += 4) {
    for (let end = start; end <= bytes.length; end++) {
      const part = bytes.subarray(0, end);
      assertEquals(crc32c(part, start), stock(Buffer.from(part.subarray(start))), `${start} to ${end}`);
    }
  }
});
