import { assertEquals } from "@std/assert";
import { decodeAll } from "@atproto/lex-cbor";
import { encodeErrorFrame, encodeMessage } from "../../src/simulator/frames.ts";

Deno.test("encodeMessage() makes two objects, header and body", () => {
  const body = { seq: 31_500_000_001, did: "did:plc:x", list: [null, true] };
  assertEquals([...decodeAll(encodeMessage("#identity", body))], [{ op: 1, t: "#identity" }, body]);
});

Deno.test("encodeErrorFrame() has the header and the fields of an error", () => {
  assertEquals([...decodeAll(encodeErrorFrame("FutureCursor", "no"))], [{ op: -1 }, {
    error: "FutureCursor",
    message: "no",
  }]);
});
