import { assertEquals, assertThrows } from "@std/assert";
import { VERDICTS } from "../../src/atproto/verify.ts";
import { packJob, packVerdicts, unpackJob, unpackVerdicts } from "../../src/verify/job.ts";

Deno.test("unpackJob() gives back what packJob() took, with keys of both curves and none", () => {
  const messages = [
    { bytes: Uint8Array.of(1, 2, 3), key: { curve: "k256", bytes: new Uint8Array(33).fill(7) } },
    { bytes: new Uint8Array(), key: null },
    { bytes: new Uint8Array(1001).fill(9), key: { curve: "p256", bytes: new Uint8Array(33).fill(8) } },
    { bytes: Uint8Array.of(5), key: null },
  ] as const;
  assertEquals(unpackJob(packJob(messages)), [...messages]);
  assertEquals(unpackJob(packJob([])), []);
  const many = Array.from({ length: 300 }, (_, n) => ({ bytes: new Uint8Array(n).fill(n), key: null }));
  assertEquals(unpackJob(packJob(many)), many);
});

Deno.test("unpackVerdicts() gives the very verdicts, as many as there were messages", () => {
  const packed = packVerdicts(VERDICTS.map(({ reason }) => reason));
  assertEquals(unpackVerdicts(packed, VERDICTS.length).every((verdict, place) => verdict === VERDICTS[place]), true);
  assertThrows(() => unpackVerdicts(packed, 1), TypeError, "expected 1");
  assertThrows(() => unpackVerdicts(Uint8Array.of(255), 1), TypeError, "expected 1");
});
