/**
 * A break in the chain of one repository's commits to its event.
 *
 * @module
 */
import type { RepoGap } from "../memory/repo_gap.ts";
import type { ProducerRecord } from "../record/producer_record.ts";
import type { RecordLayout } from "./record_layout.ts";
import { encodeStreamEvent } from "./stream_event.ts";
import { eventTime } from "./time.ts";
import { REPO_GAP } from "./types/repo_gap.ts";

/**
 * The finished event of a break, keyed by the DID so that it stands before the events of the commit after it. `source` is
 * the firehose URL without its query; `receivedMs` (since 1970) stands in for a time that the commit does not have.
 */
export function encodeRepoGap(
  gap: RepoGap,
  source: string,
  receivedMs: number,
  layout: RecordLayout,
): ProducerRecord {
  const { cause, did, lastRev: last_rev, since, rev, time: indexed_at, seq } = gap;
  const id = `repo-gap/${did}/${rev}`;
  return encodeStreamEvent(
    {
      definition: REPO_GAP,
      source,
      subject: did,
      id,
      time: eventTime(indexed_at) ?? new Date(receivedMs).toISOString(),
      data: { gap_id: id, did, cause, last_rev, since, rev, indexed_at, seq },
    },
    layout,
    receivedMs,
  );
}
