import { assertEquals, assertThrows } from "@std/assert";
import { releaseNotes } from "../../scripts/release_notes.ts";

const CHANGELOG = `# Changelog

## 1.1.0 (unreleased)

- Later.

## 1.0.1 (2026-11-25)

### Fixed

- A thing.

## 1.0.0 (2026-11-01)

- The first.
`;

Deno.test("releaseNotes() gives the section of the version alone", () => {
  assertEquals(releaseNotes(CHANGELOG, "v1.0.1", "1.0.1"), "### Fixed\n\n- A thing.\n");
  assertEquals(releaseNotes(CHANGELOG, "v1.0.0", "1.0.0"), "- The first.\n");
});

for (
  const [why, tag, version, said] of [
    ["the tag is another version", "v1.0.0", "1.0.1", "expected the tag v1.0.1"],
    ["the changelog has no section", "v2.0.0", "2.0.0", "no section for 2.0.0"],
    ["the section is unreleased", "v1.1.0", "1.1.0", "expected a date"],
  ] as const
) {
  Deno.test(`releaseNotes() refuses when ${why}`, () => {
    assertThrows(() => releaseNotes(CHANGELOG, tag, version), Error, said);
  });
}
