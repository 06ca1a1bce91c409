/**
 * Events about the stream itself, such as a gap in it.
 *
 * @module
 */
import type { ProducerRecord } from "../record/producer_record.ts";
import { encodeEvent, envelope } from "./cloudevent.ts";
import type { EventData, StreamDefinition } from "./definition.ts";
import type { RecordLayout } from "./record_layout.ts";

/** What an event about the stream says. */
export interface StreamEvent<D extends StreamDefinition> {
  readonly definition: D;
  /** The firehose URL without its query. */
  readonly source: string;
  /**
   * Subject of the event: the host of the firehose, or the DID of the account that it is about. It is the key where that of
   * others is the account; else that is `id`.
   */
  readonly subject: string;
  readonly id: string;
  /** RFC 3339 in UTC. */
  readonly time: string;
  readonly data: EventData<D>;
}

/** Encodes an event about the stream, known at `receivedMs`, in milliseconds since 1970. */
export function encodeStreamEvent<D extends StreamDefinition>(
  event: StreamEvent<D>,
  layout: RecordLayout,
  receivedMs: number,
): ProducerRecord {
  const { definition: { type, kind }, source, subject, id, time, data } = event;
  const place = { uri: id, key: id, kind, collection: null };
  return encodeEvent({ ...envelope({ type, source, subject, id, time }), data }, place, layout, receivedMs);
}
