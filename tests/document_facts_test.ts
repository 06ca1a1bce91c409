/**
 * What documents say of the program outside of their generated parts, held against the code.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import definition from "kafkajs/src/protocol/requests/produce/index.js";
import createRequest from "kafkajs/src/protocol/request.js";
import { growthText, type Report, sizingText } from "../scripts/performance_report.ts";
import performance from "../docs/performance.json" with { type: "json" };
import npmOnly from "../scripts/npm_only.json" with { type: "json" };
import { COMMIT_EVERY_MS, instanceName } from "../src/app/exactly_once.ts";
import { MAX_SECTIONS } from "../src/atproto/car.ts";
import { MAX_DEPTH, MAX_ITEMS } from "../src/atproto/cbor.ts";
import { encodeHeaders } from "../src/record/headers.ts";
import type { Cursor } from "../src/cursor/cursor.ts";
import { EVENT_TYPES } from "../src/events/registry.ts";
import { MAX_FRAME_BYTES } from "../src/atproto/frame.ts";
import { MAX_OPS, MAX_RECORD_BYTES } from "../src/atproto/commit.ts";
import { STABLE_VERSION } from "../src/kafka/offsets/offset_store.ts";
import { committedOf } from "../src/kafka/offsets/cursor_offset.ts";
import { JITTER_MS, SILENCE_MS } from "../src/kafka/producer/liveness.ts";
import { PROFILES } from "../src/kafka/client/options.ts";
import { encodeBatches, messagesOf } from "../src/kafka/producer/produce.ts";
import { KEEP_ALIVE_MS } from "../src/kafka/client/sockets.ts";
import { DELETES, LEAST_EACH, MOST_RECORDS } from "../src/simulator/housekeeping.ts";
import { readFile } from "./support/documents.ts";
import { recordedEvents, simulatedEvents } from "./support/events.ts";
import { producerRecord } from "./support/records.ts";

/** A document, or its part below a heading, without line breaks, so that a sentence is found wherever it is wrapped. */
function proseOf(path: string, heading: string | null = null): string {
  const text = readFile(path);
  const start = heading === null ? 0 : text.search(new RegExp(`^#+ ${heading}$`, "m"));
  assert(start >= 0, `${path} has no heading ${heading}`);
  const end = heading === null ? -1 : text.indexOf("\n#", start + 1);
  return text.slice(start, end < 0 ? undefined : end).replaceAll(/\s+/g, " ");
}

Deno.test("each field for a handle is null where handles are not asked for, and says so", async () => {
  // An identity is the one message that names a handle.
  const fields = EVENT_TYPES.filter(({ kind }) => kind !== "identity").flatMap(({ fields }) => Object.entries(fields))
    .filter(([name]) => /^(?:subject_)?handle$/.test(name));
  assert(fields.length >= 8, `${fields.length}`);
  for (const [name, { nullable, doc }] of fields) {
    assertEquals(nullable, true, name);
    assertMatch(doc, /always, unless handles are looked up$|in the same way$/, name);
  }
  let seen = 0;
  for (const { event } of [...await recordedEvents(), ...await simulatedEvents(300)]) {
    for (const [name, value] of Object.entries(event.data ?? {})) {
      if (!/^(?:subject_)?handle$/.test(name)) continue;
      assertEquals(value, null, event.id);
      seen++;
    }
  }
  assert(seen > 500, `${seen}`);
});

Deno.test("EVENTS.md has the timestamp of a record, which is the event's by default", async () => {
  assertStringIncludes(
    proseOf("EVENTS.md"),
    "The timestamp of the Kafka record is the event's `time`, but never after now",
  );
  encodeBatches();
  const record = producerRecord("did:plc:a", '{"time":"2025-02-06T01:05:06.528Z"}');
  const messages = messagesOf({
    partition: 0,
    records: [record],
    headers: encodeHeaders([]),
    codec: null,
    sequence: null,
    writer: null,
  });
  const topicData = [{ topic: "bluesky", partitions: [{ partition: 0, messages }] }];
  const { request } = definition.protocol({ version: 7 })({ acks: -1, timeout: 1000, topicData });
  const before = Date.now();
  const { buffer } = await createRequest({ request, correlationId: 1, clientId: "test" });
  const after = Date.now();
  // The record is the last there is: length, attributes, two deltas, key, value, no headers.
  const batch = buffer.length - (1 + 1 + 1 + 1 + 1 + record.key.length + 1 + record.value.length + 1) - 61;
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  for (const at of [27, 35]) {
    const timestamp = Number(view.getBigInt64(batch + at));
    assert(before <= timestamp && timestamp <= after, `${timestamp}`);
  }
});

Deno.test("docs/security.md has what offsets of exactly-once tell those who may read them", () => {
  const instance = instanceName();
  assertStringIncludes(instance, `${Deno.hostname()} pid ${Deno.pid} (`);
  const owner = { job: "j", cluster: "c", topic: "t", topicId: "i", options: "o" };
  const cursor: Cursor = {
    host: "relay.example",
    seq: 17,
    time: "2026-07-01T12:00:00.000Z",
    owner,
    recent: ["did:plc:a/1"],
  };
  const { metadata } = committedOf(cursor, instance, 0);
  const prose = proseOf("docs/security.md");
  const told = [
    [instance, "the host name and the process ID"],
    [owner.job, "the name of the job"],
    [cursor.host ?? "", "the relay"],
    ["did:plc:a/1", "account and revision of the last messages"],
  ] as const;
  for (const [value, words] of told) {
    assertStringIncludes(metadata, JSON.stringify(value).slice(1, -1));
    assertStringIncludes(prose, words);
  }
});

Deno.test("documents name the request and the Kafka that exactly-once needs", () => {
  // KIP-447 brought version 7 of OffsetFetch, with Kafka 2.5.
  assertEquals(STABLE_VERSION, 7);
  for (const path of ["docs/delivery.md", "docs/guides/kafka.md"]) {
    assertMatch(proseOf(path), /Exactly once needs Kafka 2\.5 \(OffsetFetch 7\)/, path);
  }
  assertStringIncludes(proseOf("README.md"), "`--delivery exactly-once` (Kafka 2.5 or later)");
});

Deno.test("docs/delivery.md has how often transactions are committed, and when another instance takes over", () => {
  const [least, most] = [SILENCE_MS / 1000, (SILENCE_MS + JITTER_MS) / 1000];
  const takeover = proseOf("docs/delivery.md", "Fencing and standby");
  assertStringIncludes(takeover, `after ${least} to ${most} s without a heartbeat`);
  assertStringIncludes(takeover, "gives none for ten seconds");
  assertEquals(least, 10);
  assertStringIncludes(
    proseOf("docs/delivery.md", "Exactly once"),
    "in one Kafka transaction, four times a second (once for Event Hubs)",
  );
  assertEquals(COMMIT_EVERY_MS, { "kafka": 1000 / 4, "event-hubs": 1000 });
});

Deno.test("the guide for Event Hubs has when Azure closes idle connections, and what the producer does before", () => {
  const closedAfterMs = 240_000;
  const prose = proseOf("docs/guides/event-hubs.md");
  assertStringIncludes(prose, `closes a connection that was idle for ${closedAfterMs / 1000} s`);
  assertStringIncludes(prose, `keep-alive after ${KEEP_ALIVE_MS / 1000} s`);
  const { metadataMaxAgeMs } = PROFILES["event-hubs"];
  assertStringIncludes(prose, `metadata every ${metadataMaxAgeMs / 1000} s`);
  assert(KEEP_ALIVE_MS < closedAfterMs && metadataMaxAgeMs < closedAfterMs);
  for (const path of ["docs/guides/event-hubs.md", "docs/delivery.md"]) {
    assertMatch(proseOf(path), /transactions,? which are a preview/i, path);
  }
});

Deno.test("docs/simulate.md has what accounts keep, and how they delete the rest", () => {
  const prose = proseOf("docs/simulate.md");
  assertStringIncludes(prose, `keep about ${MOST_RECORDS.toLocaleString("en")} records`);
  assertStringIncludes(prose, `(at least ${LEAST_EACH} each)`);
  assertStringIncludes(prose, `deletes its ${DELETES} oldest in one commit`);
});

Deno.test("docs/security.md names who publishes what stands in for the standard library where npm alone answers", () => {
  const prose = proseOf("docs/security.md", "Dependencies");
  const standIns = Object.entries(npmOnly.scopes["./npm_std/"]).map(([name, specifier]) => {
    const [, npmName = ""] = /^npm:([^@]+)@/.exec(specifier) ?? [];
    return [name.split("/").slice(0, 2).join("/"), npmName] as const;
  });
  assertEquals(new Set(standIns.map(([, npmName]) => npmName)), new Set(["deno-std", "fs-extra"]));
  for (const [name, npmName] of standIns) {
    assertStringIncludes(prose, `\`${name}\``);
    assertStringIncludes(prose, `\`${npmName}\``);
  }
  assertStringIncludes(prose, "a third party's republication");
});

Deno.test("docs/delivery.md has the bounds of one message, and those of the protocol beside them", () => {
  const count = (value: number) => value.toLocaleString("en");
  const mb = (bytes: number) => `${bytes / 1e6} MB`;
  const bounds = [`${count(MAX_ITEMS)} items`, `${count(MAX_OPS)} operations`, `${count(MAX_SECTIONS)} blocks`];
  const prose = proseOf("docs/delivery.md", "Bounds of a message");
  for (
    const bound of [mb(MAX_FRAME_BYTES), `nested ${MAX_DEPTH} deep`, ...bounds, `${mb(MAX_RECORD_BYTES)} of records`]
  ) assertStringIncludes(prose.replaceAll(" of CBOR", ""), bound);
  // The specification of synchronization: a limit for each record within that of a commit's blocks.
  assertStringIncludes(prose, "the protocol allows a commit 200 operations and 2 MB of blocks, and a record 1 MB");
});

Deno.test("docs/performance.md computes what it expects of more frames from the stages of its table", () => {
  const report: Report = performance;
  const halved = report.stages.map((stage) => ({
    ...stage,
    framesPerSecond: stage.framesPerSecond / 2,
    framesPerCpuSecond: stage.framesPerCpuSecond / 2,
    microsecondsPerFrame: stage.microsecondsPerFrame * 2,
  }));
  const cells = (text: string) =>
    text.split("\n").slice(2).map((row) => parseFloat(row.split(" | ").at(-1)?.replace(",", "") ?? ""));
  const [before, after] = [growthText(report), growthText({ ...report, stages: halved })].map(cells);
  const factors = before?.map((value, i) => Math.round((after?.[i] ?? NaN) / value * 10) / 10);
  // Frames a second, minutes, share of a core, frames of a socket, microseconds; the last is a ratio of two of them.
  assertEquals(factors, [0.5, 2, 2, 0.5, 2, 1]);
  // Beside that table the section has no figure of ours: those are the network's and the relay's.
  const figures = proseOf("docs/performance.md", "Beyond one process").replace(
    /<!-- generated.*generated:growth -->/,
    "",
  )
    .match(/[\d.,]*\d(?= (?:%|µs|frames|times))/g);
  assertEquals(figures, null);
});

Deno.test("sizes in README, the guides and docs/deployment.md are those of a run", () => {
  assertStringIncludes(proseOf("docs/deployment.md", "Sizing"), sizingText(performance));
  const elsewhere = [["README.md", null], ["docs/guides/kafka.md", null], [
    "docs/guides/confluent-cloud.md",
    null,
  ]] as const;
  for (const [path, heading] of elsewhere) {
    const prose = proseOf(path, heading);
    assertEquals(prose.match(/\d (?:KB|MB|GB)|\ba (?:quarter|third|half)\b/g), null, path);
  }
});
