import { assertEquals } from "@std/assert";
import { isDid, plcText, readPlc } from "../../src/atproto/did.ts";
import { createRandom } from "../../src/simulator/random.ts";

const DID = /^did:[a-z0-9]+:[A-Za-z0-9._:%-]+$/;

function judged(text: string): boolean {
  const bytes = new TextEncoder().encode(`-${text}-`);
  return isDid(bytes, { start: 1, end: bytes.length - 1 });
}

Deno.test("isDid() takes DIDs of every method and length", () => {
  for (const did of ["did:plc:a", "did:web:localhost%3A8080", `did:plc:${"a".repeat(5000)}`, "did:key:z6Mk-_."]) {
    assertEquals(judged(did), true, did);
  }
});

Deno.test("isDid() refuses what is no DID", () => {
  for (const text of ["", "did", "did:", "did::a", "did:plc:", "did:PLC:a", "did:plc:a/b", "did:plc:å", "DID:plc:a"]) {
    assertEquals(judged(text), false, text);
  }
});

Deno.test("isDid() says what the expression says of texts that are nearly one", () => {
  const random = createRandom(3);
  let taken = 0;
  for (let i = 0; i < 20_000; i++) {
    const codes = [...`did:plc:abc${random.below(10)}`].map((char) => char.charCodeAt(0));
    codes[random.below(codes.length)] = random.below(128);
    const text = String.fromCharCode(...codes);
    assertEquals(judged(text), DID.test(text), JSON.stringify(text));
    if (judged(text)) taken++;
  }
  assertEquals(taken > 3000 && taken < 15_000, true, `${taken}`);
});

Deno.test("readPlc() keeps every did:plc as it is, and takes nothing else", () => {
  const words = new Uint32Array(5);
  const read = (text: string) => {
    const bytes = new TextEncoder().encode(`x${text}y`);
    return readPlc(bytes, { start: 1, end: bytes.length - 1 }, words, 1);
  };
  for (const id of ["z72i7hdynmk6r22z27h6tvur", "aaaaaaaaaaaaaaaaaaaaaaaa", "777777777777777777777777"]) {
    assertEquals([read(`did:plc:${id}`), plcText(words, 1)], [true, `did:plc:${id}`]);
  }
  for (
    const id of [
      "",
      "z72i7hdynmk6r22z27h6tvu",
      "z72i7hdynmk6r22z27h6tvur7",
      "Z72i7hdynmk6r22z27h6tvur",
      "z72i7hdynmk6r22z27h6tvu1",
    ]
  ) {
    assertEquals(read(`did:plc:${id}`), false, id);
  }
  assertEquals(read("did:web:z72i7hdynmk6r22z27h6tvur"), false);
});
