import { assertEquals } from "@std/assert";
import { rulesOf } from "../../src/filter/collections.ts";
import { UNFILTERED } from "../../src/filter/filter.ts";
import { COLLECTIONS } from "../../src/events/registry.ts";
import { SubjectMemory, subjectTable } from "../../src/memory/subject_memory.ts";
import { commitMessage } from "../support/messages.ts";
import { firehoseOf, PipelineRun } from "../support/pipeline.ts";

const DID = "did:plc:z72i7hdynmk6r22z27h6tvur";
const CID = "bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";
const POST = `at://${DID}/app.bsky.feed.post/3lzzzzzzzzz2a`;

/** A like and a follow, and deletes of them and of others from before. */
async function messages() {
  const ops = [
    { path: "app.bsky.feed.like/3lzzzzzzzzz2b", record: { subject: { uri: POST, cid: CID } } },
    { path: "app.bsky.graph.follow/3lzzzzzzzzz2b", record: { subject: DID } },
    ...["b", "c"].flatMap((key) => [
      { action: "delete", path: `app.bsky.feed.like/3lzzzzzzzzz2${key}` },
      { action: "delete", path: `app.bsky.graph.follow/3lzzzzzzzzz2${key}` },
    ]),
  ];
  return await Promise.all(
    ops.map(async (op, i) => ({ seq: i + 1, bytes: await commitMessage([op], { seq: i + 1 }) })),
  );
}

Deno.test("run() writes deletes with the subjects that are remembered, and says which are not known", async () => {
  for (const [remembers, known] of [[true, ["known", "known", "unknown", "unknown"]], [false, []]] as const) {
    const seen: string[] = [];
    const subjects = remembers
      ? new SubjectMemory(subjectTable(10, 1), null, (isKnown) => void seen.push(isKnown ? "known" : "unknown"))
      : null;
    await using run = new PipelineRun(firehoseOf(await messages()), {
      subjects,
      selection: { collections: rulesOf(COLLECTIONS), ...UNFILTERED, events: ["records", "deletes"] },
    });
    await run.until("all events", () => run.sink.held.length === 6);
    const found = run.sink.held.slice(2).map(({ record }) => {
      const { data } = JSON.parse(new TextDecoder().decode(record.value));
      return [data.subject_uri, data.subject_cid, data.subject];
    });
    const nothing = [[null, null, undefined], [undefined, undefined, null]];
    const all = [[POST, CID, undefined], [undefined, undefined, DID]];
    assertEquals(found, [...(remembers ? all : nothing), ...nothing]);
    assertEquals(seen, [...known]);
  }
});
