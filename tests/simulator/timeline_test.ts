import { assert, assertEquals } from "@std/assert";
import { createRandom } from "../../src/simulator/random.ts";
import { oversizePost, Timeline } from "../../src/simulator/timeline.ts";

const OPTIONS = { firstSeq: 2 ** 33, startMs: Date.UTC(2026, 0, 1), stepMs: 5 };

Deno.test("Timeline.advance() counts on, with steps of its own time, and revisions and keys that no other has", () => {
  const timeline = new Timeline(OPTIONS, createRandom(1));
  const moments = Array.from({ length: 500 }, () => timeline.advance());
  assertEquals(moments.map(({ count }) => count), moments.map((_, i) => i));
  assertEquals(moments.map(({ time }) => Date.parse(time)), moments.map((_, i) => OPTIONS.startMs + i * 5));
  const seqs = moments.map(({ seq }) => seq);
  assert(seqs.every((seq, i) => seq > (seqs[i - 1] ?? OPTIONS.firstSeq)));
  assert((seqs.at(-1) ?? 0) > OPTIONS.firstSeq + 505, "no number was left out");
  const revs = moments.map(({ rev }) => rev);
  assertEquals(revs, [...new Set(revs)].sort());
  const keys = moments.flatMap(({ keyAt }) => Array.from({ length: 64 }, (_, i) => keyAt(i)));
  assertEquals(new Set(keys).size, keys.length);
});

Deno.test("Timeline.advance() takes the time of a clock, and its revisions grow though the clock falls back", () => {
  let nowMs = OPTIONS.startMs;
  const timeline = new Timeline({ ...OPTIONS, now: () => nowMs }, createRandom(1));
  const first = timeline.advance();
  nowMs -= 60_000;
  const revs = [first, ...Array.from({ length: 2500 }, () => timeline.advance())].map(({ rev }) => rev);
  assertEquals(revs, [...new Set(revs)].sort());
});

Deno.test("oversizePost() is a post of so many bytes of text, under a key of its time", () => {
  const moment = new Timeline(OPTIONS, createRandom(1)).advance();
  const { action, path, record } = oversizePost(5000, moment);
  assertEquals([action, path], ["create", `app.bsky.feed.post/${moment.rev}`]);
  assertEquals([record?.["text"], record?.["createdAt"]], ["x".repeat(5000), moment.time]);
});
