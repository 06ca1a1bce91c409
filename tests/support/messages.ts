/**
 * Messages for tests: recorded ones, and ones that are made to measure.
 *
 * @module
 */
import { cidForLex, encode } from "@atproto/lex-cbor";
import { BlockMap, blocksToCarFile } from "@atproto/repo";
import { cidText } from "../../src/atproto/cid.ts";
import { type Span, spanText } from "../../src/atproto/bytes/span.ts";
import { encodeMessage, type Lex } from "../../src/simulator/frames.ts";
import { readRecording } from "../../src/upstream/recording.ts";
import { type CommitFrame, decodeFrame, type Frame } from "../../src/atproto/frame.ts";

/** Files of recorded messages in tests/golden. */
export const RECORDED = ["indigo_commits.bin", "indigo_relay.bin", "hydrant.bin"] as const;

/** All messages of a file in tests/golden. */
export async function recorded(name: string): Promise<Uint8Array[]> {
  const messages: Uint8Array[] = [];
  const path = new URL(`../golden/${name}`, import.meta.url).pathname;
  for await (const { bytes } of readRecording(path)) messages.push(bytes);
  return messages;
}

/** Decodes a message that must be a frame of this kind. */
export function frameOf<K extends Frame["kind"]>(bytes: Uint8Array, kind: K): Extract<Frame, { kind: K }> {
  const frame = decodeFrame(bytes);
  if (frame.kind !== kind) throw new Error(`Wanted a ${kind}, got ${JSON.stringify(frame).slice(0, 200)}`);
  return frame as Extract<Frame, { kind: K }>;
}

/** The operations of a commit as texts: action, path and CID, or what is wrong. */
export function opsOf(frame: CommitFrame): string[] {
  const ops: string[] = [];
  for (const reader = frame.ops(); reader.next();) {
    const { action, path, cid, problem } = reader;
    const text = (span: Span) => spanText(frame.bytes, span);
    const cidOf = (span: Span) => cidText(frame.bytes.subarray(span.start, span.end));
    ops.push(problem ?? `${action} ${text(path)} ${cid && cidOf(cid)}`);
  }
  return ops;
}

/** One record for {@linkcode commitMessage}; `bytes` stand in the archive in place of the record's own encoding. */
export interface MadeOp {
  readonly action?: string;
  readonly path: string;
  readonly record?: unknown;
  /** Leave the block out. */
  readonly missing?: boolean;
  /** Put these bytes under the record's CID. */
  readonly bytes?: Uint8Array;
}

/** A `#commit` that holds these records; its signature and tree are left out, as nothing here reads them. */
export async function commitMessage(
  ops: readonly MadeOp[],
  fields: { readonly [field: string]: unknown } = {},
): Promise<Uint8Array> {
  const blocks = new BlockMap();
  const stated: unknown[] = [];
  let root = await cidForLex({});
  for (const { action = "create", path, record = {}, missing, bytes } of ops) {
    const block = bytes ?? encode(record as Lex);
    const cid = await cidForLex((bytes === undefined ? record : { bytes }) as Lex);
    root = cid;
    if (missing !== true) blocks.set(cid, block);
    stated.push({ action, path, cid: action === "delete" ? null : cid });
  }
  const body = {
    seq: 31_500_000_001,
    repo: "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa",
    rev: "3lzzzzzzzzz2a",
    since: null,
    commit: root,
    blocks: await blocksToCarFile(root, blocks),
    ops: stated,
    blobs: [],
    rebase: false,
    tooBig: false,
    time: "2026-07-01T12:00:00.123456Z",
    ...fields,
  };
  return encodeMessage("#commit", body as { readonly [field: string]: Lex });
}

/** A `#commit` frame that holds these records. */
export async function commitFrame(
  ops: readonly MadeOp[],
  fields: { readonly [field: string]: unknown } = {},
): Promise<CommitFrame> {
  return frameOf(await commitMessage(ops, fields), "commit");
}
