import { assert } from "@std/assert";
import { EVENT_KINDS } from "../../src/events/definition.ts";
import { COLLECTIONS } from "../../src/events/registry.ts";
import { rulesOf } from "../../src/filter/collections.ts";
import { UNFILTERED } from "../../src/filter/filter.ts";
import type { EventMakerOptions } from "../../src/pipeline/event_maker.ts";
import { layoutOf, SOME_HANDLES } from "../support/events.ts";
import { RECORDED, recorded } from "../support/messages.ts";
import { networkFrames } from "../support/network_events.ts";
import { BothWays } from "../support/plane.ts";

const DEFAULT: EventMakerOptions = {
  selection: { ...UNFILTERED, collections: rulesOf(COLLECTIONS) },
  layout: { ...layoutOf("structured", "t"), time: "event" },
  wholeRecords: false,
  handles: null,
  usualVerdict: null,
};
/** What the core is told in different words. */
const WAYS: { readonly [name: string]: EventMakerOptions } = {
  "the default": DEFAULT,
  "binary events, keyed by URI": { ...DEFAULT, layout: { ...layoutOf("binary", "t"), key: "uri" } },
  "whole records of all collections": {
    ...DEFAULT,
    selection: { ...UNFILTERED, collections: rulesOf(["*"]) },
    wholeRecords: true,
    handles: null,
    usualVerdict: null,
  },
  "everything": {
    ...DEFAULT,
    selection: { ...UNFILTERED, events: EVENT_KINDS, collections: rulesOf(["*", "!app.bsky.feed.like"]) },
  },
  "handles": { ...DEFAULT, handles: SOME_HANDLES },
  "handles of everything, keyed by URI": {
    layout: { ...layoutOf("binary", "t"), key: "uri" },
    selection: { ...UNFILTERED, events: EVENT_KINDS, collections: rulesOf(["*"]) },
    wholeRecords: true,
    handles: SOME_HANDLES,
    usualVerdict: null,
  },
  "a sample": { ...DEFAULT, selection: { ...DEFAULT.selection, sampleRates: { rest: 0.5, of: [] } } },
};

/** Made once: to sign them takes longer than all else here. */
const NETWORK = (await networkFrames(1500)).map(({ bytes }) => bytes);

for (const [name, options] of Object.entries(WAYS)) {
  Deno.test(`Plane makes of recorded and simulated messages what the other way makes: ${name}`, async () => {
    const ways = new BothWays(options);
    for (const file of RECORDED) ways.compare(await recorded(file));
    for (let from = 0; from < NETWORK.length; from += 300) ways.compare(NETWORK.slice(from, from + 300));
    const { commits, usual, events, byCore } = ways.taken;
    assert(commits > 1200 && events > 400, `${commits} commits, ${events} events`);
    // The simulator's accounts follow and block each other a lot, and handles of two accounts are for the host.
    const [leastUsual, leastByCore] = options.handles === null ? [0.75, 0.6] : [0.45, 0.45];
    const is = `${usual} of ${commits}, ${byCore} of ${events}`;
    assert(usual > commits * leastUsual && byCore > events * leastByCore, is);
  });
}
