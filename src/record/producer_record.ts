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

/** Where the value of a record without one begins and ends. */
const NO_VALUE = -1;

/**
 * One event as it will stand in Kafka, or in a line of NDJSON: ranges of a buffer that it shares with others. What waits
 * for its acknowledgement is one small object a record; views on the parts are made when they are asked for, and hold
 * until the record is released.
 */
export abstract class ProducerRecord {
  /** Where it goes. All records of a topic have the same string. */
  abstract readonly topic: string;
  /** The CloudEvents type, for counts. */
  abstract readonly type: string;
  /** Holds the parts. */
  abstract readonly bytes: Uint8Array;
  abstract readonly keyStart: number;
  abstract readonly keyEnd: number;
  /** What decides on the partition: the key, unless the record says otherwise. */
  abstract readonly partitionKeyStart: number;
  abstract readonly partitionKeyEnd: number;
  /** Both are negative where there is no value. */
  abstract readonly valueStart: number;
  abstract readonly valueEnd: number;
  /** Where the record's own headers stand, encoded; nothing where they are those of a structured CloudEvent. */
  abstract readonly headersStart: number;
  abstract readonly headersEnd: number;
  /** Milliseconds since 1970; null: the time of sending. */
  abstract readonly timestampMs: number | null;
  /** The AT-URI of the subject of the event, for reports. */
  abstract readonly uri: string;
  /** The number of its message, where several share a ticket; else null. */
  get seq(): number | null {
    return null;
  }

  /** The record has ended, and nobody reads it any more; to be called once. */
  abstract release(): void;

  /**
   * A record with a copy of its parts; `headers` is null where they are those of a structured CloudEvent, and `value` in a
   * tombstone.
   */
  static of({ topic, type, key, partitionKey = key, value, headers, timestampMs = null, uri }: {
    readonly topic: string;
    readonly type: string;
    readonly key: Uint8Array;
    readonly partitionKey?: Uint8Array;
    readonly value: Uint8Array | null;
    readonly headers: Uint8Array | null;
    readonly timestampMs?: number | null;
    readonly uri: string;
  }): ProducerRecord {
    const parts = [value, key, headers, partitionKey === key ? null : partitionKey];
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + (part?.length ?? 0), 0));
    let at = 0;
    const [valueEnd = 0, keyEnd = 0, headersEnd = 0, partitionKeyEnd = 0] = parts.map((part) => {
      if (part !== null) bytes.set(part, at);
      return at += part?.length ?? 0;
    });
    const isSame = partitionKey === key;
    return new OwnRecord(
      topic,
      type,
      { bytes, release: () => {} },
      valueEnd,
      keyEnd,
      value === null ? NO_VALUE : 0,
      value === null ? NO_VALUE : valueEnd,
      keyEnd,
      headersEnd,
      () => uri,
      isSame ? valueEnd : headersEnd,
      isSame ? keyEnd : partitionKeyEnd,
      timestampMs,
    );
  }

  /** The record key: the DID, in UTF-8. Records of one key stay in order. */
  get key(): Uint8Array {
    return this.bytes.subarray(this.keyStart, this.keyEnd);
  }

  /** The bytes whose hash is the partition. */
  get partitionKey(): Uint8Array {
    return this.bytes.subarray(this.partitionKeyStart, this.partitionKeyEnd);
  }

  /** Whether there is no value: such a record says that its key has none any more. */
  get isTombstone(): boolean {
    return this.valueStart < 0;
  }

  /**
   * The structured CloudEvent as UTF-8 JSON, or its data alone where the attributes are in `headers`; empty in a
   * tombstone.
   */
  get value(): Uint8Array {
    return this.bytes.subarray(Math.max(0, this.valueStart), Math.max(0, this.valueEnd));
  }

  /** The record's own headers, as they stand in Kafka; null: those of a structured CloudEvent. */
  get headers(): Uint8Array | null {
    return this.headersStart === this.headersEnd ? null : this.bytes.subarray(this.headersStart, this.headersEnd);
  }

  /** The same for another topic, in memory of its own. */
  copyFor(topic: string): ProducerRecord {
    const { type, key, partitionKey, isTombstone, headers, timestampMs, uri } = this;
    const isSame = this.partitionKeyStart === this.keyStart && this.partitionKeyEnd === this.keyEnd;
    const value = isTombstone ? null : this.value;
    return ProducerRecord.of({
      topic,
      type,
      key,
      ...(isSame ? {} : { partitionKey }),
      value,
      headers,
      timestampMs,
      uri,
    });
  }

  /** Bytes of what the record holds. */
  get size(): number {
    return this.keyEnd - this.keyStart + this.valueEnd - this.valueStart + this.headersEnd - this.headersStart;
  }
}

/** A record that has the places of its parts. */
export class OwnRecord extends ProducerRecord {
  override readonly topic: string;
  override readonly type: string;
  override readonly bytes: Uint8Array;
  override readonly keyStart: number;
  override readonly keyEnd: number;
  override readonly partitionKeyStart: number;
  override readonly partitionKeyEnd: number;
  override readonly valueStart: number;
  override readonly valueEnd: number;
  override readonly headersStart: number;
  override readonly headersEnd: number;
  override readonly timestampMs: number | null;
  readonly #buffer: SharedBuffer;
  readonly #locate: (record: ProducerRecord) => string;

  /** Holds `buffer`, until it is released. `locate` gives the AT-URI of the record that the event is about. */
  constructor(
    topic: string,
    type: string,
    buffer: SharedBuffer,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    headersStart: number,
    headersEnd: number,
    locate: (record: ProducerRecord) => string,
    partitionKeyStart: number = keyStart,
    partitionKeyEnd: number = keyEnd,
    timestampMs: number | null = null,
  ) {
    super();
    this.topic = topic;
    this.type = type;
    this.#buffer = buffer;
    this.bytes = buffer.bytes;
    this.keyStart = keyStart;
    this.keyEnd = keyEnd;
    this.partitionKeyStart = partitionKeyStart;
    this.partitionKeyEnd = partitionKeyEnd;
    this.valueStart = valueStart;
    this.valueEnd = valueEnd;
    this.headersStart = headersStart;
    this.headersEnd = headersEnd;
    this.timestampMs = timestampMs;
    this.#locate = locate;
  }

  override release(): void {
    this.#buffer.release();
  }

  override get uri(): string {
    return this.#locate(this);
  }
}
