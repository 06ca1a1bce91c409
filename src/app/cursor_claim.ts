/**
 * The cursor in Kafka with delivery exactly once: gathered, and claimed by the instance that begins.
 *
 * @module
 */
import { type Cursor, CursorError } from "../cursor/cursor.ts";
import { CursorFile } from "../cursor/file.ts";
import type { CursorOwner } from "../cursor/owner.ts";
import { decideResume, type StoreEvidence } from "../cursor/resume.ts";
import { CursorRefusedError } from "../kafka/client/errors.ts";
import type { OffsetAndMetadata, StoredCursor } from "../kafka/offsets/cursor_offset.ts";
import type { Ask } from "./ask.ts";
import { openConnection } from "./connection.ts";
import {
  askGroups,
  fileEvidence,
  findTraces,
  groupEvidence,
  type JobTraces,
  type StoredEvidence,
  storedOf,
} from "./evidence.ts";
import { jobOf } from "./exactly_once.ts";
import type { Settings } from "./settings.ts";

/** The cursor in Kafka with delivery exactly once: what is known of it before it is claimed, and what is claimed. */
export class CursorClaim {
  readonly #settings: Settings;
  #traces: JobTraces | null = null;
  #file: StoreEvidence = { kind: "none", name: "" };
  #storedCursorOf: ((committed: OffsetAndMetadata) => StoredCursor) | null = null;
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
    this.#storedCursorOf = (await import("../kafka/offsets/cursor_offset.ts")).storedCursorOf;
    this.#traces = traces;
  }

  /** What to claim of the group's offset. Throws a CursorRefusedError where the cursor is another job's. */
  claim(found: OffsetAndMetadata | null): { readonly cursor: Cursor | null; readonly isLost: boolean } {
    const { config } = this.#settings;
    if (this.#traces === null || this.#storedCursorOf === null) {
      throw new TypeError("Cannot claim: nothing was prepared");
    }
    const { owner, ranBefore } = this.#traces;
    const kept = found === null ? null : this.#storedCursorOf(found);
    // An instance that began, and was ended before it had a cursor, leaves a claim.
    const own = groupEvidence(kept, jobOf(config) ?? "", owner);
    this.#stored = storedOf(config, own, this.#file, ranBefore && found === null);
    const decision = decideResume({ ...this.#stored, topic: null });
    if (decision.kind === "refused") throw new CursorRefusedError(decision.problem);
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
