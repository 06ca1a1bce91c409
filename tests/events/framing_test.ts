import { assert, assertEquals } from "@std/assert";
import { CloudEvent, Kafka } from "cloudevents";
import { decodeHeaders } from "../../src/record/headers.ts";
import { EventEncoder } from "../../src/events/encoder.ts";
import { binaryHeaders, DATA_MEDIA_TYPE, framingOf, FramingWriter, mostBytesBefore } from "../../src/events/framing.ts";
import { JsonWriter } from "../../src/events/json_writer.ts";
import { requiredAttributes } from "../../src/events/definition.ts";
import { RECORD_TYPES } from "../../src/events/registry.ts";
import { POST } from "../../src/events/types/post.ts";
import { readEvent } from "../../src/events/from_record.ts";
import { blockOf, encoderOptions, recordedBlocks } from "../support/events.ts";
import { commitFrame } from "../support/messages.ts";
import { textOf } from "../support/records.ts";
import { assertSchema } from "../support/schemas.ts";

const STRUCTURED = new EventEncoder(encoderOptions(RECORD_TYPES, "structured"));
const BINARY = new EventEncoder(encoderOptions(RECORD_TYPES, "binary"));

Deno.test("binary events have in headers and value what structured ones have in the value", async () => {
  const blocks = await recordedBlocks();
  for (const block of blocks) {
    const [structured, binary] = [STRUCTURED, BINARY].map((encoder) => encoder.encode(block, 0));
    if (!structured || !binary || "kind" in structured || "kind" in binary) throw new Error("events were expected");
    const event = JSON.parse(textOf(structured.value));
    assertEquals(structured.headers, null);
    const headers = decodeHeaders(binary.headers ?? new Uint8Array());
    assertEquals(
      Object.keys(headers),
      requiredAttributes(POST).map((name) => name === "datacontenttype" ? "content-type" : `ce_${name}`),
    );
    assertEquals(headers["content-type"], DATA_MEDIA_TYPE);
    // The data is, byte for byte, a part of the structured event.
    assert(textOf(structured.value).endsWith(`"data":${textOf(binary.value)}}`));
    const read = readEvent({ value: binary.value, headers });
    if (read.kind === "other") throw new Error(read.reason);
    assertEquals(read.event, event);
    assertSchema(read.event);
    assertEquals([binary.key, binary.uri, binary.type], [structured.key, structured.uri, structured.type]);
  }
  assert(blocks.length >= 55, `${blocks.length}`);
});

Deno.test("the CloudEvents SDK reads binary events into what it reads structured ones into", async () => {
  const blocks = await recordedBlocks();
  for (const block of blocks) {
    const [structured, binary] = [STRUCTURED, BINARY].map((encoder) => encoder.encode(block, 0));
    if (!structured || !binary || "kind" in structured || "kind" in binary) throw new Error("events were expected");
    const headers = decodeHeaders(binary.headers ?? new Uint8Array());
    const value = textOf(binary.value);
    const message = { headers, body: value, value, key: textOf(binary.key), timestamp: 0 };
    const event = Kafka.toEvent(message);
    if (Array.isArray(event) || !(event instanceof CloudEvent)) throw new Error("no single event came back");
    const { time, partitionkey, ...rest } = JSON.parse(event.toString());
    const { time: sent, ...others } = JSON.parse(textOf(structured.value));
    assertEquals(rest, others);
    assertEquals([partitionkey, new Date(String(time)).getTime()], [event.subject, new Date(sent).getTime()]);
  }
});

Deno.test("FramingWriter begins anew with each event, whatever its size", async () => {
  for (const mode of ["structured", "binary"] as const) {
    const writer = new JsonWriter();
    const framing = framingOf(mode, "wss://h/p", "did");
    const framingWriter = new FramingWriter(writer);
    const envelope = framing.envelopeOf("Bluesky.Graph.Follow", "t", { collection: "app.bsky.graph.follow" });
    const made = [];
    for (const repo of ["did:web:a", `did:plc:${"x".repeat(2000)}`, "did:web:b"]) {
      const block = blockOf(await commitFrame([{ path: "app.bsky.graph.follow/1" }], { repo }));
      writer.begin(mostBytesBefore(envelope, block) + 2100, 0);
      framingWriter.write(envelope, block);
      writer.raw(new TextEncoder().encode(`"did":"${repo}"`));
      writer.raw(framing.after);
      made.push({ repo, record: framing.recordOf(envelope, writer.buffer, framingWriter.places, null) });
    }
    for (const { repo, record } of made) {
      assertEquals([textOf(record.key), record.uri], [repo, `at://${repo}/app.bsky.graph.follow/1`]);
      assert(textOf(record.value).includes(`{"did":"${repo}"}`));
    }
  }
});

Deno.test("binaryHeaders() gives each attribute of the envelope its header, and no other", () => {
  const event = { specversion: "1.0", type: "T", source: "s", subject: "u", id: "i", time: "t", action: "create" };
  assertEquals(Object.fromEntries(binaryHeaders({ ...event, datacontenttype: DATA_MEDIA_TYPE, data: {} })), {
    ...Object.fromEntries(Object.entries(event).map(([name, value]) => [`ce_${name}`, value])),
    "content-type": DATA_MEDIA_TYPE,
  });
});
