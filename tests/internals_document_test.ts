/**
 * What docs/internals.md says of the code: the files it names, who imports whom, which fault proves an invariant, and how
 * large what is in memory is.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { LAYERS } from "../scripts/lint_layers.ts";
import { MUTANTS } from "../scripts/mutant_list.ts";
import { CONNECTION } from "../src/app/subscription.ts";
import { OPTIONS } from "../src/config/config.ts";
import { bytes } from "../src/plane/memory.ts";
import { REGIONS } from "./support/core_regions.ts";
import { readFile } from "./support/documents.ts";

const TEXT = readFile("docs/internals.md");
const MIB = 1_048_576;

/** The rows of the table whose first head this is, a cell in backticks without them. */
function table(head: string): string[][] {
  const [, after = ""] = TEXT.split(new RegExp(`^\\| ${head.replaceAll(/[()]/g, "\\$&")} +\\|`, "m"));
  const rows = (after.split("\n\n")[0] ?? "").split("\n").slice(2);
  return rows.map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim().replaceAll("`", "")));
}

Deno.test("each file and folder that docs/internals.md names exists", async () => {
  const named = new Set([...TEXT.matchAll(/`((?:src|core|scripts|tests)\/[\w./]+)`/g)].map(([, path = ""]) => path));
  for (const path of named) await Deno.stat(new URL(`../${path}`, import.meta.url));
  assert(named.size >= 40, `${named.size}`);
});

Deno.test("docs/internals.md draws every folder of src/, and no other", () => {
  const [, drawing = ""] = /^```\n([^]*?)^```$/m.exec(TEXT) ?? [];
  const drawn = [...drawing.matchAll(/\b([a-z]+)\/(?=[\s,])/g)].map(([, name = ""]) => name)
    .filter((name) => name !== "core");
  const folders = [...Deno.readDirSync(new URL("../src/", import.meta.url))].filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => name);
  assertEquals([...new Set(drawn)].toSorted(), folders.toSorted());
});

Deno.test("docs/internals.md says of the layers what the linter enforces", () => {
  let compared = 0;
  for (const [folders = "", imports = ""] of table("Folder")) {
    for (const folder of folders.split(", ").filter((name) => LAYERS[name] !== undefined)) {
      if (["app/", "cli/"].includes(folder)) continue;
      const stated = [...imports.matchAll(/[a-z]+\/[a-z_.]*\/?/g)].map(([name]) => name);
      assertEquals(stated.toSorted(), [...LAYERS[folder]?.values ?? []].toSorted(), folder);
      compared++;
    }
  }
  assert(compared >= 10, `${compared}`);
});

Deno.test("each invariant of docs/internals.md has a fault of its file that a fast test notices", () => {
  const rows = table("Invariant");
  for (const [invariant, file, fault] of rows) {
    const found = MUTANTS.find(({ name }) => name === fault);
    assert(found !== undefined, `${invariant}: no mutant "${fault}"`);
    assertEquals(found.file, file, fault);
  }
  assert(rows.length >= 10, `${rows.length}`);
});

Deno.test("docs/internals.md has the sizes of what is in memory", () => {
  assertStringIncludes(TEXT, `| ${bytes.length / MIB} MiB, of which`);
  const rows = table("Region");
  for (const [name, mib] of rows) {
    const region = REGIONS.find((each) => each.name === name);
    assertEquals(Math.round((region?.bytes ?? 0) / MIB), Number(mib), name);
  }
  assert(rows.length >= 6, `${rows.length}`);
  assertStringIncludes(TEXT, `${Number(OPTIONS.maxInFlightBytes.default) / MIB} MiB by default`);
  const read = CONNECTION.maxBufferedBytes / MIB;
  assertStringIncludes(TEXT, `At ${read} MiB undecoded`);
  assertStringIncludes(TEXT, `${read} MiB a connection`);
  assertStringIncludes(readFile("docs/security.md"), `A connection holds ${read} MiB of undecoded messages`);
  const entry = [OPTIONS.trackRepos.doc, OPTIONS.rememberSubjects.doc, OPTIONS.identityCacheSize.doc].map((doc) =>
    /(\d+) bytes each/.exec(doc)?.[1]
  );
  assertStringIncludes(TEXT, `${entry[0]}, ${entry[1]} and ${entry[2]} bytes an entry`);
});
