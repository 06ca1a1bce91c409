/**
 * All blocks of a CAR archive by their CIDs. Nothing is hashed before it is asked for, and nothing is given that is not
 * what its CID promises.
 *
 * @module
 */
import type { Span } from "./bytes/span.ts";
import { walkSections } from "./car.ts";
import { cidMatches } from "./cid.ts";

const DIGEST_BYTES = 32;

interface Section {
  readonly cid: Span;
  readonly block: Span;
}

/** The blocks of an archive that is a range of a message. */
export class Archive {
  readonly bytes: Uint8Array;
  /** The first block; null where there is none. */
  readonly first: Section | null;
  /** What stopped the walk before the end, or null; blocks before it are there. */
  readonly problem: string | null;
  /** By digest; of blocks with one digest the first. */
  readonly #sections = new Map<string, Section>();

  constructor(bytes: Uint8Array, car: Span) {
    this.bytes = bytes;
    this.problem = this.#walk(car);
    const [first = null] = this.#sections.values();
    this.first = first;
  }

  /** Where the block with this CID stands; null where it is missing, or is another than its hash promises. */
  find(cid: Uint8Array): Span | null {
    const section = this.#sections.get(digestText(cid, 0, cid.length));
    if (section === undefined || section.cid.end - section.cid.start !== cid.length) return null;
    for (let i = 0; i < cid.length; i++) if (this.bytes[section.cid.start + i] !== cid[i]) return null;
    return cidMatches(this.bytes, section.cid, section.block) ? section.block : null;
  }

  #walk(car: Span): string | null {
    return walkSections(this.bytes, car, (start, data, end) => {
      const key = digestText(this.bytes, start, data);
      if (!this.#sections.has(key)) this.#sections.set(key, { cid: { start, end: data }, block: { start: data, end } });
      return true;
    });
  }
}

/** The digest that ends a CID, two bytes a character: a tenth of the time that a character a byte takes. */
function digestText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start < DIGEST_BYTES) return "";
  const at = end - DIGEST_BYTES;
  for (let i = 0; i < UNITS.length; i++) UNITS[i] = ((bytes[at + 2 * i] ?? 0) << 8) | (bytes[at + 2 * i + 1] ?? 0);
  return String.fromCharCode.apply(null, UNITS as unknown as number[]);
}

const UNITS = new Uint16Array(DIGEST_BYTES / 2);
