/**
 * A gap in the stream to its event.
 *
 * @module
 */
import type { StreamGap } from "../upstream/gap.ts";
import type { ProducerRecord } from "../record/producer_record.ts";
import type { RecordLayout } from "./record_layout.ts";
import { encodeStreamEvent } from "./stream_event.ts";
import { eventTime } from "./time.ts";
import { GAP } from "./types/gap.ts";

/**
 * The finished event of a gap. `source` is the firehose URL without its query; `receivedMs` (since 1970) stands in for a
 * time that the first message after the gap does not have.
 */
export function encodeGap(
  gap: StreamGap,
  source: string,
  receivedMs: number,
  layout: RecordLayout,
): ProducerRecord {
  const { cause, from, to, missing } = gap;
  const id = `gap/${from.host}/${from.seq}/${to.host}/${to.seq}`;
  const toTime = to.time === null ? null : eventTime(to.time);
  return encodeStreamEvent(
    {
      definition: GAP,
      source,
      subject: to.host,
      id,
      time: toTime ?? new Date(receivedMs).toISOString(),
      data: {
        gap_id: id,
        host: to.host,
        cause,
        from_host: from.host,
        from_seq: from.seq,
        from_time: from.time,
        to_seq: to.seq,
        to_time: to.time,
        events_lost: missing,
      },
    },
    layout,
    receivedMs,
  );
}
