import { layoutOf } from "../support/events.ts";
import { assertEquals, assertNotEquals } from "@std/assert";
import { accountEventId, accountEventKey, copiesOf, encodeAccountEvent } from "../../src/events/account_event.ts";
import { ACCOUNT_ENVELOPE } from "../../src/events/definition.ts";
import { decodeHeaders } from "../../src/record/headers.ts";
import { encodeMessage } from "../../src/simulator/frames.ts";
import { frameOf } from "../support/messages.ts";
import { textOf } from "../support/records.ts";

const DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";
const TIME = "2026-07-01T12:00:00.123Z";
const account = (fields = {}) =>
  frameOf(encodeMessage("#account", { seq: 7, did: DID, time: TIME, active: true, ...fields }), "account");
const identity = (fields = {}) =>
  frameOf(encodeMessage("#identity", { seq: 7, did: DID, time: TIME, ...fields }), "identity");
const sync = (fields = {}) =>
  frameOf(encodeMessage("#sync", { seq: 7, did: DID, time: TIME, rev: "3lzzzzzzzzz2a", ...fields }), "sync");

Deno.test("accountEventId() names kind and time or revision, and the number of a message without a time", () => {
  assertEquals([account(), identity(), sync()].map(accountEventId), [
    `${DID}/account/${TIME}`,
    `${DID}/identity/${TIME}`,
    `${DID}/sync/3lzzzzzzzzz2a`,
  ]);
  assertEquals(accountEventId(account({ time: "" })), `${DID}/account/7`);
});

Deno.test("accountEventKey() tells messages of one time apart by what they say, and is the same on another relay", () => {
  assertEquals(accountEventKey(account({ seq: 8 })), accountEventKey(account()));
  assertEquals(accountEventKey(sync({ seq: 8, time: "x" })), accountEventKey(sync()));
  const other = account({ active: false, status: "deleted" });
  assertEquals(accountEventId(other), accountEventId(account()));
  assertNotEquals(accountEventKey(other), accountEventKey(account()));
  assertNotEquals(accountEventKey(identity({ handle: "a.example" })), accountEventKey(identity()));
});

Deno.test("encodeAccountEvent() passes any status and any handle on, and falls back to the time of receipt", () => {
  const read = (frame: Parameters<typeof encodeAccountEvent>[0]) =>
    JSON.parse(
      textOf(encodeAccountEvent(frame, "wss://h/p", Date.UTC(2026, 0, 2), layoutOf("structured"), null).value),
    );
  const gone = read(account({ active: false, status: 'eaten by a "whale"', time: "soon" }));
  assertEquals(Object.keys(gone), [...Object.keys(ACCOUNT_ENVELOPE), "data"]);
  assertEquals([gone.type, gone.subject, gone.time], ["Atproto.Account", DID, "2026-01-02T00:00:00.000Z"]);
  assertEquals(gone.data, {
    did: DID,
    handle: null,
    active: false,
    status: 'eaten by a "whale"',
    indexed_at: "soon",
    seq: 7,
  });
  assertEquals(read(account()).data.status, null);
  assertEquals(read(identity()).data, { did: DID, handle: null, indexed_at: TIME, seq: 7 });
  assertEquals(read(identity({ handle: "handle.invalid" })).data.handle, "handle.invalid");
  assertEquals([read(sync()).type, read(sync()).data.rev], ["Atproto.Sync", "3lzzzzzzzzz2a"]);
});

Deno.test("encodeAccountEvent() takes no time from the future, after which no other would count", () => {
  const received = Date.parse(TIME) - 5 * 60_000;
  const timeAt = (receivedMs: number) =>
    JSON.parse(textOf(encodeAccountEvent(account(), "wss://h/p", receivedMs, layoutOf("structured"), null).value)).time;
  assertEquals([timeAt(received), timeAt(received - 1)], [TIME, "2026-07-01T11:55:00.122Z"]);
  assertEquals(account().time, TIME);
});

Deno.test("encodeAccountEvent() keys the record by the DID and has the attributes in headers in binary mode", () => {
  const record = encodeAccountEvent(account(), "wss://h/p", 0, layoutOf("binary", "t"), null);
  assertEquals([textOf(record.key), record.uri, record.topic], [DID, `at://${DID}`, "t"]);
  const headers = decodeHeaders(record.headers ?? new Uint8Array());
  assertEquals(headers["ce_id"], `${DID}/account/${TIME}`);
  assertEquals("ce_action" in headers, false);
  assertEquals(JSON.parse(textOf(record.value)).active, true);
});

Deno.test("copiesOf() has the same event for each topic of records but its own, and of #account alone", () => {
  const recordTopics = () => ["b.likes", "b.account", "b.posts", "b.likes"];
  for (const mode of ["structured", "binary"] as const) {
    const layout = { ...layoutOf(mode, "b.account"), recordTopics };
    const event = encodeAccountEvent(account({ active: false, status: "takendown" }), "wss://h/p", 0, layout, null);
    const copies = copiesOf(account(), event, layout);
    assertEquals(copies.map(({ topic }) => topic), ["b.likes", "b.posts"]);
    for (const { key, partitionKey, value, headers, type, uri, timestampMs } of copies) {
      assertEquals([key, partitionKey, value, headers], [event.key, event.partitionKey, event.value, event.headers]);
      assertEquals([type, uri, timestampMs], [event.type, event.uri, event.timestampMs]);
    }
    for (const frame of [identity(), sync()]) assertEquals(copiesOf(frame, event, layout), []);
  }
});
