import { assertEquals } from "@std/assert";
import { encodeEvent } from "../../src/events/encode.ts";
import { toEvent } from "../../src/events/envelope.ts";
import { readCommit } from "../../src/repo/commit.ts";
import { commitFrame } from "../support/messages.ts";

Deno.test("encodeEvent() gives the DID as key, the envelope as UTF-8 JSON, and URI and type for reports", async () => {
  const collection = "app.bsky.feed.post";
  const frame = await commitFrame([{ path: `${collection}/x`, record: { $type: collection, text: 'é 🦋 "\n' } }]);
  const [op] = readCommit(frame, { collections: new Set([collection]), sampleRate: 1 }).results;
  if (op?.kind !== "record") throw new Error("a record was expected");
  const event = toEvent("Bluesky.Feed.Post", op, "wss://h/p", "2026-01-01T00:00:00.000Z");
  const record = encodeEvent(event, op);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  assertEquals(decoder.decode(record.key), frame.did);
  const value = decoder.decode(record.value);
  assertEquals(JSON.parse(value), JSON.parse(JSON.stringify(event)));
  assertEquals(value.includes("\n"), false);
  assertEquals(JSON.parse(value).data.text, 'é 🦋 "\n');
  assertEquals([record.uri, record.type], [`at://${frame.did}/${collection}/x`, "Bluesky.Feed.Post"]);
});
