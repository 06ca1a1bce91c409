/**
 * The rows of an event type, compiled for the fast path: which fields of a record to find, and what to write of them in
 * which order. What is the same in every event is written as it stands.
 *
 * @module
 */
import { MAX_CID_BYTES } from "../atproto/cid.ts";
import { MAJOR } from "../atproto/cbor.ts";
import { type Names, namesOf } from "../atproto/names.ts";
import type { RecordDefinition } from "./definition.ts";
import { BLOB, type Own, type Path, type Source } from "./fields.ts";
import { ascii } from "./json_writer.ts";

/** Fields of a map that are found by their names; all others are checked and stepped over. */
export interface MapPlan {
  readonly names: Names;
  /** By the place of the name in `names`. */
  readonly fields: readonly FieldPlan[];
}

/** What a field must be in the fast path, and the slot that takes it. */
export interface FieldPlan {
  readonly form: "text" | "texts" | "link" | "array" | "object" | "map";
  readonly slot: number;
  /** Whether some events do not write it, so that nothing else shows that it is UTF-8. */
  readonly isChecked: boolean;
  /** The texts that a choice knows, of a text that chooses. */
  readonly choices: Names | null;
  /** The fields within, of a map. */
  readonly map: MapPlan | null;
}

/** One piece that is always the same, and the value behind it. */
export interface Step {
  readonly before: Uint8Array;
  readonly value:
    | "did"
    | "path"
    | "collection"
    | "rkey"
    | "record"
    | "cid"
    | "handle"
    | "subject-handle"
    | "time"
    | "sort-time"
    | "seq"
    | "text"
    | "optional"
    | "texts"
    | "json"
    | "blob"
    | "choice";
  /** Where the value is; of a choice what it is chosen by, of a blob its link. */
  readonly slot: number;
  /** Of a blob: the slot of the CID as text. */
  readonly textSlot: number;
  /** Of a choice: by the place of a text among those it knows, the slot that is meant. */
  readonly choices: readonly number[];
}

/** What must stand in the record at a place that becomes JSON. */
export const JSON_MAJOR = { array: MAJOR.array, object: MAJOR.map } as const;

/** An event type as the fast path takes it. */
export interface Plan {
  readonly root: MapPlan;
  readonly slots: number;
  /** Whether some slots hold JSON. */
  readonly hasJson: boolean;
  readonly steps: readonly Step[];
  /** The piece after the last value. */
  readonly after: Uint8Array;
  /** The most bytes of all that is written but texts of the record, the DID, the path and the time. */
  readonly fixedBytes: number;
  /** How many times an event has the DID, and the path or a part of it. */
  readonly dids: number;
  readonly paths: number;
  /** Whether an event has the whole record. */
  readonly hasRecord: boolean;
  /** Whether an event has the handle of another account than its own. */
  readonly hasSubjectHandle: boolean;
  /** How many times the same text of the record may be written. */
  readonly copies: number;
}

/** `null`, where a value is missing. */
const NULL_BYTES = 4;
const INTEGER_BYTES = 16;
/** The longest handle, with quotes. */
export const HANDLE_BYTES = 255;
/** With nanoseconds. */
const TIME_BYTES = 30;

/**
 * Compiles an event type, with handles or with null in place of each.
 *
 * @throws {TypeError} if two of its rows want different things at one place of the record
 */
export function planOf({ type, fields }: RecordDefinition, hasHandles: boolean): Plan {
  const places = new Places(type);
  const steps: Step[] = [];
  let piece = "";
  const step = (value: Step["value"], slot = 0, more: { textSlot?: number; choices?: number[] } = {}) => {
    steps.push({ before: ascii(piece), value, slot, textSlot: more.textSlot ?? 0, choices: more.choices ?? [] });
    piece = "";
  };
  const own = (name: Own) => {
    if (name === "seq") return step("seq");
    piece += '"';
    if (name === "uri") {
      piece += "at://";
      step("did");
      piece = "/";
      step("path");
    } else step(name);
    piece = '"';
  };
  const value = (from: Source) => {
    switch (from.form) {
      case "own":
        return own(from.name);
      case "handle":
        if (hasHandles) return step("handle");
        piece += "null";
        return;
      case "subject-handle":
        if (hasHandles) return step("subject-handle", places.read(from.path));
        piece += "null";
        return;
      case "record":
        return step("record");
      case "sort-time":
        piece += '"';
        step("sort-time", places.perhapsWritten(from.path));
        piece = '"';
        return;
      case "text":
        return step("text", places.written(from.path, "text"));
      case "optional-text":
        return step("optional", places.written(from.path, "text"));
      case "texts":
        return step("texts", places.written(from.path, "texts"));
      case "array":
      case "object":
        return step("json", places.written(from.path, from.form));
      case "blob": {
        const textSlot = places.perhapsWritten(`${from.path}.${BLOB.text}`);
        return step("blob", places.written(`${from.path}.${BLOB.link}`, "link"), { textSlot });
      }
      case "choice": {
        const choices = Object.values(from.paths).map((path) => places.perhapsWritten(path));
        return step("choice", places.choosing(from.by, Object.keys(from.paths)), { choices });
      }
    }
  };
  Object.entries(fields).forEach(([name, { from }], i) => {
    piece += `${i === 0 ? "" : ","}${JSON.stringify(name)}:`;
    value(from);
  });
  const after = ascii(piece);
  const count = (kind: Step["value"]) => steps.filter(({ value }) => value === kind).length;
  return {
    ...places.compiled(),
    hasJson: count("json") > 0,
    steps,
    after,
    fixedBytes: steps.reduce((sum, { before, value }) => sum + before.length + fixedBytesOf(value), after.length),
    dids: count("did"),
    paths: count("path") + count("collection") + count("rkey"),
    hasRecord: count("record") > 0,
    hasSubjectHandle: count("subject-handle") > 0,
  };
}

function fixedBytesOf(value: Step["value"]): number {
  // In base 32 a CID has eight characters for five bytes.
  return value === "cid"
    ? MAX_CID_BYTES * 2
    : value === "handle" || value === "subject-handle"
    ? HANDLE_BYTES
    : value === "seq"
    ? INTEGER_BYTES
    : value === "sort-time"
    ? TIME_BYTES
    : NULL_BYTES;
}

/** A place of the record: a value, or the places within it. */
interface Place {
  readonly form: FieldPlan["form"];
  readonly slot: number;
  /** How many fields of the event it is always in, and how many it may be in. */
  always: number;
  perhaps: number;
  choices: Names | null;
  readonly within: Map<string, Place>;
}

/** The places of the record that the rows of a type name. */
class Places {
  readonly #type: string;
  readonly #root = new Map<string, Place>();
  readonly #all: Place[] = [];
  #slots = 0;

  constructor(type: string) {
    this.#type = type;
  }

  /** The slot of a place that every event writes. */
  written(path: Path, form: FieldPlan["form"]): number {
    const place = this.#take(path, form);
    place.always++;
    return place.slot;
  }

  /** The slot of a text that some events write. */
  perhapsWritten(path: Path): number {
    const place = this.#take(path, "text");
    place.perhaps++;
    return place.slot;
  }

  /** The slot of a text that is looked at; where it stands is written by another field. */
  read(path: Path): number {
    return this.#take(path, "text").slot;
  }

  /** The slot of a text that chooses what is written. */
  choosing(path: Path, texts: readonly string[]): number {
    const place = this.#take(path, "text");
    if (place.choices !== null) throw new TypeError(`Cannot compile ${this.#type}: two fields are chosen by "${path}"`);
    place.choices = namesOf(texts);
    return place.slot;
  }

  #take(path: Path, form: FieldPlan["form"]): Place {
    const names = path.split(".");
    let within = this.#root;
    for (const name of names.slice(0, -1)) within = this.#at(within, name, "map", path).within;
    return this.#at(within, names.at(-1) ?? "", form, path);
  }

  #at(places: Map<string, Place>, name: string, form: FieldPlan["form"], path: Path): Place {
    const found = places.get(name);
    if (found === undefined) {
      const made = {
        form,
        slot: form === "map" ? 0 : this.#slots++,
        always: 0,
        perhaps: 0,
        choices: null,
        within: new Map(),
      };
      places.set(name, made);
      this.#all.push(made);
      return made;
    }
    if (found.form === form) return found;
    throw new TypeError(`Cannot compile ${this.#type}: "${path}" is both ${found.form} and ${form} at "${name}"`);
  }

  compiled(): Pick<Plan, "root" | "slots" | "copies"> {
    const copies = Math.max(1, ...this.#all.map(({ always, perhaps }) => always + perhaps));
    return { root: mapPlan(this.#root), slots: this.#slots, copies };
  }
}

function mapPlan(places: ReadonlyMap<string, Place>): MapPlan {
  const fields = [...places.values()].map(({ form, slot, always, choices, within }) => ({
    form,
    slot,
    isChecked: always === 0,
    choices,
    map: form === "map" ? mapPlan(within) : null,
  }));
  return { names: namesOf([...places.keys()]), fields };
}
