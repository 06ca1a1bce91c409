/**
 * Where a simulated firehose takes its messages from.
 *
 * @module
 */
import { decodeAll } from "@atproto/lex-cbor";
import { readRecording } from "./recording.ts";
import type { Source, SourceMessage } from "./server.ts";
import { createWorld, type WorldOptions } from "./world.ts";

/** The endless messages of a made-up world. */
export function worldSource(options: WorldOptions): Promise<Source> {
  return createWorld(options);
}

/** The messages of a recording, to its end. */
export function recordedSource(path: string): Source {
  const messages = readRecording(path);
  return {
    async next() {
      const { value, done } = await messages.next();
      return done === true || value === undefined ? null : { seq: seqOf(value.bytes), bytes: value.bytes };
    },
  };
}

/** At most so many messages of a source. */
export function limitSource(source: Source, frames: number): Source {
  let left = frames;
  return { ...withOversize(source), next: () => left-- > 0 ? source.next() : Promise.resolve(null) };
}

/** The same messages, the first so many of them made at once. */
export async function prepareSource(source: Source, frames: number): Promise<Source> {
  const prepared: SourceMessage[] = [];
  for (let i = 0; i < frames; i++) {
    const message = await source.next();
    if (message === null) break;
    prepared.push(message);
  }
  let index = 0;
  return {
    ...withOversize(source),
    next: () => Promise.resolve(prepared[index++] ?? null).then((m) => m ?? source.next()),
  };
}

function withOversize(source: Source): Pick<Source, "nextOversize"> {
  return { nextOversize: (bytes) => source.nextOversize?.(bytes) ?? source.next().then(required) };
}

function required(message: SourceMessage | null): SourceMessage {
  if (message === null) throw new RangeError("Cannot make a message that is too large: the source has ended");
  return message;
}

/** The number in a message's body; null where it has none, or is no message. */
function seqOf(bytes: Uint8Array): number | null {
  try {
    const [, body] = [...decodeAll(bytes)];
    const seq = typeof body === "object" && body !== null && "seq" in body ? body.seq : null;
    return typeof seq === "number" ? seq : null;
  } catch {
    return null;
  }
}
