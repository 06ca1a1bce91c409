import { assert, assertEquals } from "@std/assert";
import { postgresSql } from "../../src/events/forms/postgres.ts";
import { sqlTable } from "../../src/events/forms/sql_columns.ts";
import { type EventType, TYPES } from "../../src/events/schema.ts";
import { readFile, shellBlocks } from "../support/documents.ts";
import { simulatedEvents } from "../support/events.ts";
import { TestFolder } from "../support/folder.ts";
import { gapEvent, GAPS } from "../support/gaps.ts";
import { letterEvent, LETTERS } from "../support/letters.ts";

/** What the recipe pipes the lines of `consume` into. */
function intake(): string {
  const lines = shellBlocks(readFile("docs/recipes/postgres.md")).flatMap(({ lines }) => lines);
  const [, command] = /\| (psql -c .+)$/.exec(lines.find((line) => line.includes("bluesky_intake")) ?? "") ?? [];
  if (command === undefined) throw new Error("The recipe takes no events");
  return command;
}

type Row = Readonly<Record<string, unknown>>;

/** Runs what the recipe says on a PostgreSQL; its tables by the type of their events, or null where there is none. */
async function tablesAfter(inputs: readonly (readonly unknown[])[]): Promise<Map<EventType, Row[]> | null> {
  await using folder = new TestFolder();
  await Deno.writeTextFile(folder.file("schema.sql"), postgresSql(TYPES));
  for (const [i, events] of inputs.entries()) {
    const text = events.map((event) => `${JSON.stringify(event)}\n`).join("");
    await Deno.writeTextFile(folder.file(`${i}.ndjson`), text);
  }
  const script = [
    "psql -q -v ON_ERROR_STOP=1 < schema.sql",
    ...inputs.map((_, i) => `${intake()} < ${i}.ndjson > copied`),
    ...TYPES.map((type) =>
      `psql -At -c "select coalesce(json_agg(t), '[]') from ${sqlTable(type)} t" | tr -d '\\n'; echo`
    ),
  ].join("\n");
  const path = new URL("../support/postgres.sh", import.meta.url).pathname;
  const { code, stdout, stderr } = await new Deno.Command("sh", { args: [path, folder.file("."), script] }).output();
  if (code === 77) return null;
  const said = new TextDecoder().decode(stderr);
  assertEquals([code, said], [0, ""]);
  const rows = new TextDecoder().decode(stdout).trimEnd().split("\n").map((line): Row[] => JSON.parse(line));
  return new Map(TYPES.map((type, i) => [type, rows[i] ?? []]));
}

Deno.test("the recipe for PostgreSQL keeps the latest state of each record, whatever comes twice or late", async () => {
  const made = (await simulatedEvents(1500)).map(({ event }) => ({ ...event }));
  const records = [...made, ...GAPS.map(gapEvent), ...LETTERS.map(letterEvent)].map((event) => ({ ...event }) as Row);
  const tables = await tablesAfter([records, records.slice(0, 400), records.toReversed()]);
  if (tables === null) return;
  let compared = 0;
  for (const [type, rows] of tables) {
    const latest = new Map<unknown, Row>();
    for (const event of records) {
      const data = event["data"] as Row;
      const key = data["uri"] ?? data["gap_id"] ?? data["dead_letter_id"] ?? data["did"];
      if (event["type"] === type) latest.set(key, { ...data, event_id: event["id"], event_source: event["source"] });
    }
    assert(latest.size > 0, type);
    assertEquals(rows.length, latest.size, type);
    for (const row of rows) {
      const wanted = latest.get(row["uri"] ?? row["gap_id"] ?? row["dead_letter_id"] ?? row["did"]) ?? {};
      assertEquals(Object.fromEntries(Object.keys(wanted).map((name) => [name, row[name]])), wanted, type);
      compared++;
    }
  }
  assert(compared > 1000, `${compared}`);
});
