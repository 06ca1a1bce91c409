import { assert, assertEquals } from "@std/assert";
import { EVENT_KINDS } from "../../src/events/definition.ts";
import { accountFilter } from "../../src/filter/accounts.ts";
import { rulesOf } from "../../src/filter/collections.ts";
import { DidSet } from "../../src/filter/dids.ts";
import type { SampleRates } from "../../src/filter/sample.ts";
import { PostFilter } from "../../src/filter/posts.ts";
import type { EventMakerOptions } from "../../src/pipeline/event_maker.ts";
import * as b from "../fuzz/bytes.ts";
import { BINARY, commitOfRecords, LIKE, POST, record, TYPED, WHOLE } from "../support/core.ts";
import { SOURCE } from "../support/events.ts";
import { networkFrames } from "../support/network_events.ts";
import { BothWays, type Taken } from "../support/plane.ts";

const FRAMES = await networkFrames(600);
const MESSAGES = FRAMES.map(({ bytes }) => bytes);

/** What the core took of the simulator's messages, 150 at a time. */
function compareAll(options: EventMakerOptions, between: (place: number, ways: BothWays) => void = () => {}): Taken {
  const ways = new BothWays(options);
  for (let from = 0; from < MESSAGES.length; from += 150) {
    ways.compare(MESSAGES.slice(from, from + 150), (place) => between(from + place, ways));
  }
  return ways.taken;
}

function assertMostByCore({ events, byCore }: Taken, least: number): void {
  assert(events >= least && byCore > events * 0.75, `${byCore} of ${events} by the core`);
}

Deno.test("Plane writes the source that holds when a frame is read, also in the middle of a batch", () => {
  for (const options of [TYPED, BINARY]) {
    const sources = [`${SOURCE}/a`, "wss://b.example/", `wss://c.example/${"x".repeat(200)}`];
    // Before the first frame, between two of one chunk, at its last, and at every single one.
    for (const when of [[0], [10, 11, 12], [127, 128, 129], Array.from({ length: 40 }, (_, i) => i)]) {
      const taken = compareAll(options, (place, ways) => {
        if (when.includes(place % 150)) ways.source = sources[place % sources.length] ?? SOURCE;
      });
      assertMostByCore(taken, 150);
    }
  }
});

Deno.test("Plane asks for accounts when it reads a frame, whatever the lists said when it was decoded", () => {
  const dids = [...new Set(FRAMES.map(({ did }) => did))];
  const half = dids.filter((_, i) => i % 2 === 0);
  const lists = [half, dids.filter((did) => !half.includes(did)), dids, []].map((list) => new DidSet(list));
  const accounts = accountFilter({ shard: null, dids: lists[0] ?? null, excludeDids: null });
  assert(accounts !== null);
  const options = { ...TYPED, selection: { ...TYPED.selection, accounts } };
  assertMostByCore(compareAll(options), 50);
  // The lists are those of both ways.
  const taken = compareAll(options, (place) => accounts.dids = lists[Math.floor(place / 7) % lists.length] ?? null);
  assert(taken.events > 50 && taken.byCore > 20, `${taken.byCore} of ${taken.events}`);
  accounts.dids = null;
  accounts.excludeDids = lists[0] ?? null;
  assertMostByCore(compareAll(options), 50);
});

Deno.test("Plane takes shards of the accounts", () => {
  let events = 0;
  for (const index of [0, 1, 2]) {
    const accounts = accountFilter({ shard: { index, count: 3 }, dids: null, excludeDids: null });
    const taken = compareAll({ ...TYPED, selection: { ...TYPED.selection, accounts } });
    assert(taken.byCore > taken.events * 0.7, `${taken.byCore} of ${taken.events}`);
    events += taken.events;
  }
  assertEquals(events, compareAll(TYPED).events);
});

Deno.test("The filter of posts behind Plane takes posts by language and kind, and counts the others", () => {
  for (const posts of ["root", "replies"] as const) {
    for (const langs of [null, ["en"]]) {
      const selection = { ...TYPED.selection, posts: new PostFilter({ langs, posts }) };
      assertMostByCore(compareAll({ ...TYPED, selection }), 50);
    }
  }
  const post = (langs: string) => commitOfRecords([[POST, record({ langs: b.array([b.text(langs)]) })]]);
  const ways = new BothWays({
    ...TYPED,
    selection: { ...TYPED.selection, posts: new PostFilter({ langs: ["de"], posts: "all" }) },
  });
  ways.compare([post("en"), post("de"), post("de-AT"), post("fr")]);
  assertEquals(ways.taken, { commits: 4, usual: 4, events: 2, byCore: 2 });
});

Deno.test("Plane takes the same sample by both ways, by collection too", () => {
  const rates: readonly SampleRates[] = [
    { rest: 0.1, of: [] },
    { rest: 1, of: [[LIKE, 0.2]] },
    { rest: 0.3, of: [["app.bsky.graph.*", 1]] },
  ];
  for (const sampleRates of rates) {
    const taken = compareAll({ ...WHOLE, selection: { ...WHOLE.selection, sampleRates } });
    assert(taken.events > 10 && taken.byCore > taken.events * 0.6, `${taken.byCore} of ${taken.events}`);
  }
});

Deno.test("Plane makes events of deletes, tombstones and messages about accounts beside the core's", () => {
  const selection = { ...TYPED.selection, collections: rulesOf(["*"]), events: EVENT_KINDS };
  for (const tombstones of [false, true]) {
    const layout = { ...BINARY.layout, tombstones };
    const { events, byCore } = compareAll({ ...TYPED, selection, layout });
    assert(events > 200 && byCore > 100 && byCore < events, `${byCore} of ${events}`);
  }
});

Deno.test("Plane makes no events where only deletes are asked for, or nothing", () => {
  for (const events of [["deletes"], ["identity"]] as const) {
    assertEquals(compareAll({ ...TYPED, selection: { ...TYPED.selection, events } }).byCore, 0);
  }
});
