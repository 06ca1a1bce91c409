import { assert, assertEquals } from "@std/assert";
import { verdictOf, VERDICTS, VERIFIED } from "../../src/atproto/verify.ts";
import { EventEncoder } from "../../src/events/encoder.ts";
import { RECORD_TYPES, WHOLE_RECORD_TYPES } from "../../src/events/registry.ts";
import { verdictAttributes } from "../../src/events/verdict.ts";
import { RecordWrite } from "../../src/atproto/repo_op.ts";
import { decodeHeaders } from "../../src/record/headers.ts";
import { commitFrame, frameOf } from "../support/messages.ts";
import { ALL_RECORDS, encoderOptions } from "../support/events.ts";
import { networkFrames } from "../support/network_events.ts";
import { assertRecord } from "../support/schemas.ts";

Deno.test("verdictAttributes() has nothing where nothing is verified, and a reason where it is not true", () => {
  assertEquals(verdictAttributes(null), {});
  assertEquals(verdictAttributes(VERIFIED), { verified: "true" });
  assertEquals(verdictAttributes(verdictOf("did-mismatch")), { verified: "false", verifyreason: "did-mismatch" });
});

Deno.test("EventEncoder writes every verdict in both modes and by both paths, as the schemas have it", async () => {
  const frame = await commitFrame([{ path: "app.bsky.feed.like/1", record: like("2026-07-01T12:00:00Z") }]);
  const [op] = ALL_RECORDS.read(frame);
  if (!(op instanceof RecordWrite)) throw new Error("no like");
  for (const verdict of [null, ...VERDICTS]) {
    const more = verdictAttributes(verdict);
    for (const types of [RECORD_TYPES, WHOLE_RECORD_TYPES]) {
      for (const mode of ["structured", "binary"] as const) {
        const encoder = new EventEncoder({ ...encoderOptions(types, mode), sampledRate: () => 10, more });
        const [fast, generic] = [encoder.encode(op, 0), encoder.encodeGeneric(op, 0)];
        if ("kind" in fast || "kind" in generic) throw new Error("no event");
        assertEquals([fast.value, fast.headers], [generic.value, generic.headers]);
        const headers = fast.headers === null ? {} : decodeHeaders(fast.headers);
        // Headers have no numbers for a schema to look at.
        if (mode === "structured") assertRecord({ value: fast.value, headers });
        const event = JSON.parse(new TextDecoder().decode(fast.value));
        const found = mode === "binary"
          ? { verified: headers["ce_verified"], reason: headers["ce_verifyreason"], rate: headers["ce_sampledrate"] }
          : { verified: event.verified, reason: event.verifyreason, rate: `${event.sampledrate}` };
        assertEquals(found, { verified: verdict?.verified, reason: verdict?.reason ?? undefined, rate: "10" });
      }
    }
  }
});

Deno.test("EventEncoder says of a #sync what was verified, and nothing of other messages about an account", async () => {
  const encoder = new EventEncoder({
    ...encoderOptions(RECORD_TYPES, "structured"),
    more: verdictAttributes(VERIFIED),
  });
  const seen = { sync: 0, other: 0 };
  for (const { type, bytes } of await networkFrames(300)) {
    if (type !== "#sync" && type !== "#account" && type !== "#identity") continue;
    const kind = type === "#sync" ? "sync" : type === "#account" ? "account" : "identity";
    const record = encoder.encodeAccount(frameOf(bytes, kind), 0);
    assertRecord({ value: record.value, headers: {} });
    const { verified } = JSON.parse(new TextDecoder().decode(record.value));
    assertEquals(verified, type === "#sync" ? "true" : undefined);
    seen[type === "#sync" ? "sync" : "other"]++;
  }
  assert(seen.sync > 2 && seen.other > 5, JSON.stringify(seen));
});

function like(createdAt: string) {
  return { $type: "app.bsky.feed.like", subject: { uri: "at://did:plc:a/b.c.d/e", cid: "bafy" }, createdAt };
}
