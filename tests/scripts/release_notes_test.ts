import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import project from "../../deno.json" with { type: "json" };
import { PUBLISHED } from "../../scripts/published.ts";
import { type Release, releaseNotes } from "../../scripts/release_notes.ts";

const CHANGELOG = `# Changelog

## 1.1.0 (unreleased)

- Later.

## 1.0.1 (2026-11-25)

### Fixed

- A thing.

## 1.0.0 (2026-11-01)

- The first.
`;

/** The notes of a tag. */
function notesOf(tag: string, version: string, more: Partial<Release> = {}): string {
  const project = { name: "@owner/repository", version };
  return releaseNotes({ changelog: CHANGELOG, tag, repository: "Owner/Repository", project, checksums: null, ...more });
}

Deno.test("releaseNotes() has the section of the version alone, and how to install it", () => {
  const notes = notesOf("v1.0.1", "1.0.1");
  assert(notes.startsWith("### Fixed\n\n- A thing.\n\n### Install\n"), notes);
  assertEquals(notes.includes("The first"), false);
  assertStringIncludes(notes, "docker run ");
  assertStringIncludes(notes, "\n  ghcr.io/owner/repository:1.0.1\n");
  assertStringIncludes(notes, "https://github.com/owner/repository/releases/download/v1.0.1/install.sh");
  assertEquals(notes.includes("Checksums"), false);
});

Deno.test("releaseNotes() has the checksums once the archives are made", () => {
  const notes = notesOf("v1.0.0", "1.0.0", { checksums: "00ff  a.tar.gz\n" });
  assert(notes.startsWith("- The first.\n"), notes);
  assert(notes.endsWith("```\n00ff  a.tar.gz\n```\n"), notes);
});

Deno.test("releaseNotes() of this version has its upgrade notes and the published image", async () => {
  const changelog = await Deno.readTextFile(new URL("../../CHANGELOG.md", import.meta.url));
  const { repository, image } = PUBLISHED;
  const tag = `v${project.version}`;
  const notes = releaseNotes({ changelog, tag, repository, project, checksums: null });
  assert(notes.startsWith("### Upgrade notes\n"), notes.slice(0, 100));
  assertStringIncludes(notes, `  ${image}\n`);
});

for (
  const [why, tag, version, more, message] of [
    ["the tag is another version", "v1.0.0", "1.0.1", {}, "expected the tag v1.0.1"],
    ["the changelog has no section", "v2.0.0", "2.0.0", {}, "no section for 2.0.0"],
    ["the section is unreleased", "v1.1.0", "1.1.0", {}, "expected a date"],
    ["another repository publishes", "v1.0.1", "1.0.1", { repository: "fork/repository" }, "fork/repository"],
  ] as const
) {
  Deno.test(`releaseNotes() refuses when ${why}`, () => {
    assertThrows(() => notesOf(tag, version, more), Error, message);
  });
}
