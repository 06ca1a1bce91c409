/**
 * A finished event on its way out.
 *
 * @module
 */

/** A buffer that records share. It is used for others once all that hold it have released it. */
export interface SharedBuffer {
  readonly bytes: Uint8Array;
  release(): void;
}

/**
 * One event as it will stand in Kafka, or in a line of NDJSON: ranges of a buffer that it shares with others. What waits
 * for its acknowledgement is one object a record; views on the parts are made when they are asked for, and hold until
 * the record is released.
 */
export class OutRecord {
  /** The CloudEvents type, for counts. */
  readonly type: string;
  /** Holds the parts. */
  readonly bytes: Uint8Array;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  /** Where the record's own headers stand, encoded; nothing where they are those of a structured CloudEvent. */
  readonly headersStart: number;
  readonly headersEnd: number;
  readonly #buffer: SharedBuffer;
  readonly #locate: (record: OutRecord) => string;

  /** Holds `buffer`, until it is released. `locate` gives the AT-URI of the record that the event tells of. */
  constructor(
    type: string,
    buffer: SharedBuffer,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    headersStart: number,
    headersEnd: number,
    locate: (record: OutRecord) => string,
  ) {
    this.type = type;
    this.#buffer = buffer;
    this.bytes = buffer.bytes;
    this.keyStart = keyStart;
    this.keyEnd = keyEnd;
    this.valueStart = valueStart;
    this.valueEnd = valueEnd;
    this.headersStart = headersStart;
    this.headersEnd = headersEnd;
    this.#locate = locate;
  }

  /** A record with a copy of its parts; `headers` is null where they are those of a structured CloudEvent. */
  static of({ type, key, value, headers, uri }: {
    readonly type: string;
    readonly key: Uint8Array;
    readonly value: Uint8Array;
    readonly headers: Uint8Array | null;
    readonly uri: string;
  }): OutRecord {
    const keyEnd = value.length + key.length;
    const bytes = new Uint8Array(keyEnd + (headers?.length ?? 0));
    bytes.set(value);
    bytes.set(key, value.length);
    if (headers !== null) bytes.set(headers, keyEnd);
    const buffer = { bytes, release: () => {} };
    return new OutRecord(type, buffer, value.length, keyEnd, 0, value.length, keyEnd, bytes.length, () => uri);
  }

  /** The record key: the DID, in UTF-8. Records of one key stay in order. */
  get key(): Uint8Array {
    return this.bytes.subarray(this.keyStart, this.keyEnd);
  }

  /** The structured CloudEvent as UTF-8 JSON, or its data alone where the attributes are in `headers`. */
  get value(): Uint8Array {
    return this.bytes.subarray(this.valueStart, this.valueEnd);
  }

  /** The record's own headers, as they stand in Kafka; null: those of a structured CloudEvent. */
  get headers(): Uint8Array | null {
    return this.headersStart === this.headersEnd ? null : this.bytes.subarray(this.headersStart, this.headersEnd);
  }

  /** Bytes of what the record holds. */
  get size(): number {
    return this.keyEnd - this.keyStart + this.valueEnd - this.valueStart + this.headersEnd - this.headersStart;
  }

  /** The record has ended, and nobody reads it any more; to be called once. */
  release(): void {
    this.#buffer.release();
  }

  /** The record's AT-URI, for reports. */
  get uri(): string {
    return this.#locate(this);
  }
}
