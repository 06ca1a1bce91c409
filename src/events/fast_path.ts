/**
 * The fast path from a record's block to a finished event: bytes to bytes, driven by the compiled rows of its type, with
 * no object, no string and no JSON.parse or stringify in between. It takes records of the usual form, nearly all that
 * come, and gives null for all else, which then takes the generic path (data.ts, envelope.ts). What it writes is, byte
 * for byte, what the generic path writes; tests/events/fast_path_test.ts holds both against each other on recorded,
 * simulated and damaged messages.
 *
 * @module
 */
import { ByteBuffer } from "../atproto/bytes/byte_buffer.ts";
import { MAX_ESCAPED_BYTES } from "../atproto/bytes/json.ts";
import { type Span, spanText } from "../atproto/bytes/span.ts";
import { CborError } from "../atproto/cbor.ts";
import { cborToJson } from "../atproto/cbor_to_json.ts";
import { isCidV0 } from "../atproto/cid.ts";
import { isDid } from "../atproto/did.ts";
import type { RecordWrite } from "../atproto/repo_op.ts";
import type { ProducerRecord } from "../record/producer_record.ts";
import type { CompiledTypes } from "./compiled.ts";
import { ABSENT, FieldReader } from "./field_reader.ts";
import { FramingWriter, mostBytesBefore } from "./framing.ts";
import { JsonWriter } from "./json_writer.ts";
import type { Plan } from "./plan.ts";
import { recordTimeMs } from "./record_layout.ts";
import { isEarlierIn, isUtcTime, sortTime, utcTimeMs } from "./time.ts";

/** Larger blocks are rare, and would need a buffer of their own. */
const MAX_BLOCK_BYTES = 16_384;

/** Writes events of one source by the fast path. */
export class FastEncoder {
  readonly #writer = new JsonWriter();
  readonly #framing = new FramingWriter(this.#writer);
  readonly #fields: FieldReader;
  readonly #types: CompiledTypes;
  /** The whole record as JSON, of an event that has it. */
  readonly #record = new ByteBuffer();

  constructor(types: CompiledTypes) {
    this.#types = types;
    this.#fields = new FieldReader(types.slots, MAX_BLOCK_BYTES);
  }

  /** The finished event of a record, received at `receivedMs`, or null where the generic path must decide. */
  encode(op: RecordWrite, receivedMs: number): ProducerRecord | null {
    const { frame: { bytes, spans }, block, cid, path } = op;
    const isUsual = block.end - block.start <= MAX_BLOCK_BYTES && isUtcTime(bytes, spans.time) &&
      isBase32(bytes, spans.rev) && !isCidV0(bytes, cid.start);
    const compiled = this.#types.of(op.collection);
    if (!isUsual || compiled === null) return null;
    const { plan, envelope } = compiled;
    if (!this.#fields.read(plan, bytes, block)) return null;
    if (plan.hasRecord && !this.#readRecord(bytes, block)) return null;
    const moreBytes = plan.fixedBytes + plan.dids * (spans.did.end - spans.did.start) +
      plan.paths * (path.end - path.start) + (plan.hasRecord ? this.#record.length : 0) +
      (plan.hasJson ? this.#fields.json.length * MAX_ESCAPED_BYTES + 2 : 0);
    const w = this.#writer;
    // The time counts as a text, which leaves room for it to stand in the data too.
    const textBytes = (block.end - block.start) * plan.copies + spans.time.end - spans.time.start;
    w.begin(mostBytesBefore(envelope, op) + moreBytes, textBytes);
    this.#framing.write(envelope, op);
    this.#writeData(plan, op);
    if (!w.isUtf8) return null;
    const { framing, layout } = this.#types;
    w.raw(framing.after);
    const timestampMs = layout.time === "event" ? recordTimeMs(utcTimeMs(bytes, spans.time), receivedMs) : null;
    return framing.recordOf(envelope, w.buffer, this.#framing.places, timestampMs);
  }

  #readRecord(bytes: Uint8Array, block: Span): boolean {
    this.#record.length = 0;
    try {
      cborToJson(bytes, block, this.#record);
      return true;
    } catch (error) {
      if (error instanceof CborError) return false;
      throw error;
    }
  }

  /** Writes the fields of the data: of each step what is always the same, and then its value. */
  #writeData({ steps, after }: Plan, { frame, collection, path, cid }: RecordWrite): void {
    const w = this.#writer;
    const { starts, ends, items, json, chosen } = this.#fields;
    const { bytes, spans, seq } = frame;
    for (const { before, value, slot, textSlot, choices } of steps) {
      const start = starts[slot] ?? ABSENT;
      const end = ends[slot] ?? ABSENT;
      w.raw(before);
      switch (value) {
        case "text":
          if (start === ABSENT) w.text(bytes, 0, 0);
          else w.text(bytes, start, end);
          break;
        case "optional":
          w.optional(bytes, start, end);
          break;
        case "did":
          w.plain(bytes, spans.did);
          break;
        case "path":
          w.plain(bytes, path);
          break;
        case "collection":
          w.plain(bytes, { start: path.start, end: path.start + collection.length });
          break;
        case "record":
          w.raw(this.#record.written());
          break;
        case "rkey":
          w.plain(bytes, { start: path.start + collection.length + 1, end: path.end });
          break;
        case "cid":
          w.cid(bytes, cid);
          break;
        case "handle":
          this.#writeHandle(bytes, spans.did);
          break;
        case "subject-handle":
          if (start === ABSENT || !isDid(bytes, { start, end })) w.null();
          else this.#writeHandle(bytes, { start, end });
          break;
        case "time":
          w.plain(bytes, spans.time);
          break;
        case "sort-time":
          if (start === ABSENT) w.plain(bytes, spans.time);
          else this.#writeSortTime(bytes, { start, end }, spans.time);
          break;
        case "seq":
          w.integer(seq);
          break;
        case "texts":
          if (start === ABSENT) w.texts(bytes, items, 0, 0);
          else w.texts(bytes, items, start, end);
          break;
        case "json":
          w.optional(json.bytes, start, end);
          break;
        case "blob":
          if (start === ABSENT) w.optional(bytes, starts[textSlot] ?? ABSENT, ends[textSlot] ?? ABSENT);
          else w.quotedCid(bytes, { start, end });
          break;
        case "choice": {
          const meant = start === ABSENT ? undefined : choices[chosen[slot] ?? -1];
          if (meant === undefined) w.null();
          else w.optional(bytes, starts[meant] ?? ABSENT, ends[meant] ?? ABSENT);
        }
      }
    }
    w.raw(after);
  }

  #writeHandle(bytes: Uint8Array, did: Span): void {
    const w = this.#writer;
    const handle = this.#types.handles?.handleOf(bytes, did) ?? null;
    if (handle === null) w.null();
    else w.text(handle, 0, handle.length);
  }

  #writeSortTime(bytes: Uint8Array, created: Span, time: Span): void {
    const w = this.#writer;
    if (!isUtcTime(bytes, created)) w.json(sortTime(spanText(bytes, created), spanText(bytes, time)));
    else w.plain(bytes, isEarlierIn(bytes, created, time) ? created : time);
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
