import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Cursor } from "../../src/cursor/cursor.ts";
import {
  type CursorChoice,
  decideResume,
  type Evidence,
  type Resume,
  type Start,
  type StoreEvidence,
  type TopicEvidence,
} from "../../src/cursor/resume.ts";

const RELAY = "bsky.network";
const SECOND = "relay.example.com";
const CURSOR: Cursor = { host: RELAY, seq: 700, time: "2026-01-01T00:00:00.000Z", epoch: 4, recent: ["did:plc:a/3k"] };
const NO_FILE: StoreEvidence = { kind: "none", name: 'the file "c"' };
const NO_GROUP: StoreEvidence = { kind: "none", name: 'the group "g"' };
const FIRST: Evidence = {
  choice: null,
  relays: [RELAY],
  mayRepeat: true,
  own: NO_FILE,
  other: NO_GROUP,
  ranBefore: false,
  topic: { kind: "none" },
};

function file(change: Partial<Cursor> = {}, owner: Extract<StoreEvidence, { kind: "cursor" }>["owner"] = "own") {
  return { kind: "cursor", name: 'the file "c"', cursor: { ...CURSOR, ...change }, others: new Map(), owner } as const;
}

function group(change: Partial<Cursor> = {}) {
  return { ...file(change), name: 'the group "g"' } as const;
}

function started(evidence: Partial<Evidence>): Start {
  const resume = decideResume({ ...FIRST, ...evidence });
  assertEquals(resume.kind, "start", JSON.stringify(resume));
  if (resume.kind !== "start") throw new Error("Cannot happen");
  return resume;
}

/** The number after which the stream resumes; null where it does not resume after one. */
function seqOf({ at }: Start): number | null {
  return at.kind === "after" ? at.seq : null;
}

function noteOf({ notes }: Start): string {
  return notes.map(({ level, text }) => `${level} ${text}`).join("\n");
}

Deno.test("decideResume() follows the command before any evidence, and still counts the runs", () => {
  const evidence = { own: file(), other: group({ epoch: 9 }) };
  for (const [choice, seq] of [["live", null], ["oldest", 0]] as const) {
    const start = started({ ...evidence, choice: { kind: choice } });
    assertEquals([seqOf(start), start.origin, start.epoch], [seq, `${choice} (as chosen)`, 10]);
  }
  const start = started({ ...evidence, choice: { kind: "seq", seq: 5 } });
  assertEquals([seqOf(start), start.host], [5, RELAY]);
});

Deno.test("decideResume() follows a time that is chosen before any evidence, in either way of delivery", () => {
  const choice = { kind: "time", timeMs: Date.UTC(2026, 5, 1) } as const;
  const time = "2026-06-01T00:00:00.000Z";
  for (const mayRepeat of [true, false]) {
    const start = started({
      choice,
      mayRepeat,
      own: file({}, { differences: ["job a, not b"] }),
      other: group({ epoch: 9 }),
    });
    assertEquals([start.at, start.host, start.recent, start.epoch], [{ kind: "time", time }, RELAY, [], 10]);
    assertEquals([start.origin, start.notes], [`${time} (as chosen)`, []]);
  }
});

Deno.test("decideResume() starts live where there never was a cursor", () => {
  const start = started({});
  assertEquals([start.at, start.epoch, start.notes, start.origin], [{ kind: "live" }, 1, [], "live (first start)"]);
});

Deno.test("decideResume() resumes at the cursor of this job, also at one that names no owner or no relay", () => {
  for (const own of [file(), file({}, "unknown"), file({ host: null }, "unknown")]) {
    const { host, at, recent, notes, epoch } = started({ own });
    assertEquals([host, recent, notes, epoch], [RELAY, CURSOR.recent, [], 5]);
    assertEquals(at, { kind: "after", seq: 700, time: CURSOR.time });
  }
});

Deno.test("decideResume() resumes at the cursor of a topic that was created again, and says what is missing there", () => {
  const start = started({ own: file({}, "recreated") });
  assertEquals(seqOf(start), 700);
  assertMatch(noteOf(start), /^warn The topic was deleted and created again/);
});

Deno.test("decideResume() refuses the cursor of another job, names the difference, and takes it over when told to", () => {
  const own = file({}, { differences: ['job "a", not "b"', "cluster C1, not C2"] });
  const refused = decideResume({ ...FIRST, own });
  assert(refused.kind === "refused");
  assertEquals(
    refused.problem,
    'The cursor in the file "c" belongs to another job: job "a", not "b"; cluster C1, not C2',
  );
  assertEquals(seqOf(started({ own, choice: { kind: "adopt" } })), 700);
  assertEquals(seqOf(started({ own, choice: { kind: "live" } })), null);
});

Deno.test("decideResume() takes no cursor of another job from the store of the other way of delivery", () => {
  const other = { ...file({}, { differences: ["topic a, not b"] }), name: 'the group "g"' };
  assertEquals(seqOf(started({ other })), null);
  assertEquals(seqOf(started({ own: file(), other: { ...other, cursor: { ...CURSOR, seq: 900, epoch: 8 } } })), 700);
});

Deno.test("decideResume() takes the cursor of the last run, whatever the clocks say", () => {
  const earlier = "2026-01-01T00:00:00Z";
  const later = "2026-01-01T00:02:00Z";
  const own = file({ seq: 100, epoch: 5, savedAt: earlier });
  const other = group({ seq: 900, epoch: 4, savedAt: later });
  assertEquals(seqOf(started({ own, other })), 100);
  assertEquals(seqOf(started({ own: other, other: own })), 100);
  assertEquals(started({ own, other }).epoch, 6);
});

Deno.test("decideResume() orders cursors that count no runs by when they were saved, or by their numbers", () => {
  const own = file({ seq: 100 });
  const { epoch: _own, ...first } = { ...own.cursor, savedAt: "2026-01-01T00:00:00Z" };
  const { epoch: _other, ...second } = { ...own.cursor, seq: 50, savedAt: "2026-01-02T00:00:00Z" };
  const both = { own: { ...own, cursor: first }, other: { ...group(), cursor: second } };
  assertEquals(seqOf(started(both)), 50);
  const { savedAt: _savedAt, ...unsaved } = second;
  assertEquals(seqOf(started({ ...both, other: { ...group(), cursor: unsaved } })), 100);
  // A run that is counted is later than all that were not.
  assertEquals(seqOf(started({ ...both, other: group({ seq: 3, epoch: 1 }) })), 3);
});

Deno.test("decideResume() takes a file without an owner beside a group only where the group has no cursor", () => {
  const stray = file({ seq: 5000, epoch: 0 }, "unknown");
  assertEquals(seqOf(started({ mayRepeat: false, own: group(), other: stray })), 700);
  assertEquals(seqOf(started({ mayRepeat: false, own: NO_GROUP, other: stray })), 5000);
});

Deno.test("decideResume() begins on the relay of the cursor, wherever it stands among several", () => {
  const start = started({ own: file(), relays: [SECOND, RELAY] });
  assertEquals([start.host, seqOf(start)], [RELAY, 700]);
});

Deno.test("decideResume() resumes at the last place on a listed relay where the cursor's relay is listed no more", () => {
  const own = { ...file({ host: "before.example" }), others: new Map([[SECOND, { seq: 5, time: null }]]) };
  const start = started({ own, relays: [RELAY, SECOND] });
  assertEquals([start.host, seqOf(start), start.notes], [SECOND, 5, []]);
});

Deno.test("decideResume() seeks by the time of a cursor whose relay is listed no more, and says that some comes again", () => {
  const start = started({ own: file({ host: "before.example" }) });
  const left = { host: "before.example", seq: 700, time: CURSOR.time };
  assertEquals(start.at, { kind: "other-relay", left, seeks: true });
  assertMatch(noteOf(start), /^warn .*before\.example.*again/);
});

Deno.test("decideResume() starts live with a gap where a removed relay's cursor has no time, or nothing may come again", () => {
  for (const [time, mayRepeat] of [[null, true], ["long ago", true], [CURSOR.time, false]] as const) {
    const start = started({ own: file({ host: "before.example", time }), mayRepeat });
    const left = { host: "before.example", seq: 700, time };
    assertEquals(start.at, { kind: "other-relay", left, seeks: false });
    assertMatch(noteOf(start), /^error .*with a gap/);
  }
});

Deno.test("decideResume() asks for the topic where there is no cursor, and only there", () => {
  assertEquals(decideResume({ ...FIRST, topic: null }), { kind: "read-topic" });
  assertEquals(seqOf(started({ topic: null, own: file() })), 700);
  assertEquals(seqOf(started({ topic: null, choice: { kind: "live" } })), null);
});

Deno.test("decideResume() resumes after the last records of the topic where the cursor is gone", () => {
  const topic = { kind: "place", host: SECOND, seq: 640 } as const;
  const evidence = { topic, relays: [RELAY, SECOND] } as const;
  const gone = started({ ...evidence, ranBefore: true });
  assertEquals([gone.host, seqOf(gone)], [SECOND, 640]);
  assertMatch(noteOf(gone), /^error The cursor of this job is missing from .* up to 640 of relay\.example\.com/);
  const none = started(evidence);
  assertEquals(seqOf(none), 640);
  assertMatch(noteOf(none), /^warn There is no cursor in the file "c"/);
});

Deno.test("decideResume() starts live with a gap where the cursor is gone and the topic shows nothing", () => {
  const foreign = { kind: "foreign", name: 'the group "g"', detail: "holds an offset of another consumer" } as const;
  for (const evidence of [{ ranBefore: true }, { own: foreign }, { other: foreign }]) {
    const start = started(evidence);
    assertEquals(start.at, { kind: "lost" });
    assertMatch(noteOf(start), /^error .*: starting live, with a gap/);
  }
});

/** Every combination of evidence, in all of which the same must hold. */
function* combinations(): Generator<Evidence> {
  const choices: CursorChoice[] = [
    null,
    { kind: "live" },
    { kind: "oldest" },
    { kind: "seq", seq: 42 },
    { kind: "time", timeMs: Date.UTC(2026, 0, 1) },
    { kind: "adopt" },
  ];
  const differences = ["job x, not y"];
  const stores = (of: typeof file | typeof group, seq: number): StoreEvidence[] => [
    { kind: "none", name: "s" },
    { kind: "foreign", name: "s", detail: "holds something else" },
    of({ seq, epoch: 3 }),
    of({ seq: seq + 1, epoch: 7 }),
    { ...of({ seq: seq + 2 }), owner: "unknown" },
    { ...of({ seq: seq + 3 }), owner: "recreated" },
    { ...of({ seq: seq + 4 }), owner: { differences } },
    of({ seq: seq + 5, host: "before.example" }),
    { ...of({ seq: seq + 6, host: "before.example" }), others: new Map([[SECOND, { seq: 77, time: null }]]) },
  ];
  const topics: (TopicEvidence | null)[] = [null, { kind: "none" }, { kind: "place", host: RELAY, seq: 640 }];
  for (const choice of choices) {
    for (const own of stores(file, 1000)) {
      for (const other of stores(group, 2000)) {
        for (const topic of topics) {
          for (const mayRepeat of [true, false]) {
            for (const ranBefore of [true, false]) {
              for (const relays of [[RELAY], [SECOND, RELAY]] as const) {
                yield { choice, relays: [...relays], mayRepeat, own, other, ranBefore, topic };
              }
            }
          }
        }
      }
    }
  }
}

function assertHolds(evidence: Evidence, resume: Resume): void {
  const { choice, own, other, topic, ranBefore, relays, mayRepeat } = evidence;
  const about = JSON.stringify({ evidence, resume });
  const isForeignOwner = own.kind === "cursor" && typeof own.owner === "object";
  assertEquals(resume.kind === "refused", isForeignOwner && choice === null, about);
  if (resume.kind === "refused") return;
  const hasCursor = own.kind === "cursor" || (other.kind === "cursor" && typeof other.owner !== "object");
  if (resume.kind === "read-topic") {
    assert(topic === null && !hasCursor && (choice === null || choice.kind === "adopt"), about);
    return;
  }
  assert(relays.includes(resume.host), about);
  const epochs = [own, other].map((store) => store.kind === "cursor" ? store.cursor.epoch ?? 0 : 0);
  assert(resume.epoch > Math.max(...epochs), about);
  if (choice !== null && choice.kind !== "adopt") {
    const kinds = { live: "live", oldest: "after", seq: "after", time: "time" } as const;
    assertEquals([resume.at.kind, resume.notes], [kinds[choice.kind], []], about);
    return;
  }
  // A place that is taken is one that the evidence names; live is silent on a first start alone.
  const places = [own, other].flatMap((store) => store.kind === "cursor" ? [store.cursor.seq, 77] : []);
  if (topic?.kind === "place") places.push(topic.seq);
  // The cursor of another job in the other store is no trace of this one.
  const isFirst = !hasCursor && own.kind === "none" && other.kind !== "foreign" && !ranBefore &&
    topic?.kind !== "place";
  const { at, notes } = resume;
  if (at.kind === "after") assert(places.includes(at.seq), about);
  else if (at.kind === "other-relay") assert(at.seeks === mayRepeat && notes.length > 0, about);
  else assertEquals([at.kind, notes.length > 0], isFirst ? ["live", false] : ["lost", true], about);
}

Deno.test("decideResume() skips nothing in silence, whatever the evidence", () => {
  let decided = 0;
  for (const evidence of combinations()) {
    assertHolds(evidence, decideResume(evidence));
    decided++;
  }
  assertEquals(decided, 6 * 9 * 9 * 3 * 2 * 2 * 2);
});
