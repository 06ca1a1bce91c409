/**
 * Events about the stream itself, such as a gap in it.
 *
 * @module
 */
import type { ProducerRecord } from "../record/producer_record.ts";
import { encodeEvent, envelope } from "./cloudevent.ts";
import type { ContentMode } from "./framing.ts";
import type { EventData, StreamDefinition } from "./definition.ts";

/** What an event about the stream says. */
export interface StreamEvent<D extends StreamDefinition> {
  readonly definition: D;
  /** The firehose URL without its query. */
  readonly source: string;
  /** Host of the firehose: subject and key of the event. */
  readonly host: string;
  readonly id: string;
  /** RFC 3339 in UTC. */
  readonly time: string;
  readonly data: EventData<D>;
}

/** Encodes an event about the stream, keyed by the host. */
export function encodeStreamEvent<D extends StreamDefinition>(
  event: StreamEvent<D>,
  mode: ContentMode,
  topic: string,
): ProducerRecord {
  const { definition: { type }, source, host: subject, id, time, data } = event;
  return encodeEvent({ ...envelope({ type, source, subject, id, time }), data }, id, mode, topic);
}
