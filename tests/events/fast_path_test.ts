import { assert, assertEquals } from "@std/assert";
import { cidForLex } from "@atproto/lex-cbor";
import { EventEncoder } from "../../src/events/encoder.ts";
import { CompiledTypes } from "../../src/events/compiled.ts";
import { FastEncoder } from "../../src/events/fast_path.ts";
import { COLLECTIONS, RECORD_TYPES, WHOLE_RECORD_TYPES } from "../../src/events/registry.ts";
import type { ProducerRecord } from "../../src/record/producer_record.ts";
import { RecordWrite } from "../../src/atproto/repo_op.ts";
import { createRandom } from "../../src/simulator/random.ts";
import { createWorld } from "../../src/simulator/world.ts";
import { blockOf, blocksOf, encoderOptions, layoutOf, recordedBlocks } from "../support/events.ts";
import { commitFrame } from "../support/messages.ts";
import { networkFrames } from "../support/network_events.ts";

const PATHS = [RECORD_TYPES, WHOLE_RECORD_TYPES].flatMap((types) =>
  (["structured", "binary"] as const).map((mode) => {
    // With whole records those of some collections are sampled, too.
    const sampledRate = types === RECORD_TYPES ? () => null : (collection: string) => collection.length % 3 || null;
    // And keyed by what the event is about.
    const layout = { ...layoutOf(mode, "t"), time: "event", key: types === RECORD_TYPES ? "did" : "uri" } as const;
    const options = { ...encoderOptions(types, mode), sampledRate, layout };
    return { fast: new FastEncoder(new CompiledTypes(options)), generic: new EventEncoder(options) };
  })
);
const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** When messages are received: some have a later time. */
const RECEIVED_MS = Date.UTC(2026, 6, 1);
/** A collection without a type of its own. */
const OTHER = "com.example.thing";

/**
 * Fails unless the fast path gives nothing or what the generic path gives, in both content modes, with whole records and
 * without; whether it gave something.
 */
function compare(block: RecordWrite): boolean {
  const written = PATHS.map((each) => {
    const fast = each.fast.encode(block, RECEIVED_MS);
    if (fast === null) return false;
    const generic = each.generic.encodeGeneric(block, RECEIVED_MS);
    if ("kind" in generic) throw new Error(`The generic path rejects it: ${generic.detail}`);
    assertEquals(text.decode(fast.value), text.decode(generic.value));
    assertEquals(fast.headers, generic.headers);
    assertEquals([fast.key, fast.partitionKey], [generic.key, generic.partitionKey]);
    const meta = ({ uri, type, topic, timestampMs }: ProducerRecord) => [uri, type, topic, timestampMs];
    assertEquals(meta(fast), meta(generic));
    return true;
  });
  assertEquals(new Set(written).size, 1);
  return written[0] === true;
}

Deno.test("FastEncoder.encode() writes what the generic path writes, on recorded messages", async () => {
  const written = (await recordedBlocks()).filter(compare).length;
  assert(written >= 50, `${written}`);
});

Deno.test("FastEncoder.encode() writes what the generic path writes, and nearly all that the simulator makes", async () => {
  const world = await createWorld({
    seed: 7,
    accounts: 20,
    firstSeq: 31_500_000_000,
    startMs: 1_767_225_600_000,
    stepMs: 5,
    // The records of the past are not looked at, and make each commit larger.
    pastRecords: 20,
  });
  const counts = new Map<string, { all: number; written: number }>();
  for (let i = 0; i < 1200; i++) {
    for (const block of blocksOf((await world.next()).bytes)) {
      const count = counts.get(block.collection) ?? { all: 0, written: 0 };
      counts.set(block.collection, { all: count.all + 1, written: count.written + (compare(block) ? 1 : 0) });
    }
  }
  for (const collection of COLLECTIONS) {
    const { all, written } = counts.get(collection) ?? { all: 0, written: 0 };
    assert(all > 10 && written >= all * 0.9, `${collection}: ${written} of ${all}`);
  }
});

Deno.test("FastEncoder.encode() writes what the generic path writes, of other lexicons with odd values", async () => {
  const counts = { all: 0, written: 0 };
  for (const { bytes } of await networkFrames(600)) {
    for (const block of blocksOf(bytes)) {
      if (COLLECTIONS.includes(block.collection)) continue;
      counts.all++;
      if (compare(block)) counts.written++;
    }
  }
  assert(counts.all > 80 && counts.written > counts.all / 2, JSON.stringify(counts));
});

/** Texts that JSON escapes, or that are easily written wrongly. */
const TEXTS = [
  '"',
  "\\",
  "\n\r\t\b\f",
  "\u0000\u001f\u007f",
  "é東🦋",
  "\u2028\u2029",
  "\ufeff",
  "</script>",
  "",
  "a".repeat(300),
];

/** Values where a record should have something else. */
const STRANGE = [null, 42, -1, true, [], {}, "text", [null], { uri: 1 }, { uri: "at://x", cid: "c", more: [{}] }];

const blob = await cidForLex({ blob: 1 });

/** Records of a collection: each field in turn, and some of them together, with each of the values. */
function* records(collection: string): Generator<Record<string, unknown>> {
  const ref = { uri: "at://did:plc:b/app.bsky.feed.post/1", cid: "bafyx" };
  const usual: Record<string, Record<string, unknown>> = {
    "app.bsky.feed.post": {
      text: "hello",
      langs: ["en", "de"],
      reply: { parent: ref, root: ref },
      embed: { $type: "app.bsky.embed.record", record: ref },
      facets: [{ index: { byteStart: 0, byteEnd: 1 }, features: [{ $type: "x", tag: '"' }] }],
      labels: { $type: "com.atproto.label.defs#selfLabels", values: [{ val: "x" }] },
      tags: ["a"],
    },
    "app.bsky.actor.profile": {
      displayName: "A",
      description: "B",
      avatar: { $type: "blob", ref: blob, mimeType: "image/png", size: 1 },
      banner: { cid: "bafy", mimeType: "image/png" },
    },
    "app.bsky.graph.follow": { subject: "did:plc:b" },
    "app.bsky.graph.block": { subject: "did:plc:b" },
  };
  const base = { $type: collection, createdAt: "2026-01-01T00:00:00Z", ...(usual[collection] ?? { subject: ref }) };
  yield base;
  for (const field of Object.keys(base)) {
    const { [field]: _, ...without } = base as Record<string, unknown>;
    yield without;
    for (
      const value of [...TEXTS, ...STRANGE, TEXTS, { ref: blob, cid: "x" }, { ref: "x", cid: "x" }, blob, {
        [field]: "x",
      }]
    ) yield { ...base, [field]: value };
  }
  const embeds = ["external", "record", "recordWithMedia", "images", "gallery"].map((name) => `app.bsky.embed.${name}`);
  for (const $type of [...embeds, 5, undefined]) {
    for (const record of [ref, { record: ref }, { uri: 5 }, null, undefined]) {
      const typed = $type === undefined ? {} : { $type };
      const embed = {
        ...typed,
        ...(record === undefined ? {} : { record }),
        external: { uri: "https://x", title: "" },
      };
      yield { ...base, embed };
      yield { ...base, embed: { ...embed, external: null } };
    }
  }
  for (const via of [ref, null, "x"]) yield { ...base, via, unknown: { deep: [[[[{ x: "é" }]]]] } };
}

Deno.test("FastEncoder.encode() writes what the generic path writes, whatever a record holds", async () => {
  let written = 0;
  let left = 0;
  for (const collection of [...COLLECTIONS, OTHER]) {
    for (const record of records(collection)) {
      if (compare(blockOf(await commitFrame([{ path: `${collection}/1`, record }])))) written++;
      else left++;
    }
  }
  assert(written > 500 && left > 200, `${written} written, ${left} left to the generic path`);
});

Deno.test("FastEncoder.encode() writes what the generic path writes, whatever the frame says", async () => {
  const record = { subject: { uri: "at://x", cid: "y" }, createdAt: "z" };
  const times = ["2026-07-01T12:00:00Z", "2026-07-01T12:00:00.1Z", "2026-07-01T12:00:00.Z", "2026-07-29T12:00:00Z"]
    .concat(["2026-13-01T12:00:00Z", "2026-02-30T12:00:00Z", "2026-07-01T24:00:00Z", "2026-07-01T12:60:00Z", "now", ""])
    .concat(["2026-07-01T12:00:00", "2026-07-01T12:00:00+01:00", "2026-00-01T12:00:00Z", "2026-07-00T12:00:00Z"])
    .concat(["0000-07-01T12:00:00Z", "2026-07-01T12:00:00.123456789Z", "2026-07-01T12:00:00.1234567891Z"]);
  const fields = [
    ...times.map((time) => ({ time })),
    ...['3l"x', "é", "ABC"].map((rev) => ({ rev })),
    ...[0, 9, 10, 999, 1000, 2 ** 32, Number.MAX_SAFE_INTEGER].map((seq) => ({ seq })),
    ...["did:web:a.b%3A80", `did:plc:${"x".repeat(2000)}`].map((repo) => ({ repo })),
  ];
  let written = 0;
  for (const each of fields) {
    for (const action of ["create", "update"]) {
      const frame = await commitFrame([{ action, path: "app.bsky.feed.like/3k~_.:-", record }], each);
      if (compare(blockOf(frame))) written++;
    }
  }
  assert(written > 20 && written < fields.length * 2, `${written}`);
});

Deno.test("FastEncoder.encode() writes nothing that the generic path rejects, whatever the block's bytes", async () => {
  const random = createRandom(23);
  let written = 0;
  let left = 0;
  for (const collection of [...COLLECTIONS, OTHER]) {
    for (const record of [...records(collection)].slice(0, 40)) {
      const frame = await commitFrame([{ path: `${collection}/1`, record }]);
      const found = blockOf(frame);
      for (let i = 0; i < 40; i++) {
        const bytes = frame.bytes.slice();
        for (let changes = random.below(3); changes >= 0; changes--) {
          bytes[found.block.start + random.below(found.block.end - found.block.start)] = random.below(256);
        }
        const { kind, collection: its, path, cid, block } = found;
        const changed = new RecordWrite(kind, Object.assign(Object.create(frame), { bytes }), its, path, cid, block);
        if (compare(changed)) written++;
        else left++;
      }
    }
  }
  assert(written > 1500 && left > 1500, `${written} written, ${left} left to the generic path`);
});
