import { assertEquals } from "@std/assert";
import { clickhouseSql } from "../../src/events/forms/clickhouse.ts";
import { postgresSql } from "../../src/events/forms/postgres.ts";
import { sqlTable } from "../../src/events/forms/sql_columns.ts";
import { TYPES } from "../../src/events/schema.ts";
import { readFile, shellBlocks } from "../support/documents.ts";
import { testNeeding } from "../support/needs.ts";
import { assertLatest, recipeEvents, recipeFolder } from "../support/recipes.ts";

const TABLES = TYPES.map(sqlTable);
const EVENTS = await recipeEvents();
/** Some come twice, and all of them once more with the latest first. */
const INPUTS = [EVENTS, EVENTS.slice(0, 400), EVENTS.toReversed()];

/** What the recipe pipes the lines of `consume` into. */
function intake(): string {
  const lines = shellBlocks(readFile("docs/recipes/postgres.md")).flatMap(({ lines }) => lines);
  const [, command] = /\| (psql -c .+)$/.exec(lines.find((line) => line.includes("bluesky_intake")) ?? "") ?? [];
  if (command === undefined) throw new Error("The recipe takes no events");
  return command;
}

async function printed(program: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, { args: [...args] }).output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  return new TextDecoder().decode(stdout);
}

function support(name: string): string {
  return new URL(`../support/${name}`, import.meta.url).pathname;
}

testNeeding(["long", "postgres"], {
  name: "the recipe for PostgreSQL keeps the latest state of each record, whatever comes twice or late",
  fn: async () => {
    await using folder = await recipeFolder(postgresSql(TYPES), INPUTS);
    const script = [
      "psql -q -v ON_ERROR_STOP=1 < schema.sql",
      ...INPUTS.map((_, i) => `${intake()} < ${i}.ndjson > copied`),
      ...TABLES.map((table) => `psql -At -c "select coalesce(json_agg(t), '[]') from ${table} t" | tr -d '\\n'; echo`),
    ].join("\n");
    assertLatest(await printed("sh", [support("postgres.sh"), folder.path, script]), EVENTS);
  },
});

testNeeding(["long", "chdb"], {
  name: "the recipe for ClickHouse keeps the latest state of each record, whatever comes twice or late",
  fn: async () => {
    await using folder = await recipeFolder(clickhouseSql(TYPES), INPUTS);
    const inputs = INPUTS.map((_, i) => folder.file(`${i}.ndjson`));
    const args = [support("clickhouse.py"), folder.file("schema.sql"), ...inputs, TABLES.join()];
    assertLatest(await printed("python3", args), EVENTS);
  },
});
