/**
 * Kinds of metrics. A metric is its own counter: what happens calls it, and a scrape reads its series.
 *
 * @module
 */

/** One series at one moment. */
export interface Sample {
  /** What follows the metric's name: `_bucket`, `_sum` and `_count` of a histogram, else nothing. */
  readonly suffix?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One metric. */
export interface Metric {
  readonly name: string;
  readonly kind: "counter" | "gauge" | "histogram";
  /** Names of its labels; a series without the last of them leaves it out. */
  readonly labels: readonly string[];
  /** What the operator may conclude; no full stop at the end. */
  readonly help: string;
  samples(): Iterable<Sample>;
}

/** A count without labels. */
export class Counter implements Metric {
  readonly kind = "counter";
  readonly labels = [];
  readonly name: string;
  readonly help: string;
  value = 0;

  constructor(name: string, help: string) {
    this.name = name;
    this.help = help;
  }

  add(count = 1): void {
    this.value += count;
  }

  samples(): readonly Sample[] {
    return [{ labels: {}, value: this.value }];
  }
}

/** A count for each value of one label. */
export class Counters<K extends string> implements Metric {
  readonly kind = "counter";
  readonly name: string;
  readonly labels: readonly string[];
  readonly help: string;
  readonly #values: Map<K, number>;

  /** The series of `values` are there from the start, so that the first of each shows as an increase. */
  constructor(name: string, label: string, values: Iterable<K>, help: string) {
    this.name = name;
    this.labels = [label];
    this.help = help;
    this.#values = new Map(Array.from(values, (value) => [value, 0]));
  }

  add(value: K, count = 1): void {
    this.#values.set(value, this.get(value) + count);
  }

  get(value: K): number {
    return this.#values.get(value) ?? 0;
  }

  /** The count of all values. */
  get total(): number {
    let total = 0;
    for (const value of this.#values.values()) total += value;
    return total;
  }

  /** The values, each with its count. */
  entries(): Iterable<[K, number]> {
    return this.#values.entries();
  }

  samples(): readonly Sample[] {
    const [label = ""] = this.labels;
    return Array.from(this.#values, ([key, value]) => ({ labels: { [label]: key }, value }));
  }
}

/** How often values fell below each of some bounds. */
export class Histogram implements Metric {
  readonly kind = "histogram";
  readonly labels = [];
  readonly name: string;
  readonly help: string;
  readonly #bounds: readonly number[];
  /** Values at most at the bound of the same place, and above the bound before; the last are above all bounds. */
  readonly #counts: number[];
  sum = 0;

  constructor(name: string, bounds: readonly number[], help: string) {
    this.name = name;
    this.help = help;
    this.#bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    const place = this.#bounds.findIndex((bound) => value <= bound);
    const at = place < 0 ? this.#bounds.length : place;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.sum += value;
  }

  samples(): readonly Sample[] {
    let total = 0;
    const buckets = this.#counts.map((count, place) => {
      total += count;
      return { suffix: "_bucket", labels: { le: String(this.#bounds[place] ?? "+Inf") }, value: total };
    });
    return [
      ...buckets,
      { suffix: "_sum", labels: {}, value: this.sum },
      { suffix: "_count", labels: {}, value: total },
    ];
  }
}

/** What a value is read from when it is asked for. Null is nothing: what is not known yet must not be a zero. */
export function reading(
  kind: "counter" | "gauge",
  name: string,
  help: string,
  read: () => number | boolean | null,
): Metric {
  const samples = () => {
    const value = read();
    return value === null ? [] : [{ labels: {}, value: Number(value) }];
  };
  return { kind, name, help, labels: [], samples };
}

/** The same for each value of one label. */
export function gauges<K extends string>(
  name: string,
  label: string,
  values: readonly K[],
  help: string,
  read: (value: K) => number | boolean,
): Metric {
  const samples = () => values.map((value) => ({ labels: { [label]: value }, value: Number(read(value)) }));
  return { kind: "gauge", name, help, labels: [label], samples };
}
