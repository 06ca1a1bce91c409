/**
 * A record of a commit whose event is written already.
 *
 * @module
 */
import type { Span } from "../atproto/bytes/span.ts";
import type { CommitFrame } from "../atproto/frame.ts";
import { RecordWrite } from "../atproto/repo_op.ts";
import type { CompiledTypes } from "../events/compiled.ts";
import type { EventBuffer } from "../events/event_buffer.ts";
import type { Envelope, Places } from "../events/framing.ts";
import { recordTimeMs } from "../events/record_layout.ts";
import type { ProducerRecord } from "../record/producer_record.ts";

/** Where the event stands. */
interface Written {
  readonly types: CompiledTypes;
  readonly envelope: Envelope;
  readonly buffer: EventBuffer;
  readonly places: Places;
}

/** A record that was created or updated, and its event. */
export class EncodedWrite extends RecordWrite {
  readonly #written: Written;

  constructor(
    kind: "create" | "update",
    frame: CommitFrame,
    collection: string,
    path: Span,
    cid: Span,
    block: Span,
    written: Written,
  ) {
    super(kind, frame, collection, path, cid, block);
    this.#written = written;
  }

  /** The event of a record that was received at `receivedMs`, in milliseconds since 1970. To be called once, and at once. */
  toRecord(receivedMs: number): ProducerRecord {
    const { types: { framing, layout }, envelope, buffer, places } = this.#written;
    const { utcMs } = this.frame;
    const timestampMs = layout.time === "event" && utcMs !== null ? recordTimeMs(utcMs, receivedMs) : null;
    return framing.recordOf(envelope, buffer, places, timestampMs);
  }
}
