import { assert, assertEquals } from "@std/assert";
import { encode } from "@atproto/lex-cbor";
import { NOWHERE, spanText, textFingerprint } from "../../src/atproto/bytes/span.ts";
import { decodeFrame, MAX_FRAME_BYTES } from "../../src/atproto/frame.ts";
import { encodeErrorFrame, encodeMessage, type Lex } from "../../src/simulator/frames.ts";
import { createRandom } from "../../src/simulator/random.ts";
import { commitMessage, frameOf, opsOf, recorded } from "../support/messages.ts";

Deno.test("decodeFrame() decodes the recorded messages of a relay", async () => {
  const kinds = (await recorded("indigo_relay.bin")).map((bytes) => decodeFrame(bytes).kind);
  assertEquals(kinds.filter((kind) => kind === "commit").length, 25);
  const others = ["identity", "account", "sync"].map((kind) => kinds.filter((each) => each === kind).length);
  assertEquals(others.reduce((sum, count) => sum + count), 10);
});

Deno.test("decodeFrame() takes an empty since, a time without a zone and numbers past 2^32", async () => {
  const [commit, account] = await recorded("hydrant.bin");
  const frame = frameOf(commit ?? new Uint8Array(), "commit");
  assertEquals([frame.seq, opsOf(frame)], [10331293478, []]);
  const other = frameOf(account ?? new Uint8Array(), "account");
  assertEquals([other.seq, other.time], [9998788318, "2026-02-24T14:05:20.5215469"]);
});

Deno.test("decodeFrame() takes the keys of a header in either order", () => {
  const body = [...encode({ seq: 5, did: "did:plc:x", time: "t" })];
  const opFirst = new Uint8Array([0xa2, 0x62, 0x6f, 0x70, 1, 0x61, 0x74, 0x64, 0x23, 0x66, 0x6f, 0x6f, ...body]);
  const id = "did:plc:x/#foo t";
  const fingerprint = textFingerprint(id);
  for (const bytes of [opFirst, encodeMessage("#foo", { seq: 5, did: "did:plc:x", time: "t" })]) {
    const { spans, ...frame } = frameOf(bytes, "other");
    assertEquals(frame, { kind: "other", type: "#foo", seq: 5, bytes, time: "t", id, fingerprint });
    assertEquals(spanText(bytes, spans.did), "did:plc:x");
  }
});

Deno.test("a frame's fingerprint is that of account and revision, of one without a revision of account, type and time", async () => {
  const commit = frameOf(await commitMessage([], { repo: "did:plc:y", rev: "3lzzzzzzzzz2a" }), "commit");
  assertEquals(commit.fingerprint, textFingerprint("did:plc:y/3lzzzzzzzzz2a"));
  const sync = encodeMessage("#sync", { seq: 1, did: "did:plc:y", rev: "3lzzzzzzzzz2a", time: "t" });
  assertEquals(frameOf(sync, "sync").fingerprint, commit.fingerprint);
  const bare = frameOf(encodeMessage("#account", { seq: 1 }), "other");
  assertEquals([bare.id, bare.fingerprint], ["/#account ", textFingerprint("/#account ")]);
});

Deno.test("decodeFrame() reads identity, account and sync messages, and one that lacks what it must have as another", () => {
  const base = { seq: 5, did: "did:plc:x", time: "t" };
  const read = (type: string, more: { readonly [name: string]: Lex }) => {
    const message = encodeMessage(type, { ...base, ...more });
    const frame = decodeFrame(message);
    if (frame.kind === "rejected" || !("id" in frame)) throw new Error(frame.kind);
    const { seq, bytes, spans, time, id, fingerprint, ...rest } = frame;
    const did = "did" in more ? NOWHERE : spans.did;
    assertEquals([spans.did, spanText(bytes, did)], [did, "did" in more ? "" : base.did]);
    assertEquals(bytes, message);
    assertEquals([seq, time, fingerprint], [5, "t", textFingerprint(id)]);
    return rest;
  };
  const did = base.did;
  assertEquals(read("#identity", { handle: "a.example" }), { kind: "identity", did, handle: "a.example" });
  assertEquals(read("#identity", { handle: 5 }), { kind: "identity", did, handle: null });
  assertEquals(read("#account", { active: false, status: "odd" }), {
    kind: "account",
    did,
    active: false,
    status: "odd",
  });
  assertEquals(read("#account", { active: true }), { kind: "account", did, active: true, status: null });
  assertEquals(read("#sync", { rev: "3lzz", blocks: new Uint8Array(3) }), { kind: "sync", did, rev: "3lzz" });
  for (
    const [type, more] of [
      ["#account", {}],
      ["#account", { active: null }],
      ["#account", { active: "true" }],
      ["#identity", { did: "alice" }],
      ["#sync", { rev: 5 }],
      ["#sync", { rev: "" }],
    ] as const
  ) {
    assertEquals(read(type, more), { kind: "other", type });
  }
});

Deno.test("decodeFrame() ignores unknown types, ops and fields, and keeps the number", () => {
  const unknownOp = new Uint8Array([...encode({ op: 7, t: "#x" }), ...encode({ seq: 9, time: "t", more: [{}] })]);
  const { type, seq, time } = frameOf(unknownOp, "other");
  assertEquals({ type, seq, time }, { type: "#x", seq: 9, time: "t" });
});

Deno.test("decodeFrame() decodes #info and error frames, which have no number", () => {
  assertEquals(decodeFrame(encodeMessage("#info", { name: "OutdatedCursor" })), {
    kind: "info",
    type: "#info",
    name: "OutdatedCursor",
    message: "",
  });
  assertEquals(decodeFrame(encodeErrorFrame("FutureCursor", "no")), {
    kind: "error",
    error: "FutureCursor",
    message: "no",
  });
});

Deno.test("decodeFrame() decodes a commit without the deprecated fields", async () => {
  const frame = frameOf(await commitMessage([{ action: "delete", path: "a.b.c/1" }]), "commit");
  assertEquals([frame.did, frame.rev, frame.time], [
    "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa",
    "3lzzzzzzzzz2a",
    "2026-07-01T12:00:00.123456Z",
  ]);
  assertEquals(opsOf(frame), ["delete a.b.c/1 null"]);
});

Deno.test("decodeFrame() takes a time that is no text, or no UTF-8, as missing", async () => {
  assertEquals(frameOf(await commitMessage([], { time: 5 }), "commit").time, "");
  const bytes = await commitMessage([], { time: "ééé" });
  const at = bytes.findIndex((byte, i) => byte === 0xc3 && bytes[i + 1] === 0xa9);
  bytes[at] = 0xff;
  assertEquals(frameOf(bytes, "commit").time, "");
});

Deno.test("decodeFrame() rejects a commit that lacks what it needs, with the number if there is one", async () => {
  for (const [field, value] of [["repo", 1], ["rev", 1], ["rev", ""], ["ops", 1]] as const) {
    const rejected = decodeFrame(await commitMessage([], { [field]: value }));
    assert(rejected.kind === "rejected");
    if (rejected.kind !== "rejected") continue;
    assertEquals([rejected.reason, rejected.seq], ["frame-invalid", 31_500_000_001]);
    assert(rejected.detail.includes(`"${field}"`));
  }
});

Deno.test("decodeFrame() rejects a repository whose name is no DID", async () => {
  for (const repo of ["", "alice.example.com", "did:plc:a/b", "did:plc:"]) {
    assertEquals(decodeFrame(await commitMessage([], { repo })).kind, "rejected", repo);
  }
  for (const repo of ["did:web:localhost%3A8080", `did:plc:${"a".repeat(500)}`]) {
    assertEquals(decodeFrame(await commitMessage([], { repo })).kind, "commit", repo);
  }
});

Deno.test("decodeFrame() rejects garbage, cut messages, trailing bytes and messages that are too large", async () => {
  const message = await commitMessage([{ path: "a.b.c/1" }]);
  const reasons = [
    new Uint8Array(0),
    new Uint8Array([0xff, 0, 1]),
    message.slice(0, -1),
    new Uint8Array([...message, 0]),
    encode("text" as Lex),
    new Uint8Array(MAX_FRAME_BYTES + 1),
  ].map((bytes) => {
    const frame = decodeFrame(bytes);
    return frame.kind === "rejected" ? frame.reason : frame.kind;
  });
  assertEquals(reasons, [...new Array(5).fill("frame-undecodable"), "frame-too-large"]);
});

Deno.test("decodeFrame() never throws on changed messages, and still decodes many of them", async () => {
  const random = createRandom(99);
  const message = await commitMessage([{ path: "app.bsky.feed.like/1", record: { a: 1 } }]);
  const kinds = new Map<string, number>();
  for (let i = 0; i < 5000; i++) {
    const changed = message.slice();
    changed[random.below(changed.length)] = random.below(256);
    const { kind } = decodeFrame(changed);
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  assert((kinds.get("commit") ?? 0) > 1000 && (kinds.get("rejected") ?? 0) > 500, JSON.stringify([...kinds]));
});
