import { assert, assertEquals } from "@std/assert";
import { planOf } from "../../src/events/plan.ts";
import { RECORD_TYPES, WHOLE_RECORD_TYPES } from "../../src/events/registry.ts";

const ROOT = new URL("../../", import.meta.url);
const HOST = await Deno.readTextFile(new URL("src/plane/compile.ts", ROOT));

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
  assertEquals(host, await numbersIn("event.ts", "STOP", "HANDLE"));
  assert(host.length > 20);
});

Deno.test("the numbers of forms are those of core/fields.ts", async () => {
  const core = await numbersIn("fields.ts", "TEXT", "LINK");
  assertEquals(core[1], "CHECKED_TEXT");
  numbersOf("FORM").forEach((name, number) => assertEquals(name.toUpperCase(), core[number]));
});

Deno.test("no map of fields has more than there are bits for in core/fields.ts", () => {
  for (const definition of [...RECORD_TYPES, ...WHOLE_RECORD_TYPES]) {
    const maps = [planOf(definition, false).root];
    for (const { fields } of maps) {
      assert(fields.length <= 32, definition.type);
      for (const { map } of fields) if (map !== null) maps.push(map);
    }
  }
});

Deno.test("the factors cover what is longest as JSON, byte for byte", () => {
  const factor = (name: string) => Number(new RegExp(`const ${name} = (\\d+);`).exec(HOST)?.[1]);
  const longest = `${JSON.stringify({ $bytes: "" })},`;
  assert(factor("RECORD_TIMES") >= longest.length);
  assert(factor("PART_TIMES") >= JSON.stringify(longest).length - 2);
  assert(factor("TEXT_TIMES") >= JSON.stringify("\u0001").length - 2);
  assert(factor("PART_TIMES") >= JSON.stringify(JSON.stringify("\u0001")).length - 6);
});
