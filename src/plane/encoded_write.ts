/**
 * A record of a commit whose event is written already.
 *
 * @module
 */
import type { Span } from "../atproto/bytes/span.ts";
import type { CommitFrame } from "../atproto/frame.ts";
import { RecordWrite } from "../atproto/repo_op.ts";
import type { Envelope } from "../events/framing.ts";
import { type WrittenBatch, WrittenRecord } from "./written_batch.ts";

/** A record that was created or updated, and its event. */
export class EncodedWrite extends RecordWrite {
  readonly #envelope: Envelope;
  readonly #batch: WrittenBatch;
  readonly #at: number;

  /** The event is that of the row at `at` of a batch. */
  constructor(
    kind: "create" | "update",
    frame: CommitFrame,
    collection: string,
    path: Span,
    cid: Span,
    block: Span,
    envelope: Envelope,
    batch: WrittenBatch,
    at: number,
  ) {
    super(kind, frame, collection, path, cid, block);
    this.#envelope = envelope;
    this.#batch = batch;
    this.#at = at;
  }

  /** The event. To be called once, before the next frame is asked for. */
  toRecord(): WrittenRecord {
    return new WrittenRecord(this.#envelope, this.#batch, this.#at);
  }
}
