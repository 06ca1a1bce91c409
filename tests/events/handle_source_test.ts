import { assert, assertEquals } from "@std/assert";
import { EventEncoder } from "../../src/events/encoder.ts";
import { handleOfText, type HandleSource } from "../../src/events/handle_source.ts";
import { RECORD_TYPES, WHOLE_RECORD_TYPES } from "../../src/events/registry.ts";
import { decodeFrame } from "../../src/atproto/frame.ts";
import { ALL_RECORDS, encoderOptions, SOME_HANDLES } from "../support/events.ts";
import { RECORDED, recorded } from "../support/messages.ts";

const text = new TextDecoder();

/** The handle that the source has of a DID. */
function expected(handles: HandleSource, did: string): string | null {
  const bytes = new TextEncoder().encode(did);
  const handle = handles.handleOf(bytes, { start: 0, end: bytes.length });
  return handle === null ? null : text.decode(handle);
}

Deno.test("events have the handles that are known, by the fast path as by the generic one, and null without a source", async () => {
  const counts = { events: 0, handles: 0, subjects: 0 };
  for (const types of [RECORD_TYPES, WHOLE_RECORD_TYPES]) {
    const off = encoderOptions(types, "structured");
    const [without, encoder] = [new EventEncoder(off), new EventEncoder({ ...off, handles: SOME_HANDLES })];
    for (const message of (await Promise.all(RECORDED.map(recorded))).flat()) {
      const frame = decodeFrame(message);
      if (frame.kind !== "commit") continue;
      for (const op of ALL_RECORDS.read(frame)) {
        if (op.kind === "rejected" || op.kind === "delete") continue;
        const record = encoder.encode(op, 0);
        const generic = encoder.encodeGeneric(op, 0);
        const plain = without.encode(op, 0);
        if ("kind" in record || "kind" in generic || "kind" in plain) continue;
        const value = text.decode(record.value);
        assertEquals(value, text.decode(generic.value));
        const { data } = JSON.parse(value);
        assertEquals(data.handle, expected(SOME_HANDLES, op.did));
        const nulls: Record<string, null> = { handle: null };
        if ("subject_handle" in data) {
          assertEquals(data.subject_handle, expected(SOME_HANDLES, data.subject));
          nulls["subject_handle"] = null;
          if (data.subject_handle !== null) counts.subjects++;
        }
        if (data.handle !== null) counts.handles++;
        counts.events++;
        assertEquals(text.decode(plain.value), JSON.stringify({ ...JSON.parse(value), data: { ...data, ...nulls } }));
      }
    }
  }
  assert(counts.events > 100 && counts.handles > 80 && counts.subjects > 20, JSON.stringify(counts));
});

Deno.test("handleOfText() asks about DIDs alone", () => {
  const asked: string[] = [];
  const handles: HandleSource = {
    handleOf(bytes, { start, end }) {
      asked.push(text.decode(bytes.subarray(start, end)));
      return new TextEncoder().encode("a.test");
    },
  };
  const texts = ["", "did:plc:abc", "alice.test", "did:plc:a b", "did:web:é.test", "did:"];
  assertEquals(texts.map((each) => handleOfText(handles, each)), [null, "a.test", null, null, null, null]);
  assertEquals([asked, handleOfText(null, "did:plc:abc")], [["did:plc:abc"], null]);
});
