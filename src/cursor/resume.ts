/**
 * Where a run resumes: one decision, from everything that is known. docs/delivery.md has it as a table, with a test for
 * each row.
 *
 * What was saved last counts, by the number of the run that saved it and not by a clock. "There never was a cursor" and
 * "the cursor is gone" are two cases: when it is gone, the topic's own last records show how far this job got, and where
 * they show nothing the stream starts live with a gap. Nothing is skipped in silence.
 *
 * @module
 */
import type { StartAt, StartPoint } from "../upstream/upstream.ts";
import type { Cursor, Place } from "./cursor.ts";

/** The choice made on the command line; null leaves it to the evidence. */
export type CursorChoice =
  | { readonly kind: "live" }
  | { readonly kind: "oldest" }
  | { readonly kind: "seq"; readonly seq: number }
  /** What the relay got at that time, in milliseconds since 1970, or later. */
  | { readonly kind: "time"; readonly timeMs: number }
  /** The saved cursor, whoever saved it. */
  | { readonly kind: "adopt" }
  | null;

/** What one store of cursors holds. `name` is for people, such as `the file "/data/cursor"`. */
export type StoreEvidence =
  /** Nothing, and no trace of a cursor. */
  | { readonly kind: "none"; readonly name: string }
  | {
    readonly kind: "cursor";
    readonly name: string;
    readonly cursor: Cursor;
    /** The places reached on other relays, by host. */
    readonly others: ReadonlyMap<string, Place>;
    /** Whether this job saved it: `unknown` where it names no owner, such as a file of the Python bridge. */
    readonly owner: "own" | "unknown" | "recreated" | { readonly differences: readonly string[] };
  }
  /** Something that is no cursor of ours stands in its place. */
  | { readonly kind: "foreign"; readonly name: string; readonly detail: string };

/** How far this job got, by the last records of its topic; `none` where it has no record of this job. */
export type TopicEvidence = { readonly kind: "none" } | {
  readonly kind: "place";
  readonly host: string;
  readonly seq: number;
};

/** Everything from which the decision is made. */
export interface Evidence {
  readonly choice: CursorChoice;
  /** The hosts of the relays that may be read, in the order in which they are tried. */
  readonly relays: readonly [string, ...string[]];
  /** Whether events may be delivered again: with delivery at least once. */
  readonly mayRepeat: boolean;
  /** Where this way of delivery keeps the cursor. */
  readonly own: StoreEvidence;
  /** Where the other way of delivery keeps it: from there a job resumes when it has changed over. */
  readonly other: StoreEvidence;
  /** Whether the brokers have seen an earlier run of this job. */
  readonly ranBefore: boolean;
  /** Null until the topic has been read, which takes a while and is seldom needed. */
  readonly topic: TopicEvidence | null;
}

/** What an operator may want to choose in place of a decision. */
export type ResumeCode = "SEEKS_BY_TIME" | "STARTS_LIVE";

/** What to report to the operator. */
export interface ResumeNote {
  readonly level: "info" | "warn" | "error";
  readonly text: string;
  /** Null where there is no other choice. */
  readonly code: ResumeCode | null;
}

/** Where to resume. */
export interface Start extends StartPoint {
  readonly kind: "start";
  /** The relay to begin with. */
  readonly host: string;
  /** The number of this run, higher than that of every run before. */
  readonly epoch: number;
  /** In a few words, for the line that says where the stream starts. */
  readonly origin: string;
  readonly notes: readonly ResumeNote[];
}

/** The decision. */
export type Resume =
  | Start
  /** The topic decides, and has not been read: read it and decide again. */
  | { readonly kind: "read-topic" }
  /** No start without a human: what is wrong. */
  | { readonly kind: "refused"; readonly problem: string };

const PLAIN = { recent: [], usualStep: null, notes: [] } as const;
const LIVE: StartAt = { kind: "live" };

function after(seq: number, time: string | null = null): StartAt {
  return { kind: "after", seq, time };
}

/** Decides where to resume. */
export function decideResume(evidence: Evidence): Resume {
  const { choice, relays, own } = evidence;
  const shared = { kind: "start", host: relays[0], epoch: nextEpoch(evidence), known: placesOf(evidence) } as const;
  switch (choice?.kind) {
    case "live":
      return { ...shared, ...PLAIN, at: LIVE, origin: "live (as chosen)" };
    case "oldest":
      return { ...shared, ...PLAIN, at: after(0), origin: "oldest (as chosen)" };
    case "seq":
      return { ...shared, ...PLAIN, at: after(choice.seq), origin: `${choice.seq} (as chosen)` };
    case "time": {
      const time = new Date(choice.timeMs).toISOString();
      return { ...shared, ...PLAIN, at: { kind: "time", time }, origin: `${time} (as chosen)` };
    }
  }
  if (own.kind === "cursor" && typeof own.owner === "object" && choice === null) {
    return {
      kind: "refused",
      problem: `The cursor in ${own.name} belongs to another job: ${own.owner.differences.join("; ")}`,
    };
  }
  const saved = newestCursor(evidence);
  return saved === null ? withoutCursor(evidence, shared) : fromCursor(saved, evidence, shared);
}

type SavedCursor = Extract<StoreEvidence, { kind: "cursor" }>;
type Shared = Pick<Start, "kind" | "host" | "epoch" | "known">;

function nextEpoch({ own, other }: Evidence): number {
  const epochs = [own, other].map((store) => store.kind === "cursor" ? store.cursor.epoch ?? 0 : 0);
  return 1 + Math.max(...epochs);
}

/** The places on other relays, which only a file keeps; those of another job count where they are taken over. */
function placesOf({ choice, own, other }: Evidence): ReadonlyMap<string, Place> {
  const isMine = (store: SavedCursor) => typeof store.owner !== "object" || choice?.kind === "adopt";
  const stores = [own, other].filter((store) => store.kind === "cursor");
  return stores.find((store) => isMine(store) && store.others.size > 0)?.others ?? new Map();
}

/** The cursor that this job saved last; null if there is none. */
function newestCursor({ choice, own, other }: Evidence): SavedCursor | null {
  const mine = own.kind === "cursor" ? own : null;
  // The other store's cursor has to be this job's; one without an owner counts where there is no other evidence.
  const isCandidate = other.kind === "cursor" && typeof other.owner !== "object" &&
    (other.owner !== "unknown" || mine === null);
  const theirs = isCandidate ? other : null;
  if (mine === null || theirs === null || choice?.kind === "adopt") return mine ?? theirs;
  return isNewer(theirs.cursor, mine.cursor) ? theirs : mine;
}

/** By the number of the run; cursors of versions that did not count their runs by when they were saved. */
function isNewer(one: Cursor, other: Cursor): boolean {
  const [first, second] = [one.epoch ?? 0, other.epoch ?? 0];
  if (first !== second) return first > second;
  if (one.savedAt === undefined || other.savedAt === undefined) return one.seq > other.seq;
  return Date.parse(one.savedAt) > Date.parse(other.savedAt);
}

function fromCursor({ cursor, name, owner }: SavedCursor, { relays, mayRepeat }: Evidence, shared: Shared): Start {
  const notes: ResumeNote[] = owner !== "recreated" ? [] : [{
    level: "warn",
    text: "The topic was deleted and created again after the cursor was saved. The stream resumes from the cursor; " +
      "events of the old topic are not written again",
    code: null,
  }];
  const { seq, time, host: savedHost, recent = [], usualStep = null } = cursor;
  if (savedHost === null || relays.includes(savedHost)) {
    const host = savedHost ?? shared.host;
    return {
      ...shared,
      ...PLAIN,
      notes,
      host,
      at: after(seq, time),
      recent,
      usualStep,
      origin: `${seq} (cursor in ${name}${time === null ? "" : ` at ${time}`})`,
    };
  }
  for (const host of relays) {
    const place = shared.known.get(host);
    if (place === undefined) continue;
    const origin = `${place.seq} (last place on ${host}${place.time === null ? "" : ` at ${place.time}`})`;
    return { ...shared, ...PLAIN, notes, at: after(place.seq, place.time), host, origin };
  }
  const { host } = shared;
  const left = { host: savedHost, seq, time };
  const what = `The cursor ${seq} belongs to the relay ${savedHost}, which is no longer configured`;
  if (mayRepeat && !Number.isNaN(Date.parse(time ?? ""))) {
    const text = `${what}: seeking by timestamp on ${host}. Some events are delivered again`;
    const origin = `shortly before ${time} (the cursor is another relay's)`;
    const note = { level: "warn", text, code: "SEEKS_BY_TIME" } as const;
    const at = { kind: "other-relay", left, seeks: true } as const;
    return { ...shared, ...PLAIN, at, recent, origin, notes: [...notes, note] };
  }
  const text = `${what}: starting live on ${host}, with a gap`;
  const note = { level: "error", text, code: "STARTS_LIVE" } as const;
  const origin = "live (the cursor is another relay's)";
  const at = { kind: "other-relay", left, seeks: false } as const;
  return { ...shared, ...PLAIN, at, origin, notes: [...notes, note] };
}

/** No cursor: either there never was one, or it is gone. The topic shows it, and what the brokers remember. */
function withoutCursor({ own, other, ranBefore, topic }: Evidence, shared: Shared): Resume {
  if (topic === null) return { kind: "read-topic" };
  const foreign = [own, other].flatMap((store) => store.kind === "foreign" ? [`${store.name} ${store.detail}`] : []);
  const isGone = foreign.length > 0 || ranBefore;
  const why = foreign.length > 0
    ? `${foreign.join("; ")}: it is not a cursor of this job`
    : isGone
    ? `The cursor of this job is missing from ${own.name}`
    : `There is no cursor in ${own.name}`;
  if (topic.kind === "place") {
    const { host, seq } = topic;
    const text = `${why}. The topic holds this job's events up to ${seq} of ${host}: the stream resumes there`;
    const level = isGone ? "error" : "warn";
    return {
      ...shared,
      ...PLAIN,
      host,
      at: after(seq),
      origin: `${seq} (by the last records of the topic)`,
      notes: [{ level, text, code: null }],
    };
  }
  if (!isGone) return { ...shared, ...PLAIN, at: LIVE, origin: "live (first start)" };
  const text = `${why}, and the topic holds no event of this job: starting live, with a gap`;
  const note = { level: "error", text, code: "STARTS_LIVE" } as const;
  return { ...shared, ...PLAIN, at: { kind: "lost" }, origin: "live (the cursor is missing)", notes: [note] };
}
