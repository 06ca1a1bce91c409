/**
 * The fast path from a record's block to a finished event: bytes to bytes, driven by the compiled rows of its type, with
 * no object, no string and no JSON.parse or stringify in between. It takes records of the usual form, nearly all that
 * come, and gives null for all else, which then takes the generic path (data.ts, envelope.ts). What it writes is, byte
 * for byte, what the generic path writes; tests/events/fast_path_test.ts holds both against each other on recorded,
 * simulated and damaged messages.
 *
 * @module
 */
import type { Span } from "../atproto/bytes/span.ts";
import { isCidV0 } from "../atproto/cid.ts";
import type { RecordWrite } from "../atproto/repo_op.ts";
import { nameAt } from "../atproto/names.ts";
import type { OutRecord } from "../record/out_record.ts";
import type { RecordDefinition } from "./definition.ts";
import { ABSENT, FieldReader } from "./field_reader.ts";
import { BinaryFraming, type ContentMode, type Framing, StructuredFraming } from "./framing.ts";
import { JsonWriter } from "./json_writer.ts";
import { type ChoicePlan, type Plan, planOf, type Step } from "./plan.ts";
import { isUtcTime } from "./time.ts";

/** Larger blocks are rare, and would need a buffer of their own. */
const MAX_BLOCK_BYTES = 16_384;

/** An event type, ready to be written. */
interface Compiled {
  readonly type: string;
  readonly plan: Plan;
  /** What its events begin with. */
  readonly head: Uint8Array;
}

/** Writes events of one source by the fast path. */
export class FastEncoder {
  readonly #writer = new JsonWriter();
  readonly #framing: Framing;
  readonly #fields: FieldReader;
  readonly #compiled: ReadonlyMap<string, Compiled>;

  /** `source` is the firehose URL without its query. */
  constructor(types: readonly RecordDefinition[], source: string, mode: ContentMode) {
    const framing = mode === "binary"
      ? new BinaryFraming(this.#writer, source)
      : new StructuredFraming(this.#writer, source);
    const compiled = types.map((definition) => {
      const { type, collection } = definition;
      return [collection, { type, plan: planOf(definition), head: framing.headOf(type) }] as const;
    });
    this.#framing = framing;
    this.#compiled = new Map(compiled);
    this.#fields = new FieldReader(Math.max(0, ...compiled.map(([, { plan }]) => plan.slots)), MAX_BLOCK_BYTES);
  }

  /** The finished event of a record, or null where the generic path must decide. */
  encode(op: RecordWrite): OutRecord | null {
    const { frame: { bytes, spans }, block, cid, path } = op;
    const isUsual = block.end - block.start <= MAX_BLOCK_BYTES && isUtcTime(bytes, spans.time) &&
      isBase32(bytes, spans.rev) && !isCidV0(bytes, cid.start);
    const compiled = this.#compiled.get(op.collection);
    if (!isUsual || compiled === undefined) return null;
    const { type, plan, head } = compiled;
    if (!this.#fields.read(plan, bytes, block)) return null;
    const moreBytes = plan.fixedBytes + plan.dids * (spans.did.end - spans.did.start) +
      plan.paths * (path.end - path.start) + this.#jsonBytes(plan);
    this.#framing.begin(head, op, moreBytes, plan.copies);
    const { steps } = plan;
    for (let i = 0; i < steps.length; i++) this.#write(steps[i] as Step, op);
    this.#writer.raw(plan.after);
    return this.#writer.isUtf8 ? this.#framing.end(type) : null;
  }

  #jsonBytes({ jsonSlots }: Plan): number {
    const { starts, json } = this.#fields;
    let units = 0;
    for (const slot of jsonSlots) if (starts[slot] !== ABSENT) units += (json[slot] ?? "").length;
    return units * 3;
  }

  #write({ before, value, slot, textSlot, choice }: Step, { frame, path, cid }: RecordWrite): void {
    const w = this.#writer;
    const { bytes, spans, seq } = frame;
    w.raw(before);
    switch (value) {
      case "text":
        return this.#text(bytes, slot, false);
      case "optional":
        return this.#text(bytes, slot, true);
      case "did":
        return w.plain(bytes, spans.did);
      case "path":
        return w.plain(bytes, path);
      case "cid":
        return w.cid(bytes, cid);
      case "time":
        return w.plain(bytes, spans.time);
      case "seq":
        return w.integer(seq);
      case "texts":
        return this.#texts(bytes, slot);
      case "json":
        return this.#fields.starts[slot] === ABSENT ? w.null() : w.json(this.#fields.json[slot] ?? "");
      case "blob":
        return this.#blob(bytes, slot, textSlot);
      case "choice":
        return choice === null ? w.null() : this.#choice(bytes, slot, choice);
    }
  }

  #text(bytes: Uint8Array, slot: number, nullable: boolean): void {
    const { starts, ends } = this.#fields;
    const start = starts[slot] ?? ABSENT;
    if (start !== ABSENT) this.#writer.text(bytes, start, ends[slot] ?? start);
    else if (nullable) this.#writer.null();
    else this.#writer.text(bytes, 0, 0);
  }

  #texts(bytes: Uint8Array, slot: number): void {
    const { starts, ends, items } = this.#fields;
    const start = starts[slot] ?? ABSENT;
    if (start === ABSENT) this.#writer.texts(bytes, items, 0, 0);
    else this.#writer.texts(bytes, items, start, ends[slot] ?? start);
  }

  #blob(bytes: Uint8Array, slot: number, textSlot: number): void {
    const { starts, ends } = this.#fields;
    const start = starts[slot] ?? ABSENT;
    if (start === ABSENT) this.#text(bytes, textSlot, true);
    else this.#writer.quotedCid(bytes, { start, end: ends[slot] ?? start });
  }

  #choice(bytes: Uint8Array, slot: number, { names, slots }: ChoicePlan): void {
    const { starts, ends } = this.#fields;
    const start = starts[slot] ?? ABSENT;
    const chosen = start === ABSENT ? undefined : slots[nameAt(names, bytes, start, ends[slot] ?? start)];
    if (chosen === undefined) this.#writer.null();
    else this.#text(bytes, chosen, true);
  }
}

/** Whether a revision is made of base32's letters and digits alone, as all are: then nothing in it is escaped. */
function isBase32(bytes: Uint8Array, { start, end }: Span): boolean {
  for (let at = start; at < end; at++) {
    const code = bytes[at] ?? 0;
    const isIn = (code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x7a);
    if (!isIn) return false;
  }
  return true;
}
