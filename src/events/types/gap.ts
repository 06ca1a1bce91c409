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
  doc: "Messages of the firehose are missing, or may be, between two places in the stream.",
  fields: {
    gap_id: {
      type: "string",
      nullable: false,
      doc: "`gap/HOST/SEQ/HOST/SEQ`: the place before the gap and the place after it",
    },
    host: { type: "string", nullable: false, doc: "host of the firehose after the gap" },
    cause: {
      type: "string",
      nullable: false,
      doc:
        "`window-exceeded`: the host went on, but not from the cursor, as where it no longer had everything after it; " +
        "`sequence-reset`: the host counts anew; `host-changed`: another host is read, and nothing proves that it goes " +
        "on where the one before was left; `cursor-lost`: the cursor of the job is gone, and nothing shows how far it got",
    },
    from_host: { type: "string", nullable: false, doc: "host of the firehose before the gap" },
    from_seq: {
      type: "integer",
      nullable: false,
      doc: "sequence number of the last message before the gap, counted by from_host; 0 where it is not known",
    },
    from_time: {
      type: "string",
      nullable: true,
      doc: "the time of the stream there, as most of the last messages have it, or the time that was chosen as the " +
        "start; null if it is not known",
    },
    to_seq: {
      type: "integer",
      nullable: false,
      doc: "sequence number of the first message after the gap, counted by host",
    },
    to_time: { type: "string", nullable: true, doc: "its time; null if it has none" },
    events_lost: {
      type: "integer",
      nullable: true,
      doc: "how many messages of the firehose are lost at most: the numbers between; null where numbers cannot tell",
    },
  },
} as const satisfies StreamDefinition;
