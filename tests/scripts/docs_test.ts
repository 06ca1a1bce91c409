import { assert, assertEquals, assertThrows } from "@std/assert";
import { DOCUMENTS, generate, SECTIONS } from "../../scripts/docs.ts";

const ROOT = new URL("../../", import.meta.url);

function section(name: string, text: string): string {
  return `<!-- generated:${name} -->\n${text}\n<!-- /generated:${name} -->`;
}

Deno.test("generate() writes each section anew, and leaves the prose round it as it is", () => {
  const before = `# A\n\n${section("exit-codes", "stale!")}\n\nprose $& \\1\n\n${section("rejections", "stale!")}\n`;
  const after = generate(before);
  assert(after.startsWith("# A\n\n<!-- generated:exit-codes -->\n<!-- deno-fmt-ignore-start -->\n\n| Status"), after);
  assert(after.includes("\n\nprose $& \\1\n\n"));
  assert(after.includes("| `block-missing` |"));
  assertEquals(after.includes("stale!"), false);
  assertEquals(generate(after), after);
});

Deno.test("generate() refuses a section that nobody knows", () => {
  assertThrows(() => generate(section("exit-code", "")), TypeError, '"exit-code"');
});

Deno.test("DOCUMENTS are as the code has them, and together hold every section", async () => {
  const used = new Set<string>();
  for (const path of DOCUMENTS) {
    const text = await Deno.readTextFile(new URL(path, ROOT));
    assertEquals(generate(text), text, `${path}: run "deno task docs"`);
    for (const [, name = ""] of text.matchAll(/<!-- generated:([a-z-]+) -->/g)) used.add(name);
  }
  assertEquals([...used].toSorted(), Object.keys(SECTIONS).toSorted());
});
