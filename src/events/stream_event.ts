/**
 * Events about the stream itself, such as a gap in it. They are rare, so they take the generic path.
 *
 * @module
 */
import { encodeTextHeaders } from "../record/headers.ts";
import { ProducerRecord } from "../record/producer_record.ts";
import { binaryHeaders, type ContentMode, DATA_MEDIA_TYPE } from "./framing.ts";
import type { EventData, StreamDefinition } from "./definition.ts";

const utf8 = new TextEncoder();

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
  topic = "",
): ProducerRecord {
  const { definition: { type }, source, host, id, time, data } = event;
  const envelope = { specversion: "1.0", type, source, subject: host, id, time, datacontenttype: DATA_MEDIA_TYPE };
  const isBinary = mode === "binary";
  return ProducerRecord.of({
    topic,
    key: utf8.encode(host),
    value: utf8.encode(JSON.stringify(isBinary ? data : { ...envelope, data })),
    headers: isBinary ? encodeTextHeaders(binaryHeaders(envelope)) : null,
    uri: id,
    type,
  });
}
