import { assert, assertEquals } from "@std/assert";
import { CloudEvent, Kafka } from "cloudevents";
import { decodeAll } from "@atproto/lex-cbor";
import { parseCommitUnauthenticated } from "@atproto/sync";
import { RECORD_TYPES } from "../../src/events/registry.ts";
import { decodeFrame } from "../../src/atproto/frame.ts";
import { SequenceTracker } from "../../src/upstream/sequence.ts";
import { serve, type SourceMessage } from "../../src/simulator/server.ts";
import { consumeAll, createTopic, kafkaTest } from "../support/kafka.ts";
import { RECORDED, recorded } from "../support/messages.ts";
import { runProgram } from "../support/program.ts";
import { assertSchema } from "../support/schemas.ts";

const TYPE_OF = new Map(RECORD_TYPES.map(({ type, collection }) => [collection, type]));

/** What each event of the recorded messages must say, made from the reference library's reading of them. */
async function expectedEvents(messages: readonly Uint8Array[], source: string): Promise<[string, unknown][]> {
  const events: [string, unknown][] = [];
  for (const bytes of messages) {
    const [header, body] = [...decodeAll(bytes)] as [{ t: string }, Parameters<typeof parseCommitUnauthenticated>[0]];
    if (header.t !== "#commit" || body.ops.length === 0) continue;
    for (const event of await parseCommitUnauthenticated(body)) {
      const type = TYPE_OF.get(event.collection);
      if (event.event === "delete" || type === undefined) continue;
      const id = `${event.did}/${event.rev}/${event.collection}/${event.rkey}`;
      // The scenarios share commits, under other numbers.
      events.push([`${id} ${body.seq}`, {
        specversion: "1.0",
        type,
        source,
        subject: event.did,
        id,
        time: body.time,
        datacontenttype: "application/json",
        action: event.event,
        rev: event.rev,
        collection: event.collection,
        data: dataOf(type, event.record as Shape, {
          uri: event.uri.toString(),
          cid: event.cid.toString(),
          did: event.did,
          indexed_at: body.time,
          seq: body.seq,
        }),
      }]);
    }
  }
  return events;
}

/** A record of the recorded messages, all of which conform to their lexicons. */
interface Shape {
  readonly [field: string]: Shape & string;
}

function dataOf(type: string, record: Shape, common: Record<string, unknown>): Record<string, unknown> {
  const { uri, cid, did, indexed_at, seq } = common;
  const head = { uri, cid, did, handle: null };
  const tail = { created_at: record["createdAt"], indexed_at, seq };
  switch (type) {
    case "Bluesky.Feed.Post": {
      const { reply, embed, facets, labels, text, langs, tags } = record;
      const replyData = {
        reply_parent: reply?.["parent"]?.["uri"] ?? null,
        reply_parent_cid: reply?.["parent"]?.["cid"] ?? null,
        reply_root: reply?.["root"]?.["uri"] ?? null,
        reply_root_cid: reply?.["root"]?.["cid"] ?? null,
      };
      const embedUri = embed?.["external"]?.["uri"] ?? embed?.["record"]?.["uri"] ?? null;
      return {
        ...head,
        text,
        langs: langs ?? [],
        ...replyData,
        embed_type: embed?.["$type"] ?? null,
        embed_uri: embedUri,
        facets: facets === undefined ? null : JSON.stringify(facets),
        labels: labels === undefined ? null : JSON.stringify(labels),
        tags: tags ?? [],
        ...tail,
      };
    }
    case "Bluesky.Feed.Like":
    case "Bluesky.Feed.Repost":
      return { ...head, subject_uri: record["subject"]?.["uri"], subject_cid: record["subject"]?.["cid"], ...tail };
    case "Bluesky.Actor.Profile":
      return {
        did,
        handle: null,
        display_name: record["displayName"] ?? null,
        description: record["description"] ?? null,
        avatar: record["avatar"]?.["ref"]?.toString() ?? null,
        banner: record["banner"]?.["ref"]?.toString() ?? null,
        ...tail,
        created_at: record["createdAt"] ?? "",
      };
    default:
      return { ...head, subject: record["subject"], subject_handle: null, ...tail };
  }
}

/** How often the numbers begin anew, as each scenario has its own. */
function resetsOf(messages: readonly Uint8Array[]): number {
  const tracker = new SequenceTracker(0);
  return messages.map((bytes) => {
    const frame = decodeFrame(bytes);
    return "seq" in frame && frame.kind !== "rejected" ? tracker.observe(frame.seq, frame.fingerprint).kind : "";
  }).filter((kind) => kind === "new-space").length;
}

kafkaTest(
  "stream brings every recorded record into Kafka with every field right, readable by the SDK",
  async (kafka) => {
    const { bootstrapServers, topic } = kafka;
    await createTopic(kafka, topic, 3);
    for (const file of RECORDED) {
      const messages = await recorded(file);
      const queue: SourceMessage[] = messages.map((bytes, i) => ({ seq: i + 1, bytes, atMs: null }));
      await using server = serve({ next: () => Promise.resolve(queue.shift() ?? null) }, {
        port: 0,
        rate: null,
        window: 1000,
        faults: [],
      });
      const expected = await expectedEvents(messages, server.url);
      if (expected.length === 0) continue;
      const wanted = expected.length + resetsOf(messages);
      const before = (await consumeAll(kafka, topic)).length;
      const { code, stderr } = await runProgram([
        ...["stream", "--firehose-url", server.url, "--kafka-bootstrap-servers", bootstrapServers],
        ...[
          "--kafka-topic",
          topic,
          "--collections",
          "",
          "--cursor",
          "oldest",
          "--max-events",
          String(wanted),
        ],
        ...["--cursor-file", `${await Deno.makeTempDir()}/cursor`],
      ]);
      assertEquals(code, 0, stderr);
      // KafkaJS as it comes warns of a negative time on every connection.
      assert(!stderr.includes("TimeoutNegativeWarning"), stderr);
      const records = await consumeAll(kafka, topic);
      const all = records.map(({ value }) => JSON.parse(value)).filter(({ source }) => source === server.url);
      const events = all.filter(({ type }) => type !== "Bluesky.Stream.Gap");
      assertEquals([events.length, all.length, records.length - before], [expected.length, wanted, wanted]);
      assertEquals(new Map(events.map((event) => [`${event.id} ${event.data.seq}`, event])), new Map(expected));
      for (const { key, value, headers } of records) {
        assertSchema(JSON.parse(value));
        const message = { headers, body: value, key, value, timestamp: 0 };
        const event = Kafka.toEvent(message);
        assert(event instanceof CloudEvent && event.validate());
      }
    }
  },
);
