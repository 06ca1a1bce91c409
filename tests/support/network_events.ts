/**
 * Events of a whole made-up network, with all asked for that can become events.
 *
 * @module
 */
import { decodeFrame } from "../../src/atproto/frame.ts";
import { EVENT_KINDS } from "../../src/events/definition.ts";
import { EventEncoder } from "../../src/events/encoder.ts";
import type { ContentMode } from "../../src/events/record_layout.ts";
import { WHOLE_RECORD_TYPES } from "../../src/events/registry.ts";
import { rulesOf } from "../../src/filter/collections.ts";
import { Filter, UNFILTERED } from "../../src/filter/filter.ts";
import type { ProducerRecord } from "../../src/record/producer_record.ts";
import type { SimulatedFrame } from "../../src/simulator/messages.ts";
import { type Mix, NETWORK_MIX } from "../../src/simulator/mix.ts";
import { createNetwork } from "../../src/simulator/network.ts";
import { encoderOptions } from "./events.ts";

/** Everything often enough for a short stream. */
const MIX: Mix = {
  ...NETWORK_MIX,
  like: 20,
  repost: 10,
  follow: 10,
  block: 10,
  foreign: 20,
  profile: 8,
  update: 12,
  delete: 50,
  identity: 4,
  account: 4,
  sync: 4,
  reset: 1,
  "broken-chain": 1,
};

/** So many messages of a network in which everything happens. */
export async function networkFrames(count: number): Promise<SimulatedFrame[]> {
  const network = await createNetwork({
    seed: 11,
    accounts: 20,
    pastRecords: 40,
    firstSeq: 31_500_000_000,
    startMs: Date.UTC(2026, 0, 1),
    stepMs: 5,
    mix: MIX,
  });
  const frames: SimulatedFrame[] = [];
  for (let i = 0; i < count; i++) frames.push(await network.next());
  return frames;
}

/** After all simulated times. */
const RECEIVED_MS = Date.UTC(2026, 5, 1);

/** What the producer makes of messages where everything is wanted. */
export class WholeNetwork {
  readonly #filter = new Filter({ collections: rulesOf(["*"]), ...UNFILTERED, events: EVENT_KINDS });
  readonly #encoder: EventEncoder;

  constructor(mode: ContentMode = "structured") {
    this.#encoder = new EventEncoder(encoderOptions(WHOLE_RECORD_TYPES, mode));
  }

  /** The finished records of a message; what cannot be used is an error. */
  records(bytes: Uint8Array): ProducerRecord[] {
    const frame = decodeFrame(bytes);
    if (frame.kind === "identity" || frame.kind === "account" || frame.kind === "sync") {
      return [this.#encoder.encodeAccount(frame, RECEIVED_MS)];
    }
    if (frame.kind !== "commit") return [];
    return this.#filter.read(frame).map((op) => {
      const encoded = op.kind === "rejected" ? op : this.#encoder.encode(op, 0);
      if ("kind" in encoded) throw new Error(JSON.stringify(encoded));
      return encoded;
    });
  }
}

/** An event as a consumer reads it. */
export interface NetworkEvent {
  readonly [attribute: string]: unknown;
  readonly type: string;
  readonly id: string;
  readonly subject: string;
  readonly time: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The structured events of a message. */
export function networkEvents(network: WholeNetwork, bytes: Uint8Array): NetworkEvent[] {
  return network.records(bytes).map(({ value }) => JSON.parse(new TextDecoder().decode(value)));
}

/** The events of so many messages. */
export async function manyNetworkEvents(count: number): Promise<NetworkEvent[]> {
  const network = new WholeNetwork();
  return (await networkFrames(count)).flatMap(({ bytes }) => networkEvents(network, bytes));
}
