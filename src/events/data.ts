/**
 * An operation to the data of its event by the generic path: the rows of its type, interpreted on the decoded record.
 *
 * @module
 */
import { ByteBuffer } from "../atproto/bytes/byte_buffer.ts";
import { CborReader } from "../atproto/cbor.ts";
import { cborItemToJson, cborToJson, findItem } from "../atproto/cbor_to_json.ts";
import type { RecordDelete, RepoOp, RepoRecord } from "../atproto/repo_op.ts";
import type { DeleteDefinition, EventData, RecordDefinition } from "./definition.ts";
import type { DeleteSource, Own, Path, Source } from "./fields.ts";
import { handleOfFrame, handleOfText, type HandleSource } from "./handle_source.ts";
import { RawJson } from "./raw_json.ts";
import { JSON_MAJOR } from "./plan.ts";
import { blobCid, field, text, texts } from "./read.ts";
import { sortTime } from "./time.ts";

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

type Value = string | number | readonly string[] | RawJson | null;

/**
 * The data of the event that an operation becomes, with its fields in the order of the definition. `time` is that of the
 * event; handles are null where none are asked for.
 */
export function eventData<D extends RecordDefinition | DeleteDefinition>(
  { fields }: D,
  op: RepoOp,
  record: RepoRecord,
  time: string,
  handles: HandleSource | null,
): EventData<D> {
  const data: Record<string, Value> = {};
  for (const [name, { from }] of Object.entries(fields)) data[name] = valueOf(from, op, record, time, handles);
  // The form of a row says which type its value has, which no type of TypeScript can follow here.
  return data as EventData<D>;
}

function valueOf(
  from: Source | DeleteSource,
  op: RepoOp,
  record: RepoRecord,
  time: string,
  handles: HandleSource | null,
): Value {
  switch (from.form) {
    case "own":
      return ownOf(from.name, op);
    case "handle":
      return handleOfFrame(handles, op.frame);
    case "subject-handle":
      return handleOfText(handles, text(at(record, from.path)) ?? "");
    case "prev":
      return op.kind === "delete" ? op.prevCidText : null;
    case "was-about":
      return op.kind === "delete" ? wasAbout(op, from.name) : null;
    case "record":
      return recordJson(op);
    case "sort-time":
      return sortTime(text(at(record, from.path)) ?? "", time);
    case "text":
      return text(at(record, from.path)) ?? "";
    case "optional-text":
      return text(at(record, from.path));
    case "texts":
      return texts(at(record, from.path));
    case "blob":
      return blobCid(at(record, from.path));
    case "array":
    case "object":
      return partJson(op, from);
    case "choice": {
      const path = text(field(from.paths, text(at(record, from.by)) ?? ""));
      return path === null ? null : text(at(record, path));
    }
  }
}

function ownOf(name: Own, op: RepoOp): Value {
  if (name !== "cid") return op[name];
  return op.kind === "delete" ? null : op.cidText;
}

function wasAbout({ subject }: RecordDelete, name: "uri" | "cid" | "did"): Value {
  if (subject === null) return null;
  if (subject.kind === "account") return name === "did" ? subject.did : null;
  return name === "did" ? null : subject[name];
}

/** From the bytes, as an object would lose the order of some keys and digits of large integers. */
function recordJson(op: RepoOp): Value {
  if (op.kind === "delete") return null;
  const out = new ByteBuffer();
  cborToJson(op.frame.bytes, op.block, out);
  return new RawJson(utf8.decode(out.written()));
}

/** The same of a part, or null where it is of another type. */
function partJson(op: RepoOp, { form, path }: Extract<Source, { form: "array" | "object" }>): string | null {
  if (op.kind === "delete") return null;
  const { frame: { bytes }, block } = op;
  const found = findItem(bytes, block, path.split("."));
  if (found === null || majorOf(bytes, found.start) !== JSON_MAJOR[form]) return null;
  const out = new ByteBuffer();
  cborItemToJson(bytes, found.start, block.end, out, found.depth);
  return utf8.decode(out.written());
}

function majorOf(bytes: Uint8Array, at: number): number {
  return new CborReader(bytes, at).nextMajor();
}

/** What stands at a place in a record. */
function at(record: RepoRecord, path: Path): unknown {
  return path.split(".").reduce<unknown>(field, record);
}
