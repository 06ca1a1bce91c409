/**
 * Event types and wanted collections as tables in the core's memory. core/event.ts, core/fields.ts and core/collections.ts
 * say what stands in them.
 *
 * @module
 */
import type { Compiled, CompiledTypes } from "../events/compiled.ts";
import type { FramingStep } from "../events/framing.ts";
import type { FieldPlan, MapPlan, Plan, Step } from "../events/plan.ts";
import {
  bytes,
  C_IS_WANTED,
  C_LENGTH,
  C_NAME,
  C_NEXT,
  C_PROGRAM,
  C_ROW,
  CONFIG,
  CONFIG_BYTES,
  MAX_SLOTS,
  SLACK,
  wordAt,
  words,
} from "./memory.ts";

const BUCKETS = 256;
const WORD = 4;
/** So much is always free for one more program: the largest takes a few thousand bytes. */
const ROOM_BYTES = 16_384;
/** Of longer names none is an NSID; anybody may make up a path of a megabyte. */
const MAX_NAME_BYTES = 317;
/** So many collections are known: whoever makes up more must not make each search long. */
const MOST_COLLECTIONS = 2000;

/** The numbers of instructions, as core/event.ts has them. */
const CODE = {
  stop: 0,
  piece: 1,
  did: 2,
  path: 3,
  rev: 4,
  time: 5,
  collection: 6,
  rkey: 7,
  cid: 8,
  seq: 9,
  action: 10,
  "noted-did": 11,
  headers: 12,
  value: 13,
  "did-length": 14,
  "rev-length": 15,
  "time-length": 16,
  "id-length": 17,
  text: 18,
  optional: 19,
  texts: 20,
  json: 21,
  "sort-time": 22,
  blob: 23,
  choice: 24,
  record: 25,
  handle: 26,
} as const;

/** What a value takes at most, in bytes, where that is always the same. */
const MOST_BYTES: { readonly [name: string]: number } = {
  rev: 64,
  time: 32,
  "sort-time": 32,
  cid: 64,
  seq: 20,
  handle: 256,
};
const OTHER_BYTES = 16;
/**
 * A text takes up to six times its bytes. JSON takes up to fourteen times those of the block, where that is empty byte
 * strings in a list: a byte each, and `{"$bytes":""},`. As a text within JSON that has four backslashes more.
 */
const TEXT_TIMES = 6;
const RECORD_TIMES = 14;
const PART_TIMES = 18;

/** No event has so many, so the core writes none. The host alone can look up an account that a record names. */
const TOO_MANY_BYTES = 0x7fff_ffff;

/** The numbers of forms, as core/fields.ts has them; a text that is checked is one more. */
const FORM = { text: 0, texts: 2, map: 3, array: 4, object: 5, link: 6 } as const;

/** A collection that the core knows. */
export interface KnownCollection {
  readonly name: string;
  /** Null where it is not wanted. */
  readonly compiled: Compiled | null;
}

/** Writes the tables for one set of types. Nothing that was written is changed; a new one begins at the beginning. */
export class Tables {
  readonly #types: CompiledTypes;
  /** By the addresses of their rows. */
  readonly #collections = new Map<number, KnownCollection>();
  readonly #names = new Set<string>();
  readonly #pieces = new Map<string, number>();
  readonly #fields = new Map<Plan, number>();
  #at = CONFIG;
  /** Where the buckets of collections stand. */
  readonly table: number;
  /** The row of collections that are not wanted, for all that are not in the table. */
  readonly unwanted: number;

  constructor(types: CompiledTypes) {
    this.#types = types;
    this.table = this.#words(new Array(BUCKETS).fill(0));
    this.unwanted = this.#words(new Array(C_ROW / WORD).fill(0));
  }

  /** The collection of a row. */
  collectionAt(row: number): KnownCollection | undefined {
    return this.#collections.get(row);
  }

  /** Adds a collection; whether that was possible. The name is ASCII. */
  add(name: string, isWanted: boolean): boolean {
    if (this.#names.has(name) || this.#names.size === MOST_COLLECTIONS) return false;
    if (name.length > MAX_NAME_BYTES || CONFIG + CONFIG_BYTES - this.#at < ROOM_BYTES) return false;
    const compiled = isWanted ? this.#types.of(name) : null;
    if (isWanted && (compiled === null || compiled.plan.slots > MAX_SLOTS)) return false;
    this.#names.add(name);
    const text = new TextEncoder().encode(name);
    const row = this.#words(new Array(C_ROW / WORD).fill(0));
    const set = (field: number, value: number) => words[(row + field) >>> 2] = value;
    set(C_LENGTH, text.length);
    set(C_NAME, this.#piece(text));
    if (compiled !== null) {
      set(C_PROGRAM, this.#program(compiled, this.#types.framing.after));
      set(C_IS_WANTED, 1);
    }
    const bucket = this.table + bucketOf(text) * WORD;
    set(C_NEXT, wordAt(bucket));
    words[bucket >>> 2] = row;
    this.#collections.set(row, { name, compiled });
    return true;
  }

  #program({ plan, envelope }: Compiled, after: Uint8Array): number {
    const program = new Program((piece) => this.#piece(piece));
    if (plan.hasSubjectHandle) {
      program.refuse();
      return this.#words(program.words(this.#mapOf(plan), plan));
    }
    for (const step of envelope.before) program.frame(step);
    for (const step of plan.steps) program.value(step, plan);
    program.piece(plan.after);
    program.piece(after);
    return this.#words(program.words(this.#mapOf(plan), plan));
  }

  #mapOf(plan: Plan): number {
    let at = this.#fields.get(plan);
    if (at === undefined) this.#fields.set(plan, at = this.#map(plan.root));
    return at;
  }

  #map({ names, fields }: MapPlan): number {
    const rows = names.flatMap((sameLength) => sameLength ?? []).sort((a, b) => a.index - b.index).map((name) => {
      const field = fields[name.index];
      if (field === undefined) throw new TypeError("Cannot compile a map: a name has no field");
      const target = field.map === null ? field.slot : this.#map(field.map);
      // The first eight bytes of the name, its length, its place, its form, its target.
      return [...headOf(name.bytes), name.bytes.length, this.#piece(name.bytes), formOf(field), target, 0, 0];
    });
    return this.#words([rows.length, 0, ...rows.flat()]);
  }

  /** Bytes that are used again where the same ones are wanted. There is room behind them, as copies read too far. */
  #piece(piece: Uint8Array): number {
    const key = String.fromCharCode(...piece);
    const found = this.#pieces.get(key);
    if (found !== undefined) return found;
    const at = this.#take(piece.length);
    bytes.set(piece, at);
    this.#pieces.set(key, at);
    return at;
  }

  #words(list: readonly number[]): number {
    const at = this.#take(list.length * WORD);
    words.set(list, at >>> 2);
    return at;
  }

  #take(length: number): number {
    const at = this.#at;
    this.#at = (at + length + 7) & ~7;
    if (this.#at > CONFIG + CONFIG_BYTES - SLACK) {
      throw new RangeError("Cannot compile event types: the core's memory is full");
    }
    return at;
  }
}

/** The bucket of a name, as core/collections.ts has it. */
function bucketOf(name: Uint8Array): number {
  const { length } = name;
  const before = length > 4 ? name[length - 4] ?? 0 : 0;
  return (length * 31 + (name[length - 1] ?? 0) * 7 + before) % BUCKETS;
}

/** The first eight bytes as two words, little-endian. */
function headOf(name: Uint8Array): [low: number, high: number] {
  const head = new Uint8Array(8);
  head.set(name.subarray(0, 8));
  const [low = 0, high = 0] = new Uint32Array(head.buffer);
  return [low, high];
}

function formOf({ form, isChecked }: FieldPlan): number {
  return form === "text" && isChecked ? FORM.text + 1 : FORM[form];
}

/** Puts the instructions of one event together, and how large that may be. */
class Program {
  readonly #code: number[] = [];
  readonly #piece: (piece: Uint8Array) => number;
  #bytes = SLACK;
  #dids = 0;
  #paths = 0;

  constructor(piece: (piece: Uint8Array) => number) {
    this.#piece = piece;
  }

  piece(piece: Uint8Array): void {
    if (piece.length > 0) this.#code.push(CODE.piece, ...this.#operands(piece));
  }

  #operands(piece: Uint8Array): [at: number, length: number] {
    this.#bytes += piece.length;
    return [this.#piece(piece), piece.length];
  }

  /** A piece of what stands before the data. */
  frame(step: FramingStep): void {
    if (step instanceof Uint8Array) this.piece(step);
    else if (typeof step === "string") this.#own(step);
    else this.#code.push(CODE.action, ...this.#operands(step.create), ...this.#operands(step.update));
  }

  /** Leaves the events of the program to the host. */
  refuse(): void {
    this.#bytes = TOO_MANY_BYTES;
  }

  #own(name: keyof typeof CODE | "subject-handle"): void {
    if (name === "subject-handle") throw new TypeError("The core has no handle of another account");
    this.#code.push(CODE[name]);
    if (name === "did" || name === "noted-did") this.#dids++;
    else if (name === "path" || name === "collection" || name === "rkey") this.#paths++;
    else this.#bytes += MOST_BYTES[name] ?? OTHER_BYTES;
  }

  /** A field of the data. */
  value({ before, value, slot, textSlot, choices }: Step, { root }: Plan): void {
    this.piece(before);
    this.#own(value);
    switch (value) {
      case "text":
      case "optional":
      case "texts":
      case "json":
      case "sort-time":
        this.#code.push(slot);
        break;
      case "blob":
        this.#code.push(slot, textSlot);
        break;
      case "choice": {
        const texts = choicesOf(root, slot);
        this.#code.push(slot, choices.length);
        choices.forEach((meant, i) => {
          const text = texts[i] ?? new Uint8Array();
          this.#code.push(this.#piece(text), text.length, meant);
        });
      }
    }
  }

  /** The whole program, with what stands before its instructions. */
  words(fields: number, { slots, copies, hasRecord, hasJson }: Plan): number[] {
    const blocks = copies * TEXT_TIMES + (hasRecord ? RECORD_TIMES : 0) + (hasJson ? PART_TIMES : 0);
    return [fields, slots, this.#bytes, blocks, this.#dids, this.#paths, ...this.#code, CODE.stop];
  }
}

/** The texts that the text in a slot chooses by, in their order. */
function choicesOf({ fields }: MapPlan, slot: number): readonly Uint8Array[] {
  for (const field of fields) {
    if (field.map !== null) {
      const within = choicesOf(field.map, slot);
      if (within.length > 0) return within;
    } else if (field.slot === slot && field.choices !== null) {
      return field.choices.flatMap((sameLength) => sameLength ?? []).sort((a, b) => a.index - b.index)
        .map(({ bytes }) => bytes);
    }
  }
  return [];
}
