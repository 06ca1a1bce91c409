/**
 * Gaps in the stream: they come from no record.
 *
 * @module
 */
import type { StreamDefinition } from "../definition.ts";

/** A gap. */
export const GAP = {
  type: "Bluesky.Stream.Gap",
  kind: "stream",
  collection: null,
  key: "gap_id",
  doc: "Messages of the firehose are missing, or may be, between two positions of the stream.",
  fields: {
    gap_id: {
      type: "string",
      nullable: false,
      doc: "`gap/HOST/SEQ/HOST/SEQ`: the positions before and after the gap",
    },
    host: { type: "string", nullable: false, doc: "host of the relay after the gap" },
    cause: {
      type: "string",
      nullable: false,
      doc: "`window-exceeded`: the relay no longer had everything after the cursor, or left something out; " +
        "`sequence-reset`: the relay's sequence numbers began again; `host-changed`: another relay is read, and nothing " +
        "proves that it continues where the last one was left; `cursor-lost`: the cursor of the job is gone, and " +
        "nothing shows how far it got",
    },
    from_host: { type: "string", nullable: false, doc: "host of the relay before the gap" },
    from_seq: {
      type: "integer",
      nullable: false,
      doc: "sequence number of the last message before the gap, on from_host; 0 if it is not known",
    },
    from_time: {
      type: "string",
      nullable: true,
      doc:
        "time of the stream there, by most of the last messages, or the time that was set as the start; null if it is " +
        "not known",
    },
    to_seq: {
      type: "integer",
      nullable: false,
      doc: "sequence number of the first message after the gap, on host",
    },
    to_time: { type: "string", nullable: true, doc: "its time; null if it has none" },
    events_lost: {
      type: "integer",
      nullable: true,
      doc: "maximum number of lost messages: the sequence numbers between; null if these do not show it",
    },
  },
} as const satisfies StreamDefinition;
