/**
 * The CloudEvents envelope: what identifies an event, when it happened, where it came from.
 *
 * @module
 */
import type { CloudEventV1 } from "cloudevents";
import type { RepoOp, RepoRecord } from "../atproto/repo_op.ts";
import type { Verified, VerifyReason } from "../atproto/verify.ts";
import { envelope } from "./cloudevent.ts";
import { eventData } from "./data.ts";
import type { DeleteDefinition, EventData, RecordDefinition } from "./definition.ts";
import type { HandleSource } from "./handle_source.ts";
import { eventTime } from "./time.ts";
import { type MoreAttributes, NO_MORE } from "./verdict.ts";

/** The event of an operation as it is emitted, with the extension attributes about operations. */
export interface BlueskyEvent extends CloudEventV1<EventData<RecordDefinition | DeleteDefinition>> {
  readonly action: RepoOp["kind"];
  readonly rev: string;
  readonly collection: string;
  readonly sampledrate?: number;
  readonly verified?: Verified;
  readonly verifyreason?: VerifyReason;
}

/**
 * Makes the event of an operation; of a delete the record is empty. `source` is the firehose URL without its query;
 * `receivedAt` RFC 3339 in UTC; `sampledRate` how many records the event stands for, null where none is left out; `handles` null
 * where none are asked for; `more` what stands behind the other attributes.
 */
export function toEvent(
  definition: RecordDefinition | DeleteDefinition,
  op: RepoOp,
  record: RepoRecord,
  source: string,
  receivedAt: string,
  sampledRate: number | null,
  handles: HandleSource | null,
  more: MoreAttributes = NO_MORE,
): BlueskyEvent {
  const { did: subject, kind: action, rev, collection } = op;
  const { type } = definition;
  const time = eventTime(op.time) ?? receivedAt;
  return {
    ...envelope({ type, source, subject, id: eventId(op), time }),
    action,
    rev,
    collection,
    ...(sampledRate === null ? {} : { sampledrate: sampledRate }),
    ...more,
    data: eventData(definition, op, record, time, handles),
  };
}

/**
 * The same for one operation on every replay and every relay, and different for every other: only a DID, a
 * collection and a record key that hold no slash get here, so the parts cannot run together.
 */
export function eventId(op: Pick<RepoOp, "did" | "rev" | "collection" | "rkey">): string {
  return `${op.did}/${op.rev}/${op.collection}/${op.rkey}`;
}
