import { assert, assertEquals } from "@std/assert";
import { type Verdict, verdictOf, VERIFIED, type VerifyReason } from "../../src/atproto/verify.ts";
import { RepoMemory, repoTable } from "../../src/memory/repo_memory.ts";
import { EVENT_KINDS } from "../../src/events/definition.ts";
import { rulesOf } from "../../src/filter/collections.ts";
import { UNFILTERED } from "../../src/filter/filter.ts";
import {
  UNVERIFIED_POLICIES,
  type UnverifiedPolicy,
  Verdicts,
  type VerdictSource,
} from "../../src/pipeline/verdicts.ts";
import { frameOf } from "../support/messages.ts";
import { networkFrames } from "../support/network_events.ts";
import { firehoseOf, PipelineRun, ScriptedProducer } from "../support/pipeline.ts";

const FRAMES = (await networkFrames(120)).filter(({ type }) => type === "#commit" || type === "#sync");
const COMMITS = FRAMES.filter(({ type, ops }) => type === "#commit" && ops.length > 0);
const FORGED = verdictOf("signature-invalid");
const NO_KEY = verdictOf("key-unknown");
const SELECTION = { collections: rulesOf(["*"]), ...UNFILTERED, events: EVENT_KINDS };

/** Every third message is forged, and of every fifth of the others no key is known. */
function verdictBySeq(seq: number): Verdict {
  const place = FRAMES.findIndex((frame) => frame.seq === seq);
  return place % 3 === 0 ? FORGED : place % 5 === 0 ? NO_KEY : VERIFIED;
}

function sourceOf(unverified: UnverifiedPolicy, comparesHistory = false): VerdictSource {
  return { of: ({ seq }) => verdictBySeq(seq), unverified, comparesHistory };
}

/** The events of a run over all messages: of each its sequence number and its verdict. */
async function eventsOf(verdicts: VerdictSource | null, changes: ConstructorParameters<typeof PipelineRun>[1] = {}) {
  await using run = new PipelineRun(firehoseOf(FRAMES), {
    selection: SELECTION,
    verdicts,
    usualVerdict: verdicts === null ? null : VERIFIED,
    ...changes,
  });
  await run.until("all messages came", () => run.frames === FRAMES.length);
  const values = run.sink.held.map(({ record }) => JSON.parse(new TextDecoder().decode(record.value)));
  return { seen: [...run.seen], values: values.filter(({ data }) => "seq" in data) };
}

Deno.test("the pipeline marks every event with the verdict on its message, whichever path writes it", async () => {
  const { seen, values } = await eventsOf(sourceOf("mark"));
  const counts = { true: 0, false: 0, unknown: 0 };
  for (const { verified, verifyreason, data: { seq } } of values) {
    const { verified: wanted, reason } = verdictBySeq(seq);
    assertEquals([verified, verifyreason], [wanted, reason ?? undefined]);
    counts[wanted]++;
  }
  assert(Object.values(counts).every((count) => count > 5), JSON.stringify(counts));
  assertEquals(seen.filter((name) => name.startsWith("verdict")).length, FRAMES.length);
  assertEquals(seen.some((name) => name.startsWith("unverified")), false);
});

Deno.test("the pipeline writes events without the attributes, and the same ones, where nothing is verified", async () => {
  const [plain, marked] = [await eventsOf(null), await eventsOf(sourceOf("mark"))];
  assertEquals(plain.values.every((event) => !("verified" in event)), true);
  // Each run has a firehose of its own.
  const comparable = ({ verified: _, verifyreason: __, source: ___, ...event }: Record<string, unknown>) => event;
  assertEquals(marked.values.map(comparable), plain.values.map(comparable));
});

Deno.test("the pipeline leaves out what is false where that is wanted, keeps letters of it, and never what is unknown", async () => {
  const all = await eventsOf(sourceOf("mark"));
  const forged = FRAMES.filter(({ seq }) => verdictBySeq(seq) === FORGED).length;
  for (const policy of UNVERIFIED_POLICIES.slice(1)) {
    const letters = new ScriptedProducer();
    letters.outcome = "delivered";
    const { seen, values } = await eventsOf(sourceOf(policy), { letters });
    assertEquals(
      values.map(({ id }) => id),
      all.values.filter(({ verified }) => verified !== "false").map(({ id }) => id),
    );
    assertEquals(seen.filter((name) => name === "unverified signature-invalid").length, forged);
    const kept = seen.filter((name) => name === "letter commit-unverified delivered").length;
    assertEquals(kept, policy === "dead-letter" ? forged : 0);
  }
});

Deno.test("the pipeline moves the cursor over what it leaves out", async () => {
  await using run = new PipelineRun(firehoseOf(FRAMES), {
    selection: SELECTION,
    verdicts: { of: () => FORGED, unverified: "drop", comparesHistory: false },
    usualVerdict: VERIFIED,
  });
  const last = FRAMES.at(-1)?.seq ?? 0;
  await run.until("the cursor is at the last message", () => run.cursors.saved.at(-1) === last);
  assertEquals(run.sink.written, []);
});

Deno.test("the pipeline remembers nothing of a forged commit, so that the true one is no repeat", async () => {
  const repos = new RepoMemory(repoTable(1000, 1), null, () => {});
  // The first of each two is forged: the same commit by another number.
  const doubled = COMMITS.slice(0, 10).flatMap((frame) => [frame, frame]).map((frame, n) => ({ ...frame, seq: n + 1 }));
  const { withSeq } = await import("../../src/simulator/rewrite.ts");
  const messages = doubled.map(({ bytes, seq }) => ({ seq, bytes: withSeq(bytes, seq) }));
  await using run = new PipelineRun(firehoseOf(messages), {
    selection: SELECTION,
    repos,
    rememberedRecords: 1000,
    verdicts: { of: ({ seq }) => seq % 2 === 1 ? FORGED : VERIFIED, unverified: "mark", comparesHistory: true },
    usualVerdict: VERIFIED,
  });
  await run.until("all messages came", () => run.frames === messages.length);
  assertEquals([run.count("repeatedCommit"), run.count("repeatedRecord")], [0, 0]);
  assertEquals([run.count("verdict true"), run.count("verdict signature-invalid")], [10, 10]);
});

Deno.test("Verdicts takes a gap for what it is: a loss that makes nothing sure, or claims that contradict each other", () => {
  const commit = frameOf(COMMITS[0]?.bytes ?? new Uint8Array(), "commit");
  const gap = { did: "", lastRev: "", since: "", rev: "", seq: 1, time: "" };
  const after = (first: Verdict, cause: "revision" | "data", comparesHistory: boolean) => {
    const observed: (VerifyReason | null)[] = [];
    const source: VerdictSource = { of: () => first, unverified: "mark", comparesHistory };
    const verdicts = new Verdicts(source, {
      verdict: ({ reason }) => void observed.push(reason),
      unverified: () => {},
    });
    verdicts.begin(commit);
    verdicts.missed({ ...gap, cause });
    assertEquals(verdicts.settle(commit), null);
    return observed[0];
  };
  assertEquals(after(VERIFIED, "revision", true), "history-gap");
  assertEquals(after(VERIFIED, "data", true), "history-mismatch");
  assertEquals(after(NO_KEY, "revision", true), "key-unknown");
  assertEquals(after(NO_KEY, "data", true), "history-mismatch");
  assertEquals(after(FORGED, "data", true), "signature-invalid");
  assertEquals([after(VERIFIED, "revision", false), after(VERIFIED, "data", false)], [null, null]);
});
