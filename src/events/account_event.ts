/**
 * Messages about accounts to their events. They are a hundredth of all messages.
 *
 * @module
 */
import type { AccountFrame, IdentityFrame, SyncFrame } from "../atproto/frame.ts";
import type { ProducerRecord } from "../record/producer_record.ts";
import { encodeEvent, envelope } from "./cloudevent.ts";
import type { EventData } from "./definition.ts";
import { handleOfFrame, type HandleSource } from "./handle_source.ts";
import type { RecordLayout } from "./record_layout.ts";
import { eventTime } from "./time.ts";
import { type MoreAttributes, NO_MORE } from "./verdict.ts";
import { ACCOUNT } from "./types/account.ts";
import { IDENTITY } from "./types/identity.ts";
import { SYNC } from "./types/sync.ts";

/** How far the clock of a host may be ahead. */
const MAX_AHEAD_MS = 5 * 60_000;

/** A message that is about an account, or its repository as a whole. */
export type AboutAccount = IdentityFrame | AccountFrame | SyncFrame;

/**
 * The `id` of the event: the same on every replay of a relay. It has the revision or the message's time; a message
 * without a time is distinguished by its sequence number.
 */
export function accountEventId(frame: AboutAccount): string {
  const { did, kind, time, seq } = frame;
  return `${did}/${kind}/${kind === "sync" ? frame.rev : time === "" ? seq : time}`;
}

/**
 * What distinguishes the event from all others, on every relay. Two messages of one account may have one time, and so
 * their events one `id`; what they say distinguishes them.
 */
export function accountEventKey(frame: AboutAccount): string {
  const id = accountEventId(frame);
  if (frame.kind === "sync") return id;
  return `${id}/${frame.kind === "identity" ? frame.handle : `${frame.active} ${frame.status}`}`;
}

/**
 * The finished event of a message about an account. `source` is the firehose URL without its query; `receivedMs` (since
 * 1970) stands in for a time that the message does not have, or that is far in the future. `more` are
 * the attributes of what is verified, a `#sync` alone.
 *
 * Where the key is not the DID it names the kind too: a compacted topic then keeps the last message of each kind, so that
 * none hides that the account is gone.
 */
export function encodeAccountEvent(
  frame: AboutAccount,
  source: string,
  receivedMs: number,
  layout: RecordLayout,
  handles: HandleSource | null,
  more: MoreAttributes = NO_MORE,
): ProducerRecord {
  const { type, data } = typed(frame, handles);
  const { did: subject, kind } = frame;
  const time = timeOf(frame, receivedMs) ?? new Date(receivedMs).toISOString();
  const attributes = envelope({ type, source, subject, id: accountEventId(frame), time });
  const uri = `at://${subject}`;
  const place = { uri, key: `${uri}#${kind}`, kind, collection: null };
  return encodeEvent({ ...attributes, ...(kind === "sync" ? more : NO_MORE), data }, place, layout, receivedMs);
}

/**
 * Copies of the event of an `#account`, for all topics of records but its own: whoever reads one of them alone has to see
 * that an account is gone, or back.
 */
export function copiesOf(frame: AboutAccount, event: ProducerRecord, layout: RecordLayout): readonly ProducerRecord[] {
  if (frame.kind !== "account") return [];
  const topics = new Set(layout.recordTopics());
  topics.delete(event.topic);
  return [...topics].map((topic) => event.copyFor(topic));
}

/**
 * The time of the message. Of an account's messages the latest by time is how it stands, so a host that claims a time in
 * the future could outlast a takedown: such a time is none.
 */
function timeOf({ time }: AboutAccount, receivedMs: number): string | null {
  const claimed = eventTime(time);
  return claimed !== null && Date.parse(claimed) <= receivedMs + MAX_AHEAD_MS ? claimed : null;
}

function typed(frame: AboutAccount, handles: HandleSource | null) {
  const { did, time: indexed_at, seq } = frame;
  switch (frame.kind) {
    case "identity": {
      const data: EventData<typeof IDENTITY> = { did, handle: frame.handle, indexed_at, seq };
      return { type: IDENTITY.type, data };
    }
    case "account": {
      const { active, status } = frame;
      const handle = handleOfFrame(handles, frame);
      const data: EventData<typeof ACCOUNT> = { did, handle, active, status, indexed_at, seq };
      return { type: ACCOUNT.type, data };
    }
    case "sync": {
      const handle = handleOfFrame(handles, frame);
      const data: EventData<typeof SYNC> = { did, handle, rev: frame.rev, indexed_at, seq };
      return { type: SYNC.type, data };
    }
  }
}
