/**
 * The core and the generic path on the same hostile message.
 *
 * @module
 */
import { EVENT_KINDS } from "../../src/events/definition.ts";
import { COLLECTIONS } from "../../src/events/registry.ts";
import { rulesOf } from "../../src/filter/collections.ts";
import { UNFILTERED } from "../../src/filter/filter.ts";
import type { EventMakerOptions } from "../../src/pipeline/event_maker.ts";
import { layoutOf } from "../support/events.ts";
import { BothWays } from "../support/plane.ts";
import { array, commitOf, map, text } from "./bytes.ts";

/** What the core is configured for. */
const OPTIONS: readonly EventMakerOptions[] = [
  {
    selection: { ...UNFILTERED, collections: rulesOf(COLLECTIONS) },
    layout: { ...layoutOf("binary", "t"), key: "uri", time: "event" },
    wholeRecords: false,
    handles: null,
    usualVerdict: null,
  },
  {
    selection: { ...UNFILTERED, collections: rulesOf(["*"]) },
    layout: { ...layoutOf("structured", "t"), time: "event" },
    wholeRecords: true,
    handles: null,
    usualVerdict: null,
  },
  {
    selection: { ...UNFILTERED, collections: rulesOf(["*"]), events: EVENT_KINDS },
    layout: layoutOf("structured", "t"),
    wholeRecords: false,
    handles: null,
    usualVerdict: null,
  },
];

/** Messages come in batches: so the records of the hostile one are in other rows and lanes. */
const NEIGHBOUR = commitOf("app.bsky.feed.post", map([["text", text("beside")], ["langs", array([text("en")])]]));
const NEIGHBOURS = 2;

/** Compares both for one configuration. */
export class CoreCheck {
  readonly #ways: BothWays;

  constructor(options: EventMakerOptions) {
    this.#ways = new BothWays(options);
  }

  /** The producer's own way with a message: what is timed. */
  make(bytes: Uint8Array): void {
    this.#ways.make(bytes);
  }

  /** Fails unless both make the same of messages that come together; how many of their events the core made. */
  compare(...messages: readonly Uint8Array[]): number {
    const before = this.#ways.taken.byCore;
    this.#ways.compare([NEIGHBOUR, ...messages, NEIGHBOUR]);
    const found = this.#ways.taken.byCore - before - NEIGHBOURS;
    if (found < 0) throw new Error("The core left a usual message alone that came with it");
    return found;
  }
}

/** One for each configuration. To change between them takes the core longer than most messages do. */
export const CORE_CHECKS: readonly CoreCheck[] = OPTIONS.map((options) => new CoreCheck(options));
