/**
 * What one would write in JavaScript from the packages' own documentation: a WebSocket, `@atproto/sync`'s parser,
 * `cloudevents`' structured binding, KafkaJS in batches of 1,000. No waste of its own: no verification, no logging,
 * and sends overlap with what is received meanwhile.
 *
 * @module
 */
import { decodeAll } from "@atproto/lex-cbor";
import { parseCommitUnauthenticated } from "@atproto/sync";
import { CloudEvent, Kafka as Binding } from "cloudevents";
import { Kafka, logLevel, type Message } from "kafkajs";

const BATCH = 1000;
const MOST_BATCHES_WAITING = 8;
const TYPES: Readonly<Record<string, string>> = {
  "app.bsky.feed.post": "Bluesky.Feed.Post",
  "app.bsky.feed.like": "Bluesky.Feed.Like",
  "app.bsky.feed.repost": "Bluesky.Feed.Repost",
  "app.bsky.graph.follow": "Bluesky.Graph.Follow",
  "app.bsky.graph.block": "Bluesky.Graph.Block",
  "app.bsky.actor.profile": "Bluesky.Actor.Profile",
};

type Commit = Parameters<typeof parseCommitUnauthenticated>[0];

/** Reads so many frames and produces their events; returns how many frames it read. */
export async function runPeer(
  { url, brokers, topic, frames, onFrame }: {
    readonly url: string;
    readonly brokers: string;
    readonly topic: string;
    readonly frames: number;
    readonly onFrame: () => void;
  },
): Promise<number> {
  const producer = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  let batch: Message[] = [];
  let sending: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  const send = () => {
    const messages = batch;
    batch = [];
    waiting++;
    sending = sending.then(() => producer.send({ topic, messages, acks: -1 })).then(() => waiting--);
    return waiting > MOST_BATCHES_WAITING ? sending : null;
  };
  let count = 0;
  for await (const bytes of messagesOf(`${url}?cursor=0`)) {
    const [header, body] = [...decodeAll(bytes)] as unknown as [{ readonly t: string }, Commit & { $type?: string }];
    if (header.t === "#commit") {
      for (const event of await parseCommitUnauthenticated(body)) {
        const type = event.event === "delete" ? undefined : TYPES[event.collection];
        if (type === undefined || event.event === "delete") continue;
        const cloudEvent = new CloudEvent({
          type,
          source: url,
          subject: event.did,
          id: `${event.did}/${event.rev}/${event.collection}/${event.rkey}`,
          time: event.time,
          datacontenttype: "application/json",
          partitionkey: event.did,
          data: { uri: event.uri.toString(), cid: event.cid.toString(), did: event.did, ...event.record },
        }, false);
        const { key, value, headers } = Binding.structured(cloudEvent);
        batch.push({ key: String(key), value: String(value), headers: headers as Record<string, string> });
        if (batch.length >= BATCH) await send();
      }
    }
    onFrame();
    if (++count === frames) break;
  }
  if (batch.length > 0) void send();
  await sending;
  await producer.disconnect();
  return count;
}

async function* messagesOf(url: string): AsyncGenerator<Uint8Array> {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  let received: Uint8Array[] = [];
  let wake: () => void = () => {};
  let isClosed = false;
  socket.onmessage = ({ data }) => {
    received.push(new Uint8Array(data as ArrayBuffer));
    wake();
  };
  socket.onclose = () => {
    isClosed = true;
    wake();
  };
  try {
    for (;;) {
      const batch = received;
      received = [];
      yield* batch;
      if (received.length > 0) continue;
      if (isClosed) return;
      await new Promise<void>((resolve) => wake = resolve);
    }
  } finally {
    socket.close();
  }
}
