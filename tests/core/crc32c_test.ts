import { assertEquals } from "@std/assert";
import { crc32c as reference } from "../../src/kafka/protocol/crc32c.ts";
import { bytes as memory, crc32c, WIRE } from "../../src/plane/memory.ts";
import { createRandom } from "../../src/simulator/random.ts";

/** The checksum of bytes that stand at an address of any remainder. */
function checksum(bytes: Uint8Array, shift: number): number {
  memory.set(bytes, WIRE + shift);
  return crc32c(WIRE + shift, WIRE + shift + bytes.length) >>> 0;
}

Deno.test("crc32c() gives the check value of the polynomial, and those of RFC 3720, appendix B.4", () => {
  assertEquals(checksum(new TextEncoder().encode("123456789"), 0), 0xe3069283);
  assertEquals(checksum(new Uint8Array(32), 0), 0x8a9136aa);
  assertEquals(checksum(new Uint8Array(32).fill(0xff), 0), 0x62a8ab43);
  assertEquals(checksum(Uint8Array.from({ length: 32 }, (_, i) => i), 0), 0x46dd794e);
});

Deno.test("crc32c() gives what the host's own does, for every length about one and two pairs of parts, wherever it begins", () => {
  const random = createRandom(32);
  const all = random.bytes(5000);
  const lengths = [
    ...Array(40).keys(),
    ...Array.from({ length: 40 }, (_, i) => 1004 + i),
    2040,
    2048,
    2056,
    3073,
    5000,
  ];
  for (const length of lengths) {
    const bytes = all.slice(0, length);
    assertEquals(checksum(bytes, length % 16), reference(bytes, 0), `${length}`);
  }
});
