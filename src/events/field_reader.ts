/**
 * Finds the fields of a record that an event needs, where they stand in its block, for records of the forms that nearly
 * all have. Anything unusual (a field twice, of the wrong type, or no valid text) is left to the generic path, which
 * decides what it means. So nothing here need be lenient, only right about what it takes.
 *
 * @module
 */
import { ByteBuffer } from "../atproto/bytes/byte_buffer.ts";
import type { Span } from "../atproto/bytes/span.ts";
import { isUtf8 } from "../atproto/bytes/utf8.ts";
import { CborError, CborReader, MAJOR } from "../atproto/cbor.ts";
import { cborItemToJson } from "../atproto/cbor_to_json.ts";
import { isCidV0 } from "../atproto/cid.ts";
import type { Names } from "../atproto/names.ts";
import { type FieldPlan, JSON_MAJOR, type MapPlan, type Plan } from "./plan.ts";

/** The start of what a record does not have. */
export const ABSENT = -1;

/** Thrown within this module: the record is not of the usual form. */
class Unusual extends Error {
  override readonly name = "Unusual";
}

/** One for all, as its place says nothing and a stack trace costs more than the record. */
const UNUSUAL = new Unusual("The record is not of the usual form");

/** Reads one record after the other; each overwrites what was found in the one before. */
export class FieldReader {
  /**
   * By slot: where the value begins and ends in the bytes, or {@linkcode ABSENT}; of texts their places in `items`, of
   * what becomes JSON those in `json`.
   */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Values as JSON, one after the other. */
  readonly json = new ByteBuffer();
  /** By slot of a text that chooses: its place among the texts of the choice, or -1. */
  readonly chosen: Int32Array;
  /** Where each text of an array begins and ends, one after the other. */
  readonly items: Int32Array;
  #itemCount = 0;
  #end = 0;

  /** For plans of at most so many slots, and blocks of at most so many bytes. */
  constructor(slots: number, blockBytes: number) {
    this.starts = new Int32Array(slots);
    this.ends = new Int32Array(slots);
    this.chosen = new Int32Array(slots);
    this.items = new Int32Array(2 * blockBytes);
  }

  /**
   * Reads the record in a block; false if it is unusual or no DAG-CBOR. Whether a text that is always written is UTF-8 is
   * for the writer to see.
   */
  read({ root, slots }: Plan, bytes: Uint8Array, block: Span): boolean {
    for (let slot = 0; slot < slots; slot++) this.starts[slot] = ABSENT;
    this.#itemCount = 0;
    this.json.length = 0;
    this.#end = block.end;
    const reader = new CborReader(bytes, block.start, block.end);
    try {
      this.#readMap(reader, root, 0);
      return reader.offset === block.end;
    } catch (error) {
      if (error instanceof CborError || error === UNUSUAL) return false;
      throw error;
    }
  }

  #readMap(reader: CborReader, { names, fields }: MapPlan, depth: number): void {
    if (reader.nextMajor() !== MAJOR.map) throw UNUSUAL;
    let seen = 0;
    for (let left = reader.readMapSize(); left > 0; left--) {
      const name = reader.readName(names);
      const field = fields[name];
      if (field === undefined) {
        if (!isUtf8(reader.bytes, reader.offset - reader.argument, reader.offset)) throw UNUSUAL;
        reader.check(depth + 1);
        continue;
      }
      // Of a key that stands twice the last value counts, the whole of it.
      if ((seen & (1 << name)) !== 0) throw UNUSUAL;
      seen |= 1 << name;
      if (field.map === null) this.#readField(reader, field, depth + 1);
      else this.#readMap(reader, field.map, depth + 1);
    }
  }

  #readField(reader: CborReader, { form, slot, isChecked, choices }: FieldPlan, depth: number): void {
    switch (form) {
      case "text":
        if (choices === null) this.starts[slot] = readText(reader, isChecked);
        else this.starts[slot] = this.#readChoice(reader, slot, isChecked, choices);
        this.ends[slot] = reader.offset;
        return;
      case "texts":
        this.starts[slot] = this.#itemCount;
        this.#readTexts(reader);
        this.ends[slot] = this.#itemCount;
        return;
      case "link": {
        if (reader.nextMajor() !== MAJOR.tag) throw UNUSUAL;
        const start = reader.enterCid();
        // Version 0 is written in another base.
        if (isCidV0(reader.bytes, start)) throw UNUSUAL;
        this.starts[slot] = start;
        this.ends[slot] = reader.offset;
        return;
      }
      case "array":
      case "object":
        if (reader.nextMajor() !== JSON_MAJOR[form]) return reader.check(depth);
        this.starts[slot] = this.json.length;
        reader.offset = cborItemToJson(reader.bytes, reader.offset, this.#end, this.json, depth);
        this.ends[slot] = this.json.length;
        return;
      case "map":
        throw new TypeError("Cannot read a map as one field");
    }
  }

  #readChoice(reader: CborReader, slot: number, isChecked: boolean, choices: Names): number {
    if (reader.nextMajor() !== MAJOR.text) throw UNUSUAL;
    this.chosen[slot] = reader.readName(choices);
    const start = reader.offset - reader.argument;
    if (isChecked && !isUtf8(reader.bytes, start, reader.offset)) throw UNUSUAL;
    return start;
  }

  #readTexts(reader: CborReader): void {
    if (reader.nextMajor() !== MAJOR.array) throw UNUSUAL;
    for (let left = reader.readArraySize(); left > 0; left--) {
      this.items[this.#itemCount++] = readText(reader, false);
      this.items[this.#itemCount++] = reader.offset;
    }
  }
}

/** Where a text begins; it ends at the reader's offset. */
function readText(reader: CborReader, isChecked: boolean): number {
  if (reader.nextMajor() !== MAJOR.text) throw UNUSUAL;
  const start = reader.enterText();
  if (isChecked && !isUtf8(reader.bytes, start, reader.offset)) throw UNUSUAL;
  return start;
}
