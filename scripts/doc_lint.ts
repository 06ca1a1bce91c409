/**
 * Fails where an exported symbol or a module of `src/` has no doc comment. Fields speak by their names, units and
 * types; those that do not are documented, but that is for a reader to see.
 *
 * @module
 */

interface Declared {
  readonly name: string;
  readonly declarations?: readonly { readonly jsDoc?: { readonly doc?: string }; readonly declarationKind?: string }[];
}

interface Documented {
  readonly nodes: Readonly<Record<string, { readonly module_doc?: unknown; readonly symbols?: readonly Declared[] }>>;
}

/** The exported symbols without a doc comment, as `file: name`. */
export function undocumented(docs: Documented): string[] {
  return Object.entries(docs.nodes).flatMap(([file, { symbols = [] }]) =>
    symbols.filter(({ declarations = [] }) =>
      declarations.some((each) => each.declarationKind === "export") &&
      declarations.every((each) => (each.jsDoc?.doc ?? "") === "")
    ).map(({ name }) => `${file}: ${name}`)
  );
}

async function sources(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(...await sources(path));
    else if (name.endsWith(".ts")) found.push(path);
  }
  return found.sort();
}

if (import.meta.main) {
  const [importMap = "scripts/jsr.json"] = Deno.args;
  const args = ["doc", "--json", `--import-map=${importMap}`, ...await sources("src")];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args, stderr: "null" }).output();
  const missing = undocumented(JSON.parse(new TextDecoder().decode(stdout)));
  for (const each of missing) Deno.stderr.writeSync(new TextEncoder().encode(`Error: No doc comment on ${each}\n`));
  if (missing.length > 0) Deno.exitCode = 1;
}
