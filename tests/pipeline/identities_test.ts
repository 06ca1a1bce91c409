import { assertEquals } from "@std/assert";
import { encodeMessage } from "../../src/simulator/frames.ts";
import { rulesOf } from "../../src/filter/collections.ts";
import { type Selection, UNFILTERED } from "../../src/filter/filter.ts";
import { commitMessage } from "../support/messages.ts";
import { firehoseOf, PipelineRun } from "../support/pipeline.ts";

const FOLLOW = "app.bsky.graph.follow";
const [ALICE, BOB] = ["did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", "did:plc:bbbbbbbbbbbbbbbbbbbbbbbb"] as const;

function message(type: string, seq: number, did: string) {
  return {
    seq,
    bytes: encodeMessage(type, { seq, did, time: "2026-07-01T12:00:00Z", active: true, rev: "3lzzzzzzzzz2b" }),
  };
}

Deno.test("run() reports each #identity, also where no events come of it, and writes the handles that are known then", async () => {
  const record = { $type: FOLLOW, subject: BOB, createdAt: "2026-07-01T12:00:00Z" };
  const follow = async (seq: number) => ({
    seq,
    bytes: await commitMessage([{ path: `${FOLLOW}/${seq}`, record }], { seq }),
  });
  const stream = [await follow(1), message("#identity", 2, ALICE), await follow(3), message("#account", 4, ALICE)];
  const known = new Map<string, string>([[BOB, "bob.test"]]);
  const changed: string[] = [];
  const handles = {
    handleOf(bytes: Uint8Array, { start, end }: { start: number; end: number }) {
      const handle = known.get(new TextDecoder().decode(bytes.subarray(start, end)));
      return handle === undefined ? null : new TextEncoder().encode(handle);
    },
  };
  const selection: Selection = { collections: rulesOf([FOLLOW]), ...UNFILTERED, events: ["records", "account"] };
  await using run = new PipelineRun(firehoseOf(stream), {
    selection,
    handles,
    identities: {
      changed(did) {
        changed.push(did);
        known.set(did, "alice.test");
      },
    },
  });
  await run.until("all", () => run.sink.held.length === 3);
  const events = run.sink.held.map(({ record }) => JSON.parse(new TextDecoder().decode(record.value)).data);
  assertEquals(changed, [ALICE]);
  // Follows are written one by one, so that the second one has what came between.
  assertEquals(events.map(({ handle, subject_handle }) => [handle, subject_handle]), [
    [null, "bob.test"],
    ["alice.test", "bob.test"],
    ["alice.test", undefined],
  ]);
  run.sink.release("delivered");
});
