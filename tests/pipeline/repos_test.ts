import { assertEquals } from "@std/assert";
import { RepoMemory, repoTable } from "../../src/memory/repo_memory.ts";
import { commitMessage } from "../support/messages.ts";
import { firehoseOf, PipelineRun } from "../support/pipeline.ts";

const DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";
const LIKE = "app.bsky.feed.like";

/** Commits by their revisions and what they follow on, each of one like, which has the number of the message. */
function commits(chain: readonly (readonly [rev: string, since: string | null])[]) {
  return Promise.all(chain.map(async ([rev, since], i) => {
    const ops = [{ path: `${LIKE}/${i + 1}`, record: { a: i } }];
    const tid = (name: string) => `3lzzzzzzzzz2${name}`;
    const fields = { seq: i + 1, rev: tid(rev), since: since && tid(since) };
    return { seq: i + 1, bytes: await commitMessage(ops, fields) };
  }));
}

/** A memory of repositories. */
function remembering(): RepoMemory {
  return new RepoMemory(repoTable(10, 1), null, () => {});
}

function like(number: number): string {
  return `at://${DID}/${LIKE}/${number}`;
}

Deno.test("run() writes a gap of a repository before the commit that shows it, and leaves out commits that repeat", async () => {
  const stream = await commits([["a", null], ["b", "a"], ["b", "a"], ["a", null], ["e", "d"], ["f", "e"]]);
  await using run = new PipelineRun(firehoseOf(stream), { repos: remembering() });
  run.sink.outcome = "delivered";
  await run.until("the last message", () => run.cursors.last === 6);
  assertEquals(run.sink.written, [like(1), like(2), `repo-gap/${DID}/3lzzzzzzzzz2e`, like(5), like(6)]);
  assertEquals([run.count("repoGap"), run.count("repeatedCommit")], [1, 2]);
});

Deno.test("run() passes a commit only when the event of the gap before it is acknowledged", async () => {
  const stream = await commits([["a", null], ["c", "b"]]);
  await using run = new PipelineRun(firehoseOf(stream), { repos: remembering() });
  await run.until("all events", () => run.sink.held.length === 3);
  run.sink.settle(0, "delivered");
  run.sink.settle(1, "delivered");
  await run.ticks(3);
  assertEquals(run.cursors.last, 1);
  run.sink.settle(0, "delivered");
  await run.until("the last message", () => run.cursors.last === 2);
});

Deno.test("run() takes every commit where repositories are not tracked", async () => {
  const stream = await commits([["b", null], ["a", null], ["e", "d"]]);
  await using run = new PipelineRun(firehoseOf(stream));
  run.sink.outcome = "delivered";
  await run.until("the last message", () => run.cursors.last === 3);
  assertEquals(run.sink.written, [like(1), like(2), like(3)]);
});
