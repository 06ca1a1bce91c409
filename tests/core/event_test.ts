import { assert, assertEquals } from "@std/assert";
import type { EventMakerOptions } from "../../src/pipeline/event_maker.ts";
import { OUT_BYTES } from "../../src/plane/memory.ts";
import * as b from "../fuzz/bytes.ts";
import { assertTaken, BINARY, commitOfRecords, eventsOf, OTHER, POST, record, TYPED, WHOLE } from "../support/core.ts";
import { RECORDED, recorded } from "../support/messages.ts";
import { networkFrames } from "../support/network_events.ts";
import { BothWays } from "../support/plane.ts";

const MESSAGES = (await networkFrames(400)).map(({ bytes }) => bytes);
for (const file of RECORDED) MESSAGES.push(...await recorded(file));
const BLOCK = 16_300;

/** So many commits, each with records that become far longer as JSON than they are. */
function growing(collection: string, field: string, commits: number, records: number): Uint8Array[] {
  const items = b.concat(b.head(4, BLOCK), b.fill(BLOCK, 0x40));
  return Array.from({ length: commits }, (_, i) =>
    commitOfRecords(
      Array.from({ length: records }, (_, n) => [collection, record({ n: b.head(0, i * 100 + n), [field]: items })]),
    ));
}

Deno.test("encodeEvent() writes nothing past OUT of whole records that become fourteen times as long", () => {
  const { events, byCore } = eventsOf(growing(OTHER, "x", 12, 4), WHOLE);
  assert(events === 48 && byCore > 20, `${byCore} of ${events}`);
  assert(48 * BLOCK * 14 > OUT_BYTES);
});

Deno.test("encodeEvent() writes nothing past OUT of parts that become eighteen times as long", () => {
  const { events, byCore } = eventsOf(growing(POST, "facets", 12, 4), TYPED);
  assert(events === 48 && byCore > 20, `${byCore} of ${events}`);
});

const LAYOUTS = {
  structured: TYPED,
  "keyed by URI": { ...TYPED, layout: { ...TYPED.layout, key: "uri" } },
  binary: { ...BINARY, layout: { ...BINARY.layout, key: "did" } },
  "binary, keyed by URI": BINARY,
  "whole records": WHOLE,
  "whole records, binary, keyed by URI": { ...WHOLE, layout: BINARY.layout },
  "a topic for each collection": {
    ...WHOLE,
    layout: { ...TYPED.layout, topicOf: ({ collection }) => `t-${collection}` },
  },
  "a sample, whose rate is in the events": {
    ...WHOLE,
    selection: { ...WHOLE.selection, sampleRates: { rest: 0.5, of: [] } },
  },
} satisfies { readonly [name: string]: EventMakerOptions };

for (const [name, options] of Object.entries<EventMakerOptions>(LAYOUTS)) {
  Deno.test(`encodeEvent() writes every event type of the simulator and of the recordings: ${name}`, () => {
    const ways = new BothWays(options);
    for (let from = 0; from < MESSAGES.length; from += 100) ways.compare(MESSAGES.slice(from, from + 100));
    const { events, byCore } = ways.taken;
    assert(events > 150 && byCore > events * 0.8, `${byCore} of ${events}`);
  });
}

Deno.test("encodeEvent() writes creates and updates, with a DID, a path and texts of every length", () => {
  for (const options of Object.values<EventMakerOptions>(LAYOUTS).slice(0, 6)) {
    for (const action of ["create", "update"]) {
      for (const length of [1, 15, 16, 17, 100, 512]) {
        const block = record({ a: b.text('"'.repeat(length)), text: b.text("é".repeat(length)) });
        const cid = b.cidOf(block);
        const op = b.op(action, `${POST}/${"k".repeat(length)}`, cid);
        const fields = {
          repo: b.text(`did:web:${"d".repeat(length * 3)}`),
          rev: b.text("r".repeat(Math.min(length, 64))),
        };
        assertTaken(b.commit([op], b.car(cid, [b.section(cid, block)]), fields), options, 1, `${action} ${length}`);
      }
    }
  }
});

Deno.test("writeChoice() chooses by each of the texts that it knows, and null by any other", () => {
  const embeds = ["external", "record", "recordWithMedia", "images", "video", "externa", "externals", ""];
  for (const kind of embeds) {
    const within = b.map([["uri", b.text("u1")], ["record", b.map([["uri", b.text("u2")]])]]);
    for (const field of ["external", "record"]) {
      const embed = b.map([["$type", b.text(`app.bsky.embed.${kind}`)], [field, within]]);
      assertTaken(commitOfRecords([[POST, record({ embed })]]), undefined, 1, `${kind} ${field}`);
    }
  }
});

Deno.test("the source may have any length and any character", () => {
  const ways = new BothWays(TYPED);
  const message = commitOfRecords([[POST, record({ text: b.text("t") })]]);
  for (const source of ["wss://a/", `wss://example.com/${"x".repeat(3000)}`, "ws://localhost:1/?\"'\\é"]) {
    ways.source = source;
    ways.compare([message, message]);
  }
  assertEquals(ways.taken.byCore, 6);
});
