/**
 * Finished records for the tests of sinks.
 *
 * @module
 */
import { OutRecord } from "../../src/record/out_record.ts";
import type { Outcome, Receipt } from "../../src/record/sink.ts";

const utf8 = new TextEncoder();

/** A record of `key` whose value is `text`, with headers of its own if there are any. */
export function outRecord(key: string, text: string, headers: Uint8Array | null = null): OutRecord {
  return OutRecord.of({
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

  settle(record: OutRecord, outcome: Outcome): void {
    this.told.push(`${textOf(record.value).slice(0, 20)} ${outcome}`);
  }
}
