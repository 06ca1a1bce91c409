/**
 * Finished records for the tests of sinks.
 *
 * @module
 */
import { ProducerRecord } from "../../src/record/producer_record.ts";
import type { Outcome, Receipt } from "../../src/record/producer.ts";

const utf8 = new TextEncoder();

/** A record of `key` whose value is `text`, with headers of its own if there are any; it is for lines. */
export function producerRecord(key: string, text: string, headers: Uint8Array | null = null): ProducerRecord {
  return recordOf("", key, text, headers);
}

/** The same for a topic. */
export function recordOf(
  topic: string,
  key: string,
  text: string,
  headers: Uint8Array | null = null,
): ProducerRecord {
  return ProducerRecord.of({
    topic,
    key: utf8.encode(key),
    value: utf8.encode(text),
    headers,
    uri: `at://${key}/app.bsky.feed.like/${text.slice(0, 20)}`,
    type: "Bluesky.Feed.Like",
  });
}

/** The value of a record, as text. */
export function textOf(bytes: Uint8Array | string | null | undefined): string {
  return typeof bytes === "string" ? bytes : new TextDecoder().decode(bytes ?? new Uint8Array());
}

/** A receipt that notes what it is told, as `VALUE OUTCOME`. */
export class Notes implements Receipt {
  readonly told: string[] = [];

  settle(record: ProducerRecord, outcome: Outcome): void {
    this.told.push(`${textOf(record.value).slice(0, 20)} ${outcome}`);
  }
}
