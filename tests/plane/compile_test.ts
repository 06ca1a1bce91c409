import { assert, assertEquals } from "@std/assert";
import type { CompiledTypes } from "../../src/events/compiled.ts";
import { EventEncoder } from "../../src/events/encoder.ts";
import { RECORD_TYPES, WHOLE_RECORD_TYPES } from "../../src/events/registry.ts";
import { Tables } from "../../src/plane/compile.ts";
import {
  bytes,
  C_IS_WANTED,
  C_LENGTH,
  C_NAME,
  C_NEXT,
  C_PROGRAM,
  CONFIG,
  CONFIG_BYTES,
  configure,
  decode,
  DECODED,
  F_LENGTH,
  F_OP_COUNT,
  F_OTHER_COLLECTION,
  F_START,
  F_STATE,
  F_UNKNOWN,
  FRAMES,
  INPUT,
  MAX_SLOTS,
  O_COLLECTION,
  OP_ROW,
  OPS,
  SLACK,
  UNUSUAL,
  wordAt,
  words,
} from "../../src/plane/memory.ts";
import { encoderOptions } from "../support/events.ts";
import { commitMessage } from "../support/messages.ts";

const BUCKETS = 256;
const LIKE = "app.bsky.feed.like";
const POST = "app.bsky.feed.post";

function typesOf(types = RECORD_TYPES): CompiledTypes {
  return new EventEncoder(encoderOptions(types, "structured")).compiled;
}

/** The rows of all buckets, by the name in each. */
function rowsOf({ table }: Tables): Map<string, number[]> {
  const rows = new Map<string, number[]>();
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    for (let row = wordAt(table + bucket * 4); row !== 0; row = wordAt(row + C_NEXT)) {
      const name = textAt(wordAt(row + C_NAME), wordAt(row + C_LENGTH));
      rows.set(name, [...rows.get(name) ?? [], row]);
    }
  }
  return rows;
}

function textAt(start: number, length: number): string {
  return new TextDecoder().decode(bytes.subarray(start, start + length));
}

/** Has the core decode a commit by tables; where it is for others, the name that the tables lack. */
async function decodeBy(tables: Tables, others: number, collections: readonly string[]) {
  const message = await commitMessage(collections.map((each) => ({ path: `${each}/a`, record: {} })));
  configure(tables.table, others, true, true);
  words[(FRAMES + F_START) >>> 2] = INPUT;
  words[(FRAMES + F_LENGTH) >>> 2] = message.length;
  bytes.set(message, INPUT);
  decode(1);
  const [start, end] = [wordAt(FRAMES + F_UNKNOWN), wordAt(FRAMES + F_UNKNOWN + 4)];
  const found = Array.from(
    { length: wordAt(FRAMES + F_OP_COUNT) },
    (_, i) => tables.collectionAt(wordAt(OPS + i * OP_ROW + O_COLLECTION))?.name,
  );
  const state = wordAt(FRAMES + F_STATE);
  return {
    state,
    found: state === UNUSUAL ? null : found,
    unknown: start === 0 ? null : textAt(start, end - start),
    otherCollections: wordAt(FRAMES + F_OTHER_COLLECTION),
  };
}

Deno.test("Tables.add() makes one row of a collection, with what is wanted of it", () => {
  const types = typesOf();
  const tables = new Tables(types);
  assertEquals([tables.add(LIKE, true), tables.add(POST, false), tables.add(LIKE, true)], [true, true, false]);
  const rows = rowsOf(tables);
  assertEquals([...rows.keys()].sort(), [LIKE, POST]);
  const [like = 0, ...more] = rows.get(LIKE) ?? [];
  const [post = 0] = rows.get(POST) ?? [];
  assertEquals(more, []);
  assertEquals(tables.collectionAt(like), { name: LIKE, compiled: types.of(LIKE) });
  assertEquals(tables.collectionAt(post), { name: POST, compiled: null });
  assertEquals([wordAt(like + C_IS_WANTED), wordAt(post + C_IS_WANTED), wordAt(tables.unwanted + C_IS_WANTED)], [
    1,
    0,
    0,
  ]);
  assert(wordAt(like + C_PROGRAM) > CONFIG);
  assertEquals([wordAt(post + C_PROGRAM), tables.collectionAt(tables.unwanted)], [0, undefined]);
});

Deno.test("Tables are found by the core: the rows of names in one bucket too, and what they lack is others' or unknown", async () => {
  const tables = new Tables(typesOf());
  // Of one length, and the same in all bytes that the bucket is made of.
  const collisions = ["com.example.aaxaaa", "com.example.abxaaa", "com.example.baxaaa"];
  for (const name of collisions) assert(tables.add(name, true));
  assert(tables.add(LIKE, false));
  const buckets = Array.from({ length: BUCKETS }, (_, i) => wordAt(tables.table + i * 4)).filter((row) => row !== 0);
  assert(buckets.length <= 2, `${buckets.length} buckets`);
  assertEquals(await decodeBy(tables, tables.unwanted, [...collisions, LIKE, "com.example.bbxaaa"]), {
    state: DECODED,
    found: collisions,
    unknown: null,
    otherCollections: 2,
  });
  const asked = await decodeBy(tables, 0, [...collisions, "com.example.bbxaaa", "com.example.none"]);
  assertEquals([asked.state, asked.unknown], [UNUSUAL, "com.example.bbxaaa"]);
});

Deno.test("Tables have a program for each type of records, whole ones too, of no more slots than there are", () => {
  for (const list of [RECORD_TYPES, WHOLE_RECORD_TYPES]) {
    const types = typesOf(list);
    const tables = new Tables(types);
    const names = list.map(({ collection }) => collection === "*" ? "com.example.thing" : collection);
    for (const name of names) assert(tables.add(name, true), name);
    for (const [name, [row = 0]] of rowsOf(tables)) {
      const program = wordAt(row + C_PROGRAM);
      const [fields, slots, most] = [0, 4, 8].map((word) => wordAt(program + word));
      assert(fields !== undefined && fields > CONFIG && fields < program, name);
      assertEquals(slots, types.of(name)?.plan.slots);
      assert(most !== undefined && most > SLACK, `${most}`);
    }
  }
});

Deno.test("Tables.add() leaves out a collection whose type has too many slots, or that has none", () => {
  const types = typesOf();
  const like = types.of(LIKE);
  if (like === null) throw new Error("a type was expected");
  const slots = (count: number) => ({ ...like, plan: { ...like.plan, slots: count } });
  const of = (name: string) => name === LIKE ? slots(MAX_SLOTS) : name === POST ? slots(MAX_SLOTS + 1) : null;
  const tables = new Tables({ framing: types.framing, of } as CompiledTypes);
  assertEquals([LIKE, POST, "com.example.thing"].map((name) => tables.add(name, true)), [true, false, false]);
  // One that is not wanted needs no type.
  assertEquals([tables.add("com.example.thing", false), [...rowsOf(tables).keys()].length], [true, 2]);
});

/** Adds made-up collections until one is refused; their names. */
function fill(tables: Tables, nameOf: (i: number) => string): string[] {
  const names: string[] = [];
  while (names.length < 20_000 && tables.add(nameOf(names.length), true)) names.push(nameOf(names.length));
  return names;
}

Deno.test("Tables.add() takes no more where memory is full, and writes nothing past its end", async () => {
  const types = typesOf();
  const like = types.of(LIKE);
  if (like === null) throw new Error("a type was expected");
  // Each has more than a kilobyte that it shares with none.
  const of = (name: string) => ({
    ...like,
    plan: { ...like.plan, after: new TextEncoder().encode(name.padEnd(1200, "x")) },
  });
  const tables = new Tables({ framing: types.framing, of } as CompiledTypes);
  const end = CONFIG + CONFIG_BYTES;
  const behind = bytes.slice(end, end + 4096);
  const names = fill(tables, (i) => `com.example.thing${i}`);
  assert(names.length > 1000 && names.length < 2000, `${names.length}`);
  assertEquals([tables.add("com.example.more", true), tables.add("com.example.more", false)], [false, false]);
  assertEquals(bytes.slice(end, end + 4096), behind);
  assertEquals(rowsOf(tables).size, names.length);
  // The next tables begin anew.
  const next = new Tables(typesOf());
  assert(next.add("com.example.more", true));
  assertEquals([...rowsOf(next).keys()], ["com.example.more"]);
  assertEquals((await decodeBy(next, 0, ["com.example.more"])).found, ["com.example.more"]);
});

Deno.test("Tables.add() takes 2,000 collections, all of which the core finds, and no names that are too long", async () => {
  const tables = new Tables(typesOf());
  const longest = `com.example.${"x".repeat(305)}`;
  assertEquals([tables.add(`${longest}x`, true), tables.add(longest, true)], [false, true]);
  const names = fill(tables, (i) => `com.example.thing${i}`);
  assertEquals(names.length, 1999);
  assertEquals([tables.add("com.example.more", false), tables.add(LIKE, true)], [false, false]);
  const [first = "", middle = "", last = ""] = [names[0], names[1000], names.at(-1)];
  const { found, unknown } = await decodeBy(tables, 0, [first, middle, last]);
  assertEquals([found, unknown], [[first, middle, last], null]);
});

Deno.test("Tables have a piece once that many collections share", () => {
  const count = (names: readonly string[]) => {
    const tables = new Tables(typesOf());
    for (const name of names) assert(tables.add(name, true));
    const programs = [...rowsOf(tables).values()].map(([row = 0]) => wordAt(row + C_PROGRAM));
    return { fields: new Set(programs.map(wordAt)).size, programs: new Set(programs).size };
  };
  assertEquals(count(["com.example.a", "com.example.b", LIKE]), { fields: 2, programs: 3 });
});
