/**
 * What the bench runs: each entry is a stage under a name of its own, with what it is given.
 *
 * @module
 */
import { COLLECTIONS } from "../src/events/registry.ts";

/** One entry of the plan. */
export interface Run {
  /** The name in the tables. */
  readonly name: string;
  /** The stage of stage.ts. */
  readonly stage: string;
  /** What it is, for the tables. */
  readonly doc: string;
  readonly warm: number;
  readonly frames: number;
  /** Frames a second that the firehose sends; null where none is needed. */
  readonly rate: number | "max" | null;
  /** Partitions of its topic; null where no broker is needed. */
  readonly partitions: number | null;
  readonly collections: readonly string[];
  /** Whose frames: of a thousand accounts, of one, or each of another one of a hundred thousand. */
  readonly accounts: "many" | "one" | "each";
}

const BASE = { collections: COLLECTIONS, accounts: "many" } as const;
const MEMORY = { ...BASE, rate: null, partitions: null, warm: 20_000, frames: 60_000 } as const;
const VERIFY = { ...MEMORY, warm: 2000, frames: 15_000 } as const;
const SOCKET = { ...BASE, rate: "max", partitions: null, warm: 50_000, frames: 150_000 } as const;
const WHOLE = { ...BASE, stage: "whole", rate: "max", partitions: 4, warm: 60_000, frames: 200_000 } as const;
const GROWTH = { ...WHOLE, frames: 120_000 } as const;

/** The stages and ratios that say how fast it is. */
export const STAGES: readonly Run[] = [
  { ...SOCKET, name: "socket", stage: "socket", doc: "a native WebSocket that does nothing" },
  { ...SOCKET, name: "receive", stage: "receive", doc: "our subscription, nothing decoded" },
  { ...MEMORY, name: "decode", stage: "decode", doc: "frames to records, hashes checked" },
  { ...MEMORY, name: "map", stage: "map", doc: "frames to finished events, hashes checked" },
  { ...MEMORY, name: "map-unusual", stage: "map-unusual", doc: "the same without the core, as unusual frames go" },
  { ...MEMORY, name: "map-handles", stage: "map-handles", doc: "map with handles, of accounts that are all known" },
  { ...MEMORY, name: "unwanted", stage: "unwanted", doc: "the same frames, nothing in them wanted" },
  {
    ...MEMORY,
    name: "atproto-sync",
    stage: "atproto-sync",
    doc: "parseCommitUnauthenticated on the same frames",
    warm: 2000,
    frames: 6000,
  },
  { ...VERIFY, name: "verify-signatures", stage: "verify-signatures", doc: "signatures verified, keys known" },
  { ...VERIFY, name: "verify-proofs", stage: "verify-proofs", doc: "the same, and the proofs of the operations" },
  {
    ...VERIFY,
    name: "atproto-authenticated",
    stage: "atproto-authenticated",
    doc: "parseCommitAuthenticated on the same frames",
    warm: 500,
    frames: 1500,
  },
  {
    ...BASE,
    name: "produce",
    stage: "produce",
    doc: "finished records into Kafka",
    rate: null,
    partitions: 4,
    warm: 40_000,
    frames: 200_000,
  },
  {
    ...BASE,
    name: "kafkajs-plain",
    stage: "kafkajs-plain",
    doc: "the same records by KafkaJS as it comes",
    rate: null,
    partitions: 4,
    warm: 10_000,
    frames: 30_000,
  },
  { ...WHOLE, name: "whole", doc: "the whole way, firehose to acknowledged" },
  {
    ...WHOLE,
    name: "javascript-peer",
    stage: "javascript-peer",
    doc: "the same way as the packages' documentation has it",
    warm: 4000,
    frames: 16_000,
  },
  {
    ...WHOLE,
    name: "rust-peer",
    stage: "rust-peer",
    doc: "the same way in Rust: tokio-tungstenite, serde, rdkafka",
  },
  {
    ...WHOLE,
    name: "go-peer",
    stage: "go-peer",
    doc: "the same way in Go: indigo, franz-go",
    warm: 10_000,
    frames: 40_000,
  },
];

const LIKE = "app.bsky.feed.like";
/** Wanted, and in no frame: so that the events are the same, and only the choice is larger. */
const ABSENT = ["post", "repost", "like", "generator", "postgate"].map((name) => `app.bsky.feed.${name}x`);

/** What must not cost more as things grow. */
export const GROWTHS: readonly Run[] = [
  { ...GROWTH, name: "1 partition", doc: "", partitions: 1 },
  { ...GROWTH, name: "64 partitions", doc: "", partitions: 64 },
  { ...GROWTH, name: "1 DID", doc: "", accounts: "one" },
  { ...GROWTH, name: "100000 DIDs", doc: "", accounts: "each" },
  { ...GROWTH, name: "1 collection", doc: "", collections: [LIKE] },
  { ...GROWTH, name: "6 collections", doc: "", collections: [LIKE, ...ABSENT] },
  // Of more frames than a stage in memory has otherwise, as encoding alone takes a third of that.
  { ...MEMORY, name: "typed", stage: "typed", doc: "", frames: 300_000 },
  { ...MEMORY, name: "whole records", stage: "whole-records", doc: "", frames: 300_000 },
];

/** The whole way under a profiler, which slows it. */
export const PROFILE: Run = { ...WHOLE, name: "profile", stage: "profile", doc: "" };

/** One row of the table of options. */
export interface OptionRun {
  readonly name: string;
  /**
   * What `stream` is given besides firehose and topic. `@{all}` is a file of all accounts, `@{million}` one that has them
   * among a million, `@{others}` a million others; a topic of its own has a name that begins with `@{prefix}`.
   */
  readonly flags: readonly string[];
  /** Whether each time round the frames are of new accounts: of the same ones they would be repeats. */
  readonly accounts?: "same" | "new";
  /** Whether relay and broker are read and written over TLS. */
  readonly tls?: boolean;
}

/** What the others are compared with. */
export const DEFAULT: OptionRun = { name: "the default", flags: [] };

/** What each option costs beside the default. */
export const OPTIONS: readonly OptionRun[] = [
  DEFAULT,
  option("--content-mode binary"),
  option("--events all"),
  option("--collections *"),
  option("--whole-records"),
  {
    name: "--events all --collections * --whole-records",
    flags: ["--events", "all", "--collections", "*", "--whole-records"],
  },
  { name: "--dids with 1,000", flags: ["--dids", "@{all}"] },
  { name: "--dids with 1,000,000", flags: ["--dids", "@{million}"] },
  { name: "--exclude-dids with 1,000,000", flags: ["--exclude-dids", "@{others}"] },
  option("--langs en,ja,pt"),
  option("--posts root"),
  option("--sample-rate 1.0,app.bsky.feed.like=0.1"),
  option("--shard 0/2"),
  { name: "--kafka-topic with {type}", flags: ["--kafka-topic", "@{prefix}{type}"] },
  option("--events records,deletes --remember-subjects 1000000"),
  { name: "--track-repos 500000", flags: ["--track-repos", "500000"], accounts: "new" },
  { name: "--verify signatures", flags: ["--verify", "signatures", "--plc-url", "@{directory}", "--plc-rate", "1000"] },
  { name: "--verify proofs", flags: ["--verify", "proofs", "--plc-url", "@{directory}", "--plc-rate", "1000"] },
  option("--kafka-key uri"),
  option("--kafka-timestamp send"),
  {
    name: "--delivery exactly-once",
    flags: ["--delivery", "exactly-once", "--transactional-id", "@{prefix}job"],
  },
  { name: "TLS to the relay and to the brokers", flags: [], tls: true },
  {
    name: "--events all --kafka-key uri --tombstones",
    flags: ["--events", "all", "--kafka-key", "uri", "--tombstones"],
  },
];

/** The row of a flag, and perhaps its value. */
function option(flag: string): OptionRun {
  return { name: flag, flags: flag.split(" ") };
}

/** The producer at the rates of the live network. */
export const LIVE: readonly Run[] = [
  { ...WHOLE, name: "live at 2000/s", stage: "live", doc: "", rate: 2000, warm: 20_000, frames: 40_000 },
  { ...WHOLE, name: "live at 100/s", stage: "live", doc: "", rate: 100, warm: 1000, frames: 1500 },
];
