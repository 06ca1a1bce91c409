/**
 * MUTANTS: one-line faults in what the guarantees rest on, each with the fast test that must notice it. `deno task mutants`
 * makes them one by one.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";
import { OUTPUT_MUTANTS } from "./output_mutants.ts";
import { PLANE_MUTANTS } from "./plane_mutants.ts";
import { VERIFY_MUTANTS } from "./verify_mutants.ts";

const WATERMARK = { file: "src/pipeline/watermark.ts", test: "tests/pipeline/watermark_test.ts" } as const;
const RUN = { file: "src/pipeline/pipeline.ts", test: "tests/pipeline/pipeline_test.ts" } as const;
const LETTERS = { file: "src/pipeline/pipeline.ts", test: "tests/pipeline/letters_test.ts" } as const;
const SHARED = { file: "src/pipeline/pipeline.ts", test: "tests/pipeline/shared_tickets_test.ts" } as const;
const CHECKPOINT = { file: "src/pipeline/checkpoint.ts", test: "tests/pipeline/pipeline_test.ts" } as const;
const TRANSACTIONAL = { file: "src/pipeline/checkpoint.ts", test: "tests/pipeline/transactional_test.ts" } as const;
const BUDGET = { file: "src/pipeline/budget.ts", test: "tests/pipeline/budget_test.ts" } as const;
const DEDUP = { file: "src/pipeline/dedup.ts", test: "tests/pipeline/dedup_test.ts" } as const;
const RECENT = { file: "src/pipeline/recent.ts", test: "tests/pipeline/recent_test.ts" } as const;
const SEQUENCE = { file: "src/upstream/sequence.ts", test: "tests/upstream/sequence_test.ts" } as const;
const BATCH = { file: "src/upstream/batch.ts", test: "tests/upstream/batch_test.ts" } as const;
const HELD = { file: "src/upstream/held.ts", test: "tests/upstream/held_test.ts" } as const;
const NUMBERING = { file: "src/upstream/numbering.ts", test: "tests/upstream/numbering_test.ts" } as const;
const SOCKET = { file: "src/net/websocket_reader.ts", test: "tests/net/websocket_reader_test.ts" } as const;
const STORAGE = { file: "src/cursor/storage.ts", test: "tests/cursor/storage_test.ts" } as const;
const SLOTS = { file: "src/cursor/slots.ts", test: "tests/cursor/slots_test.ts" } as const;
const RESUME = { file: "src/cursor/resume.ts", test: "tests/cursor/resume_test.ts" } as const;
const REPOS = { file: "src/memory/repo_memory.ts", test: "tests/memory/repo_memory_test.ts" } as const;
const SUBJECTS = { file: "src/memory/subject_memory.ts", test: "tests/memory/subject_memory_test.ts" } as const;
const MEMORY_LOAD = { file: "src/memory/load.ts", test: "tests/memory/load_test.ts" } as const;
const JOURNAL = { file: "src/memory/journal.ts", test: "tests/memory/journal_test.ts" } as const;

/** Every mutant. */
export const MUTANTS: readonly Mutant[] = [
  {
    ...WATERMARK,
    name: "the mark passes frames that have not settled",
    from: "while (next !== undefined && next.settled) {",
    to: "while (next !== undefined) {",
  },
  {
    ...WATERMARK,
    name: "a frame settles before its last record",
    from: "return this.#open === 0;",
    to: "return this.#open <= 1;",
  },
  { ...WATERMARK, name: "a record is not waited for", from: "    this.#open++;\n", to: "" },
  {
    ...WATERMARK,
    name: "what a record keeps is not counted",
    from: "    this.#watermark.budget.admit(kept);\n",
    to: "",
  },
  {
    ...WATERMARK,
    name: "what has passed stays counted",
    from: "if (passedBytes > 0) this.budget.release(passedBytes);",
    to: "if (passedBytes < 0) this.budget.release(passedBytes);",
  },
  {
    ...WATERMARK,
    name: "a ticket that has passed counts as one frame",
    from: "this.#passed += next.frames;",
    to: "this.#passed++;",
  },
  {
    ...WATERMARK,
    name: "a further frame of a ticket is not counted",
    from: "    this.#frames++;\n",
    to: "",
  },
  {
    ...WATERMARK,
    name: "a ticket stays at the number of its first frame",
    from: "    this.#seq = seq;\n    this.#messages = messages;\n    this.#frames++;",
    to: "    this.#messages = messages;\n    this.#frames++;",
  },
  {
    ...WATERMARK,
    name: "what a further frame keeps is not counted",
    from: "    this.#bytes += FURTHER_FRAME_BYTES;\n    this.#watermark.extended(FURTHER_FRAME_BYTES);",
    to: "    this.#watermark.extended(0);",
  },
  {
    ...BUDGET,
    name: "the bound is one byte later",
    from: "this.#bytes >= this.#maxBytes;",
    to: "this.#bytes > this.#maxBytes;",
  },
  {
    ...BUDGET,
    name: "reading goes on before half has drained",
    from: "if (this.#waiting.length === 0 || this.#bytes > this.#maxBytes / 2) return;",
    to: "if (this.#waiting.length === 0) return;",
  },
  { ...BUDGET, name: "what is kept no longer stays counted", from: "this.#bytes -= bytes;", to: "this.#bytes -= 0;" },
  {
    ...CHECKPOINT,
    name: "the cursor is the newest frame, not the mark",
    from: "protected placeIn({ mark }: Watermark): Mark | null {\n    return mark;",
    to: "protected placeIn({ newest }: Watermark): Mark | null {\n    return newest;",
  },
  {
    ...CHECKPOINT,
    name: "a cursor that was not saved is not tried again",
    from: "    try {\n      await cursors.save(cursor);\n      this.#saved = mark;",
    to: "    this.#saved = mark;\n    try {\n      await cursors.save(cursor);",
  },
  {
    ...SHARED,
    name: "a message of an account that is not wanted does not move the cursor",
    from: "          this.#continueRun(item.seq);\n",
    to: "",
  },
  {
    ...SHARED,
    name: "a ticket is shared past a gap or a message of no use",
    from: "          this.#endRun();\n          this.#handle(item);",
    to: "          this.#handle(item);",
  },
  {
    ...SHARED,
    name: "a ticket is shared past a message with one of its own",
    from: "        this.#endRun();\n        const ticket = this.#open(item.seq, upstream.host);",
    to: "        const ticket = this.#open(item.seq, upstream.host);",
  },
  {
    ...SHARED,
    name: "a ticket is shared past the messages that came together",
    from: "      this.#endRun();\n      observer.received(",
    to: "      observer.received(",
  },
  {
    ...SHARED,
    name: "frames share a ticket without an end",
    from: "    if (this.#run?.frames === MOST_SHARED) this.#endRun();\n",
    to: "",
  },
  {
    ...SHARED,
    name: "frames without events wait for those that have some",
    from: "    if (events > 0 && this.#run?.isEmpty === true) this.#endRun();\n",
    to: "",
  },
  {
    ...SHARED,
    name: "of the frames that share a ticket the first alone is counted",
    from: "    else this.#run.extend(seq, this.#recent.count);\n",
    to: "",
  },
  {
    ...RUN,
    name: "a commit of an account that is not wanted is read",
    from: "if (!this.#events.filter.takes(item)) {",
    to: 'if (!this.#events.filter.takes(item) && item.kind !== "commit") {',
  },
  {
    ...RUN,
    name: "a dead letter is written for accounts that are not wanted",
    from: "if (this.#events.filter.takesRejected(rejected)) this",
    to: "this",
  },
  {
    ...RUN,
    name: "a gap has no event",
    from: "    this.#write(record, ticket);\n    ticket.done();",
    to: "    ticket.done();",
  },
  {
    ...BATCH,
    name: "repeated messages are handled again",
    from: "if (this.#isNew(frame.seq, frame.fingerprint, frame)) {",
    to: "if (this.#isNew(frame.seq, frame.fingerprint, frame) || true) {",
  },
  {
    ...TRANSACTIONAL,
    name: "a transaction is committed within what may be a gap",
    from: "return this.isHeld ? null : newest;",
    to: "return newest;",
  },
  {
    ...LETTERS,
    name: "a dead letter is not waited for",
    from: "    ticket.expect(2 * letter.raw.length);\n",
    to: "",
  },
  {
    ...LETTERS,
    name: "an event that is too large leaves no letter",
    from: "else this.#bury(() => letterOfEvent",
    to: "else if (ticket === undefined) this.#bury(() => letterOfEvent",
  },
  {
    ...LETTERS,
    name: "the letter of an event has the number of the last frame that shares its ticket",
    from: "record.seq ?? ticket.seq",
    to: "ticket.seq",
  },
  {
    ...DEDUP,
    name: "records of the older half are forgotten",
    from: "if (this.#young.has(id) || this.#old.has(id)) return false;",
    to: "if (this.#young.has(id)) return false;",
  },
  { ...DEDUP, name: "nothing is remembered", from: "    this.#young.add(id);\n", to: "" },
  {
    ...DEDUP,
    name: "memory grows without end",
    from: "if (this.#young.size >= this.#most) {",
    to: "if (this.#young.size < 0) {",
  },
  {
    ...RECENT,
    name: "a message fewer is kept with the cursor",
    from: "count - RECENT_MESSAGES); place < count",
    to: "count - RECENT_MESSAGES); place < count - 1",
  },
  {
    ...SEQUENCE,
    name: "a repeated message counts as new",
    from: "this.#isRepeat(seq, print, last)) return REPEAT;",
    to: "this.#isRepeat(seq, print, last) && seq < 0) return REPEAT;",
  },
  {
    ...SEQUENCE,
    name: "an outdated cursor is no gap",
    from: 'if (this.#isOutdated) return { kind: "gap", after: last, missing };',
    to: "if (this.#isOutdated) return NEXT;",
  },
  {
    ...SEQUENCE,
    name: "one message too many counts as missing",
    from: "const missing = step - 1;",
    to: "const missing = step;",
  },
  {
    ...SEQUENCE,
    name: "a relay that counts anew is not noticed",
    from: 'if (this.#isFuture || seq <= last) return { kind: "new-space", after: last };',
    to: 'if (this.#isFuture) return { kind: "new-space", after: last };',
  },
  {
    ...SEQUENCE,
    name: "a jump within a connection is no reason to ask again",
    from: "this.#numbering.isUnusual(seq - last) && seq > last",
    to: "this.#numbering.isUnusual(seq - last) && seq < last",
  },
  {
    ...SEQUENCE,
    name: "an unusual step at a new connection is no gap",
    from: 'return step > usual ? { kind: "gap", after: last, missing } : NEXT;',
    to: "return NEXT;",
  },
  {
    ...HELD,
    name: "silence proves that there is no gap",
    from: 'if (this.#wanted <= 0) return "none";',
    to: 'return "none";',
  },
  {
    ...HELD,
    name: "a step of the usual size is no gap",
    from: '(this.gap.missing ?? Infinity) < usualStep ? "none" : "gap"',
    to: '(this.gap.missing ?? Infinity) <= usualStep ? "none" : "gap"',
  },
  {
    ...NUMBERING,
    name: "every step is usual",
    from: "if (step === 1 || this.#total < USUAL_ONE_IN || this.#confirmed >= MOST_CONFIRMED) return false;",
    to: "if (step >= 1) return false;",
  },
  {
    ...SOCKET,
    name: "a message may grow without end",
    from: "if (this.#length + length > this.#maxMessageBytes) {",
    to: "if (length > this.#maxMessageBytes) {",
  },
  {
    ...SOCKET,
    name: "a fragment takes the place of the one before",
    from: "new Uint8Array(this.#room).set(chunk.subarray(start, end), this.#length);",
    to: "new Uint8Array(this.#room).set(chunk.subarray(start, end), 0);",
  },
  {
    ...STORAGE,
    name: "the data of a replacement are not synced",
    from: "        await file.syncData();\n      } finally {",
    to: "      } finally {",
  },
  {
    ...STORAGE,
    name: "the folder is not synced",
    from: "      await folder.sync();\n",
    to: "",
  },
  {
    ...STORAGE,
    name: "what is written in place is not synced",
    from: "    await way.file.syncData();\n",
    to: "",
  },
  {
    ...STORAGE,
    name: "the file is written before it is renamed, under its own name",
    from: "    const temporary = temporaryOf(path);\n    const mode",
    to: "    const temporary = path;\n    const mode",
  },
  {
    ...SLOTS,
    name: "the half that is valid is overwritten",
    from: "const at = bytes.length <= stored.start ? 0 : aligned(stored.end);",
    to: "const at = stored.start;",
  },
  {
    ...SLOTS,
    name: "a damaged half is taken for a cursor",
    from: "if (text.length !== header.length || checksum(counter, by, text) !== header.crc32) return null;",
    to: "if (text.length !== header.length) return null;",
  },
  {
    ...RESUME,
    name: "another job's cursor is taken",
    from: 'if (own.kind === "cursor" && typeof own.owner === "object" && choice === null) {',
    to: 'if (own.kind === "cursor" && typeof own.owner === "object" && choice === undefined) {',
  },
  {
    ...RESUME,
    name: "runs do not count up",
    from: "return 1 + Math.max(...epochs);",
    to: "return Math.max(...epochs);",
  },
  {
    ...RESUME,
    name: "the clock decides which cursor is newer",
    from: "  if (first !== second) return first > second;\n",
    to: "",
  },
  {
    ...REPOS,
    name: "a commit that comes again is new",
    from: "CHAIN.rev, table.words, at + REV) <= 0) return",
    to: "CHAIN.rev, table.words, at + REV) < 0) return",
  },
  {
    ...REPOS,
    name: "an account that was away has a gap",
    from: "words[at + DATA + 1] = (words[at + DATA + 1] ?? 0) | ANY_SINCE;",
    to: "words[at + DATA + 1] = words[at + DATA + 1] ?? 0;",
  },
  {
    ...SUBJECTS,
    name: "the subject of another version is taken for that of the one that is gone",
    from: "if (prev !== null && lastBits",
    to: "if (prev === null && lastBits",
  },
  {
    ...MEMORY_LOAD,
    name: "what came after the cursor is remembered",
    from: "isLog && seqAt(block.words, from) > (at?.seq ?? Infinity)) break;",
    to: "isLog && seqAt(block.words, from) > Infinity) break;",
  },
  {
    ...MEMORY_LOAD,
    name: "a base that is not complete is taken",
    from: "let isWhole = false;",
    to: "let isWhole = true;",
  },
  {
    ...JOURNAL,
    name: "what was sealed first is written last",
    from: "for (const block of this.#sealed.splice(0)) {",
    to: "for (const block of this.#sealed.splice(0).reverse()) {",
  },
  ...OUTPUT_MUTANTS,
  ...PLANE_MUTANTS,
  ...VERIFY_MUTANTS,
];
