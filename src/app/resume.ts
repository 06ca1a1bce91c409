/**
 * Gathers the evidence for where to resume, and asks for the decision: the cursor file, the offset in Kafka, the identity
 * of the topic, its last records. `stream` and `check` use the same code; nothing here writes anything.
 *
 * @module
 */
import { wait } from "../async.ts";
import { publicUrl } from "../config/addresses.ts";
import { jobNames } from "../config/delivery_options.ts";
import type { KafkaSettings } from "../config/kafka_settings.ts";
import { type StartCursor, timeMsOf } from "../config/readers.ts";
import type { Config } from "../config/resolve.ts";
import type { Origin } from "../config/table.ts";
import { type Cursor, CursorError, type Place } from "../cursor/cursor.ts";
import { CursorFile } from "../cursor/file.ts";
import { compareOwners, type CursorOwner, optionsHash } from "../cursor/owner.ts";
import {
  type CursorChoice,
  decideResume,
  type Evidence,
  type Resume,
  type StoreEvidence,
  type TopicEvidence,
} from "../cursor/resume.ts";
import { RECORD_TYPES } from "../events/schema.ts";
import { CursorRefusedError, isFinal } from "../sink/kafka/errors.ts";
import type { Committed, GroupOffsets } from "../sink/kafka/group_offsets.ts";
import type { KeptCursor } from "../sink/kafka/kept_cursor.ts";
import type { KafkaClientOptions, KafkaSinkObserver } from "../sink/kafka/options.ts";
import { openConnection } from "./connection.ts";
import { commitEveryMs, jobOf } from "./exactly_once.ts";
import type { Settings } from "./settings.ts";

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;

/** The cursor file as it was read; `cursor` is null where there is none. */
export interface ReadFile {
  readonly cursor: Cursor | null;
  readonly others: ReadonlyMap<string, Place>;
}

/** Asks until there is an answer; `what` is what it cannot be known without. Rejects where asking again cannot help. */
export type Ask = <T>(what: string, ask: () => Promise<T>) => Promise<T>;

/** Whose cursors this run saves; null where lines are written, which have no identity. */
function ownerOf(
  { kafka, transactionalId, cursorGroup, collections, sampleRate }: Config,
  identity: { readonly clusterId: string | null; readonly topicId: string | null } | null,
): CursorOwner | null {
  if (kafka === null) return null;
  return {
    job: jobNames({ transactionalId, cursorGroup }, kafka.topic).transactionalId,
    cluster: identity?.clusterId ?? null,
    topic: kafka.topic,
    topicId: identity?.topicId ?? null,
    options: optionsHash(collections, sampleRate),
  };
}

/** What the cursor file shows. */
export function fileEvidence({ cursor, others }: ReadFile, path: string, own: CursorOwner | null): StoreEvidence {
  const name = `the file "${path}"`;
  return cursor === null
    ? { kind: "none", name }
    : { kind: "cursor", name, cursor, others, owner: ownership(cursor, own) };
}

function ownership({ owner }: Cursor, own: CursorOwner | null): Extract<StoreEvidence, { kind: "cursor" }>["owner"] {
  if (owner === undefined || own === null) return "unknown";
  const verdict = compareOwners(owner, own);
  return verdict.kind === "other"
    ? { differences: verdict.differences }
    : verdict.kind === "recreated"
    ? "recreated"
    : "own";
}

/** What the group's committed offset shows: a cursor only where our own metadata stands beside it. */
export function groupEvidence(kept: KeptCursor | null, group: string, own: CursorOwner | null): StoreEvidence {
  const name = `the group "${group}"`;
  if (kept?.isForeign) return { kind: "foreign", name, detail: "holds an offset of another consumer" };
  if (kept?.isLost) return { kind: "foreign", name, detail: "had lost its cursor before this start" };
  if (kept === null || kept.cursor === null) return { kind: "none", name };
  const owner = ownership(kept.cursor, own);
  // Versions that named no owner kept a group for each job.
  return { kind: "cursor", name, cursor: kept.cursor, others: new Map(), owner: owner === "unknown" ? "own" : owner };
}

/** The evidence but for the topic's, which is read only where it decides. */
export type StoredEvidence = Omit<Evidence, "topic">;

/** The hosts of the relays, in the order in which they are tried. */
function relaysOf([first = "", ...others]: readonly string[]): [string, ...string[]] {
  return [hostOf(first), ...others.map(hostOf)];
}

function hostOf(url: string): string {
  return new URL(url).host;
}

/** Decides where to resume, and reads the topic if that is what it takes. */
export async function resumeFrom(
  stored: StoredEvidence,
  { config, origins }: Settings,
  ask: Ask,
): Promise<Exclude<Resume, { readonly kind: "read-topic" }>> {
  const first = decideResume({ ...stored, topic: null });
  if (first.kind !== "read-topic") return first;
  const { kafka } = config;
  const topic = kafka === null
    ? NO_RECORDS
    : await ask("the last records of the topic", () => topicEvidence({ ...config, kafka }, origins));
  const second = decideResume({ ...stored, topic });
  if (second.kind === "read-topic") throw new TypeError("Cannot decide where to resume: the topic was read");
  return second;
}

const NO_RECORDS: TopicEvidence = { kind: "none" };

/** How far this job got by the last records of its topic. */
async function topicEvidence(
  config: Config & { readonly kafka: KafkaSettings },
  origins: Readonly<Record<string, Origin>>,
): Promise<TopicEvidence> {
  const { findReachedPlace } = await import("../reader/last_places.ts");
  const types = Object.entries(RECORD_TYPES).filter(([, { collection }]) => config.collections.includes(collection));
  const place = await findReachedPlace(await openConnection(config.kafka, origins), {
    hosts: new Map(config.firehoseUrl.map((url) => [publicUrl(url), hostOf(url)])),
    types: new Set(types.map(([type]) => type)),
    inOneTransaction: config.delivery === "exactly-once",
  });
  return place === null ? NO_RECORDS : { kind: "place", ...place };
}

/** What the brokers know of the job, without the cursor. */
interface JobTraces {
  readonly owner: CursorOwner | null;
  /** Whether the topic exists: without it there is no offset of it either. */
  readonly topicExists: boolean;
  /** Whether they have seen an earlier run of it, by its transactional ID. */
  readonly ranBefore: boolean;
}

/** Looks for the identity of the topic and, with exactly-once, for earlier runs. */
async function findTraces(config: Config, connection: KafkaClientOptions | null): Promise<JobTraces> {
  const { kafka, delivery } = config;
  if (kafka === null || connection === null) return { owner: null, topicExists: false, ranBefore: false };
  const [{ findIdentity }, { knowsTransactionalId }] = await Promise.all([
    import("../sink/kafka/identity.ts"),
    import("../sink/kafka/transactional_id.ts"),
  ]);
  const identity = await findIdentity(connection);
  const owner = ownerOf(config, identity);
  const isAsked = delivery === "exactly-once" && owner !== null;
  const ranBefore = isAsked && await knowsTransactionalId(connection, owner.job) === true;
  return { owner, topicExists: identity !== null, ranBefore };
}

/**
 * The cursor file beside the cursor in Kafka. One that cannot be read is no cursor, and may have been one.
 */
async function readOtherFile(path: string, own: CursorOwner | null): Promise<StoreEvidence> {
  const file = new CursorFile(path);
  try {
    const cursor = await file.load();
    return fileEvidence({ cursor, others: file.others }, path, own);
  } catch (error) {
    if (!(error instanceof CursorError)) throw error;
    return { kind: "foreign", name: `the file "${path}"`, detail: `cannot be used (${error.message})` };
  }
}

/** Gathers what is stored for delivery at least once: the file, which is null where none is kept, and the group. */
export async function storedAtLeastOnce(
  { config, origins }: Settings,
  file: ReadFile | null,
  ask: Ask,
): Promise<{ readonly stored: StoredEvidence; readonly owner: CursorOwner | null }> {
  const { kafka } = config;
  const connection = kafka === null ? null : await openConnection(kafka, origins);
  const traces = await ask("the identity of the topic", () => findTraces(config, connection));
  const { owner, topicExists, ranBefore } = traces;
  const group = jobOf(config) ?? "";
  const kept = connection === null || !topicExists
    ? null
    : await ask(`the offset of the group "${group}"`, () => readGroup(connection, group));
  const own = fileEvidence(file ?? { cursor: null, others: new Map() }, config.cursorFile, owner);
  return { owner, stored: storedOf(config, own, groupEvidence(kept, group, owner), ranBefore) };
}

/** The cursor that a group has, if there is such a group; brokers without groups have none. */
async function readGroup(connection: KafkaClientOptions, group: string): Promise<KeptCursor | null> {
  const [{ keptCursorOf }, { isUnsupported }] = await Promise.all([
    import("../sink/kafka/kept_cursor.ts"),
    import("../sink/kafka/classify.ts"),
  ]);
  try {
    const committed = await askGroups(
      connection,
      async (groups) => await groups.exists(group) ? await groups.read(group) : null,
    );
    return committed === null ? null : keptCursorOf(committed);
  } catch (error) {
    if (isUnsupported(error)) return null;
    throw error;
  }
}

/** Asks about offsets over connections that are closed afterwards. */
async function askGroups<T>(connection: KafkaClientOptions, ask: (groups: GroupOffsets) => Promise<T>): Promise<T> {
  const { openGroupOffsets } = await import("../sink/kafka/group_offsets.ts");
  const groups = openGroupOffsets(connection);
  try {
    return await ask(groups);
  } finally {
    groups.close();
  }
}

function storedOf(config: Config, own: StoreEvidence, other: StoreEvidence, ranBefore: boolean): StoredEvidence {
  const relays = relaysOf(config.firehoseUrl);
  return {
    choice: choiceOf(config.cursor, Date.now()),
    relays,
    mayRepeat: commitEveryMs(config) === null,
    own,
    other,
    ranBefore,
  };
}

/** The place that the command names. An age counts from the start, of a standby from when it takes over. */
export function choiceOf(cursor: StartCursor | null, nowMs: number): CursorChoice {
  return cursor?.kind === "age" || cursor?.kind === "time" ? { kind: "time", timeMs: timeMsOf(cursor, nowMs) } : cursor;
}

/** The cursor in Kafka with delivery exactly once: what is known of it before it is claimed, and what is claimed. */
export class CursorClaim {
  readonly #settings: Settings;
  #traces: JobTraces | null = null;
  #file: StoreEvidence = { kind: "none", name: "" };
  #keptCursorOf: ((committed: Committed) => KeptCursor) | null = null;
  #stored: StoredEvidence | null = null;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Whose cursors this run saves. */
  get owner(): CursorOwner | null {
    return this.#traces?.owner ?? null;
  }

  /** Whether the topic exists. */
  get topicExists(): boolean {
    return this.#traces?.topicExists ?? false;
  }

  /** What was found when the claim was made. */
  get stored(): StoredEvidence {
    if (this.#stored === null) throw new TypeError("Cannot tell what is stored: nothing was claimed yet");
    return this.#stored;
  }

  /** Looks for traces of earlier runs, which this one will cover with its own. */
  async prepare(): Promise<void> {
    if (this.#traces !== null) return;
    const { config, origins } = this.#settings;
    const connection = config.kafka === null ? null : await openConnection(config.kafka, origins);
    const traces = await findTraces(config, connection);
    this.#file = await readOtherFile(config.cursorFile, traces.owner);
    this.#keptCursorOf = (await import("../sink/kafka/kept_cursor.ts")).keptCursorOf;
    this.#traces = traces;
  }

  /** What to claim of the group's offset. Throws a CursorRefusedError where the cursor is another job's. */
  claim(found: Committed | null): { readonly cursor: Cursor | null; readonly isLost: boolean } {
    const { config } = this.#settings;
    if (this.#traces === null || this.#keptCursorOf === null) throw new TypeError("Cannot claim: nothing was prepared");
    const { owner, ranBefore } = this.#traces;
    const kept = found === null ? null : this.#keptCursorOf(found);
    // An instance that began, and was ended before it had a cursor, leaves a claim.
    const own = groupEvidence(kept, jobOf(config) ?? "", owner);
    this.#stored = storedOf(config, own, this.#file, ranBefore && found === null);
    const decision = decideResume({ ...this.#stored, topic: null });
    if (decision.kind === "refused") throw new CursorRefusedError(`${decision.problem}. ${decision.advice}`);
    return { cursor: kept?.cursor ?? null, isLost: own.kind === "foreign" || this.#stored.ranBefore };
  }
}

/**
 * Gathers what is stored for delivery exactly once without beginning a session, which would end a running instance's.
 *
 * @throws {CursorRefusedError} if the cursor is another job's
 */
export async function storedExactlyOnce(settings: Settings, ask: Ask): Promise<StoredEvidence> {
  const { kafka } = settings.config;
  const claim = new CursorClaim(settings);
  await ask("the identity of the topic", () => claim.prepare());
  const group = jobOf(settings.config) ?? "";
  const found = kafka === null || !claim.topicExists ? null : await ask(
    `the offset of the group "${group}"`,
    async () => await askGroups(await openConnection(kafka, settings.origins), (groups) => groups.peek(group)),
  );
  claim.claim(found);
  return claim.stored;
}

/** Asks again, waiting longer and longer, until there is an answer; what cannot be answered ever is thrown. */
export function askUntilAnswered(observer: AskObserver, signal: AbortSignal): Ask {
  return async (what, ask) => {
    for (let attempt = 1;; attempt++) {
      try {
        const answer = await ask();
        if (attempt > 1) observer.answered();
        return answer;
      } catch (error) {
        const { classify, describeTrouble, isBug } = await import("../sink/kafka/classify.ts");
        signal.throwIfAborted();
        if (classify(error) === "fatal" || isFinal(error) || isBug(error)) throw error;
        const retryInMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
        const trouble = describeTrouble(error);
        observer.waiting({ ...trouble, reason: `cannot read ${what}: ${trouble.reason}`, retryInMs });
        await wait(retryInMs, signal);
        signal.throwIfAborted();
      }
    }
  };
}

/** Who is to know that the brokers keep a start waiting. */
export interface AskObserver extends Pick<KafkaSinkObserver, "waiting"> {
  answered(): void;
}
