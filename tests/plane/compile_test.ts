import { assert, assertEquals, assertMatch } from "@std/assert";
import { CompiledTypes } from "../../src/events/compiled.ts";
import { COLLECTIONS, RECORD_TYPES, WHOLE_RECORD_TYPES } from "../../src/events/registry.ts";
import { planOf } from "../../src/events/plan.ts";
import { Tables } from "../../src/plane/compile.ts";
import {
  bytes,
  C_IS_WANTED,
  C_LENGTH,
  C_NAME,
  C_NEXT,
  C_PROGRAM,
  C_ROW,
  CONFIG,
  CONFIG_BYTES,
  MAX_SLOTS,
  SLACK,
  wordAt,
} from "../../src/plane/memory.ts";
import { encoderOptions } from "../support/events.ts";

const ROOT = new URL("../../", import.meta.url);
const HOST = await Deno.readTextFile(new URL("src/plane/compile.ts", ROOT));

function created(types = WHOLE_RECORD_TYPES): Tables {
  return new Tables(new CompiledTypes(encoderOptions(types, "structured")));
}

/** The names in a file of the core whose constants are the numbers of something, by number. */
async function numbersIn(file: string, first: string, last: string): Promise<string[]> {
  const source = await Deno.readTextFile(new URL(`core/${file}`, ROOT));
  const part = source.slice(source.indexOf(`const ${first}: u32`), source.indexOf(`const ${last}: u32`) + 80);
  const found = [...part.matchAll(/const ([A-Z_]+): u32 = (\d+);/g)].map((
    [, name = "", number],
  ) => [name, Number(number)]);
  const names: string[] = [];
  for (const [name, number] of found) names[number as number] = name as string;
  return names.slice(0, names.indexOf(last) + 1);
}

/** The same of a table in the host. */
function numbersOf(table: string): string[] {
  const [, text = ""] = new RegExp(`const ${table} = \\{([^}]*)\\}`).exec(HOST) ?? [];
  const names: string[] = [];
  for (const [, name = "", number] of text.matchAll(/"?([\w-]+)"?: (\d+)/g)) names[Number(number)] = name;
  return names;
}

Deno.test("the numbers of instructions are those of core/event.ts", async () => {
  const other: { readonly [host: string]: string } = { rkey: "RECORD_KEY", json: "PART" };
  const host = numbersOf("CODE").map((name) => other[name] ?? name.toUpperCase().replaceAll("-", "_"));
  assertEquals(host, await numbersIn("event.ts", "STOP", "RECORD"));
  assert(host.length > 20);
});

Deno.test("the numbers of forms are those of core/fields.ts", async () => {
  const core = await numbersIn("fields.ts", "TEXT", "LINK");
  assertEquals(core[1], "CHECKED_TEXT");
  numbersOf("FORM").forEach((name, number) => assertEquals(name.toUpperCase(), core[number]));
});

Deno.test("Tables have a collection in the bucket of its name, once", () => {
  const tables = created();
  for (const name of COLLECTIONS) assertEquals(tables.add(name, true), true);
  for (const name of COLLECTIONS) assertEquals([tables.add(name, true), tables.add(name, false)], [false, false]);
  const rows: number[] = [];
  for (let bucket = 0; bucket < 256; bucket++) {
    for (let row = wordAt(tables.table + bucket * 4); row !== 0; row = wordAt(row + C_NEXT)) rows.push(row);
  }
  assertEquals(rows.length, COLLECTIONS.length);
  for (const row of rows) {
    const at = wordAt(row + C_NAME);
    const name = new TextDecoder().decode(bytes.slice(at, at + wordAt(row + C_LENGTH)));
    assertEquals(tables.collectionAt(row)?.name, name);
    assert(COLLECTIONS.includes(name) && wordAt(row + C_IS_WANTED) === 1 && wordAt(row + C_PROGRAM) !== 0);
  }
  assertEquals(tables.collectionAt(0), undefined);
});

Deno.test("a collection that is not wanted has no program, and neither has the row of all others", () => {
  const tables = created();
  assertEquals(tables.add("com.example.thing", false), true);
  for (const row of [tables.unwanted, lastRow(tables)]) {
    assertEquals([wordAt(row + C_IS_WANTED), wordAt(row + C_PROGRAM)], [0, 0]);
  }
  assertEquals(tables.collectionAt(lastRow(tables))?.compiled, null);
});

/** The row that was added last: the largest address in a bucket. */
function lastRow({ table }: Tables): number {
  return Math.max(...Array.from({ length: 256 }, (_, bucket) => wordAt(table + bucket * 4)));
}

Deno.test("Tables take no names that are longer than any NSID, no more than 2000, and nothing past their memory", () => {
  bytes.fill(0xa5, CONFIG + CONFIG_BYTES - SLACK, CONFIG + CONFIG_BYTES);
  for (const [isWanted, least] of [[true, 300], [false, 1999]] as const) {
    const tables = created();
    assertEquals(tables.add("a".repeat(318), isWanted), false);
    assertEquals(tables.add("a".repeat(300_000), isWanted), false);
    assertEquals(tables.add("a".repeat(317), isWanted), true);
    let taken = 1;
    for (let i = 0; i < 4000; i++) if (tables.add(`com.example.made${i}`, isWanted)) taken++;
    assert(taken > least && taken <= 2000, `${taken}`);
    // What is there already stays as it is.
    assert(wordAt(lastRow(tables) + C_LENGTH) <= 317);
  }
  const slack = bytes.subarray(CONFIG + CONFIG_BYTES - SLACK, CONFIG + CONFIG_BYTES);
  assert(slack.every((byte) => byte === 0xa5));
});

Deno.test("every event type fits: slots, fields of a map for which there is a bit, rows of whole words", () => {
  for (const definition of [...RECORD_TYPES, ...WHOLE_RECORD_TYPES]) {
    const plan = planOf(definition);
    assert(plan.slots <= MAX_SLOTS, definition.type);
    const maps = [plan.root];
    for (const { fields } of maps) {
      assert(fields.length <= 32, definition.type);
      for (const { map } of fields) if (map !== null) maps.push(map);
    }
  }
  assertEquals([C_ROW % 4, CONFIG % 8], [0, 0]);
});

Deno.test("the factors cover what is longest as JSON, byte for byte", () => {
  const factor = (name: string) => Number(new RegExp(`const ${name} = (\\d+);`).exec(HOST)?.[1]);
  assertMatch(HOST, /const TEXT_TIMES = 6;/);
  const longest = `${JSON.stringify({ $bytes: "" })},`;
  assert(factor("RECORD_TIMES") >= longest.length);
  assert(factor("PART_TIMES") >= JSON.stringify(longest).length - 2);
  assert(factor("TEXT_TIMES") >= JSON.stringify("\u0001").length - 2);
  assert(factor("PART_TIMES") >= JSON.stringify(JSON.stringify("\u0001")).length - 6);
});
