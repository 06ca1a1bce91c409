/**
 * PLANE_MUTANTS: one-line faults in the host of the core.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";

const PLANE = { file: "src/plane/plane.ts", test: "tests/plane/batches_test.ts" } as const;
const SELECTION = { file: "src/plane/plane.ts", test: "tests/plane/selection_test.ts" } as const;
const LEARNING = { file: "src/plane/plane.ts", test: "tests/core/collections_test.ts" } as const;
const NAMES = { file: "src/plane/compile.ts", test: "tests/core/collections_test.ts" } as const;
const ROOM = { file: "src/plane/compile.ts", test: "tests/core/flood_test.ts" } as const;
const COMMIT = { file: "src/plane/usual_commit.ts", test: "tests/plane/usual_commit_test.ts" } as const;
const SLOTS = { file: "src/plane/event_slots.ts", test: "tests/plane/event_slots_test.ts" } as const;
const BATCHES = { file: "src/plane/core_records.ts", test: "tests/core/records_test.ts" } as const;
const MESSAGES = { file: "src/atproto/bytes/messages.ts", test: "tests/atproto/bytes/messages_test.ts" } as const;
const WRITTEN = { file: "src/plane/written_batch.ts", test: "tests/plane/written_batch_test.ts" } as const;

/** Those in src/plane/. */
export const PLANE_MUTANTS: readonly Mutant[] = [
  {
    ...PLANE,
    name: "a row of the chunk before is read",
    from: "|| frame.chunk !== this.#chunk || !this.#chunk.isCurrent) return null;",
    to: ") return null;",
  },
  {
    ...PLANE,
    name: "memory that another plane had is taken for one's own",
    from: "    if (owner !== this) this.#own();\n",
    to: "",
  },
  {
    ...PLANE,
    name: "a message is put where the one before it ends too late",
    from: "const fits = end - from <= inputEnd - target;",
    to: "const fits = end - from <= INPUT_BYTES;",
  },
  {
    ...SELECTION,
    name: "a changed source is not written",
    from: "    this.#types = types;\n    this.#tables = null;",
    to: "    this.#types = types;",
  },
  {
    ...SELECTION,
    name: "the core writes what is not in the sample",
    from: "words[(op + O_IS_SKIPPED) >>> 2] = isIn ? 0 : 1;",
    to: "words[(op + O_IS_SKIPPED) >>> 2] = isIn ? 0 : 0;",
  },
  {
    ...LEARNING,
    name: "what stopped at a collection is not decoded again once that is learned",
    from: "if (!this.#learn()) break;",
    to: "this.#learn();\n      break;",
  },
  {
    ...LEARNING,
    name: "named collections that the table lacks are left out",
    from: "const others = hasAll ? tables.unwanted : 0;",
    to: "const others = names === null ? 0 : tables.unwanted;",
  },
  {
    ...NAMES,
    name: "a made-up name of any length is learned",
    from: "name.length > MAX_NAME_BYTES || CONFIG",
    to: "CONFIG",
  },
  {
    ...ROOM,
    name: "events are given less room than they may need",
    from: "const blocks = copies * TEXT_TIMES + (hasRecord ? RECORD_TIMES : 0)",
    to: "const blocks = copies + (hasRecord ? 1 : 0)",
  },
  {
    ...COMMIT,
    name: "a commit reads the row of another one once its chunk is gone",
    from: "this.chunk.isCurrent ? this.#spansOfRow() : spansOf(this.bytes);",
    to: "this.#spansOfRow();",
  },
  {
    ...WRITTEN,
    name: "a buffer is used again while a record stands in it",
    from: "    batch.holder.hold();\n",
    to: "",
  },
  {
    ...SLOTS,
    name: "a slot is used again while events stand in it",
    from: "    if (--this.#holders > 0) return;\n",
    to: "    this.#holders--;\n",
  },
  {
    ...BATCHES,
    name: "a tombstone that is copied to the core has an empty value",
    from: "isTombstone ? value - 1 : end",
    to: "end",
  },
  {
    ...MESSAGES,
    name: "messages that were given back are read again",
    from: "    this.#ranges = null;\n",
    to: "",
  },
  {
    ...MESSAGES,
    name: "a buffer is given back twice",
    from: "let index = this.#buffers.lastIndexOf(buffer);",
    to: "let index = this.#buffers.at(-1) === buffer ? this.#buffers.length - 1 : -1;",
  },
];
