/**
 * The notes of a release, from CHANGELOG.md: `deno run --allow-read scripts/release_notes.ts vX.Y.Z`.
 *
 * @module
 */
import project from "../deno.json" with { type: "json" };

/**
 * The section of a version, without its heading.
 *
 * @throws {Error} where the tag is not that of `version`, or the changelog has no finished section for it
 */
export function releaseNotes(changelog: string, tag: string, version: string): string {
  if (tag !== `v${version}`) {
    throw new Error(`Cannot release "${tag}": deno.json has version ${version}; expected the tag v${version}`);
  }
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find((each) => each.split(/\s/)[0]?.replace(/^\[|\]$/g, "") === version);
  if (section === undefined) throw new Error(`Cannot release ${tag}: CHANGELOG.md has no section for ${version}`);
  const [heading = "", ...lines] = section.split("\n");
  if (/unreleased/i.test(heading)) {
    throw new Error(`Cannot release ${tag}: its section in CHANGELOG.md is marked as unreleased; expected a date`);
  }
  return `${lines.join("\n").trim()}\n`;
}

if (import.meta.main) {
  try {
    const changelog = await Deno.readTextFile(new URL("../CHANGELOG.md", import.meta.url));
    const notes = releaseNotes(changelog, Deno.args[0] ?? "", project.version);
    Deno.stdout.writeSync(new TextEncoder().encode(notes));
  } catch (error) {
    Deno.stderr.writeSync(new TextEncoder().encode(`Error: ${error instanceof Error ? error.message : error}\n`));
    Deno.exitCode = 1;
  }
}
