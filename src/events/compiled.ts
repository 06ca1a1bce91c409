/**
 * The event types of records, compiled for one source, layout and sample: what the fast path and the core write from.
 *
 * @module
 */
import { EVERY_OTHER, type RecordDefinition } from "./definition.ts";
import { type Envelope, type Framing, framingOf } from "./framing.ts";
import type { HandleSource } from "./handle_source.ts";
import { type Plan, planOf } from "./plan.ts";
import type { RecordLayout } from "./record_layout.ts";
import type { MoreAttributes } from "./verdict.ts";

/** How many made-up collections may be remembered. */
const MAX_COLLECTIONS = 1024;

/** What an encoder is made for. */
export interface EncoderOptions {
  readonly types: readonly RecordDefinition[];
  /** The firehose URL without its query. */
  readonly source: string;
  readonly layout: RecordLayout;
  /** How many records of a collection one event stands for; null where none is left out. */
  readonly sampledRate: (collection: string) => number | null;
  /** Null where no handles are asked for. */
  readonly handles: HandleSource | null;
  /** What all events have behind the other attributes. */
  readonly more: MoreAttributes;
}

/** An event type of a collection, ready to be written. */
export interface Compiled {
  readonly plan: Plan;
  readonly envelope: Envelope;
}

/** Compiles types, and the envelope of each collection when its first record comes. */
export class CompiledTypes {
  readonly framing: Framing;
  readonly layout: RecordLayout;
  readonly handles: HandleSource | null;
  readonly #sampledRate: EncoderOptions["sampledRate"];
  readonly #more: MoreAttributes;
  readonly #plans: ReadonlyMap<string, { readonly type: string; readonly plan: Plan }>;
  /** By collection. */
  readonly #compiled = new Map<string, Compiled>();

  constructor({ types, source, layout, sampledRate, handles, more }: EncoderOptions) {
    this.framing = framingOf(layout.mode, source, layout.key);
    this.layout = layout;
    this.handles = handles;
    this.#sampledRate = sampledRate;
    this.#more = more;
    this.#plans = new Map(
      types.map((each) => [each.collection, { type: each.type, plan: planOf(each, handles !== null) }]),
    );
  }

  /** The most slots that a type has. */
  get slots(): number {
    return Math.max(0, ...this.#plans.values().map(({ plan }) => plan.slots));
  }

  /** The type of a collection's records; null where it has none. */
  of(collection: string): Compiled | null {
    return this.#compiled.get(collection) ?? this.#compile(collection);
  }

  #compile(collection: string): Compiled | null {
    const found = this.#plans.get(collection) ?? this.#plans.get(EVERY_OTHER);
    if (found === undefined) return null;
    const { type, plan } = found;
    const topic = this.layout.topicOf({ type, kind: "records", collection });
    const rate = this.#sampledRate(collection);
    const attributes = { collection, ...(rate === null ? {} : { sampledrate: rate }), ...this.#more };
    const envelope = this.framing.envelopeOf(type, topic, attributes);
    const compiled = { plan, envelope };
    if (this.#compiled.size === MAX_COLLECTIONS) this.#compiled.clear();
    this.#compiled.set(collection, compiled);
    return compiled;
  }
}
