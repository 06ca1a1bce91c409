/**
 * The numbers of batches, by which a broker knows one that it has already: its acknowledgement was lost, so it was sent
 * again. Each partition has its own, and keeps them when the connection is another one, or KafkaJS's producer.
 *
 * A broker that lost track of a partition's batches takes none of the producer any more. That partition alone gets
 * another producer ID then, as the batches of the others may be under way under the one before.
 *
 * @module
 */

/** A producer as brokers know it. */
export interface ProducerId {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

/** What a batch is known by: its producer, and the number of its first record. */
export interface Sequence extends ProducerId {
  readonly firstSequence: number;
}

/** The same where the producer may be that of a transaction. */
export type BatchNumber = Pick<Sequence, "firstSequence"> & Partial<ProducerId>;

/** Numbers are 31 bits, and begin again at 0. */
const MAX_SEQUENCE = 0x7fffffff;

/** The number of the first record after a batch. */
export function sequenceAfter(firstSequence: number, records: number): number {
  return (firstSequence + records) & MAX_SEQUENCE;
}

interface Place {
  /** Null is without a number. */
  id: ProducerId | null;
  /** Whether another producer ID is wanted before the next batch. */
  isLost: boolean;
  next: number;
}

/** The numbers of each partition. */
export class Sequences {
  readonly #first: ProducerId | null;
  readonly #ask: () => Promise<ProducerId | null>;
  readonly #places = new Map<string, Place>();

  /** `first` is what partitions begin with, `ask` gets another one; null is that brokers give none. */
  constructor(first: ProducerId | null, ask: () => Promise<ProducerId | null>) {
    this.#first = first;
    this.#ask = ask;
  }

  /**
   * What the next batch of a partition is known by, until {@linkcode advance} is called; null: it has no number.
   *
   * @throws whatever asking for a producer ID does
   */
  async of(topic: string, partition: number): Promise<Sequence | null> {
    const place = this.#placeOf(topic, partition);
    if (place.isLost) {
      place.id = await this.#ask();
      place.isLost = false;
      place.next = 0;
    }
    return place.id === null ? null : { ...place.id, firstSequence: place.next };
  }

  /** The broker has a batch of so many records. */
  advance(topic: string, partition: number, records: number): void {
    const place = this.#placeOf(topic, partition);
    place.next = sequenceAfter(place.next, records);
  }

  /** The numbers of the partition are good for nothing any more: another producer begins with the next batch. */
  renew(topic: string, partition: number): void {
    this.#placeOf(topic, partition).isLost = true;
  }

  /** Batches of the partition have no numbers from now on. */
  forgo(topic: string, partition: number): void {
    this.#placeOf(topic, partition).id = null;
  }

  #placeOf(topic: string, partition: number): Place {
    const name = `${topic}/${partition}`;
    let place = this.#places.get(name);
    if (place === undefined) this.#places.set(name, place = { id: this.#first, isLost: false, next: 0 });
    return place;
  }
}
