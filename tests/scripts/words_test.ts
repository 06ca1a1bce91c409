import { assertEquals } from "@std/assert";
import { OWN_WORDS, ownWordsBelow, wordsInDocument, wordsInModule } from "../../scripts/words.ts";
import { TestFolder } from "../support/folder.ts";

Deno.test("wordsInDocument() finds words of our own in prose, and none in code or in the targets of links", () => {
  const document = [
    "# The eldest",
    'It `goes on` and [goes](a.md "it goes on (twice)") nowhere.',
    "```sh",
    "echo mistake",
    "```",
    "| The stream goes on | All mistakes are told |",
  ].join("\n");
  assertEquals(wordsInDocument(document).map(({ line, word }) => [line, word]), [
    [1, "eldest"],
    [6, "mistakes"],
    [6, "goes on"],
    [6, "told"],
  ]);
});

Deno.test("wordsInModule() finds them in texts, and none in comments, names or expressions", () => {
  const source = [
    "// All mistakes are told.",
    "/** The eldest",
    " * goes on. */",
    'const told = "mistake";',
    'log("warn", "the eldest goes");',
    "fail(`a ${told(mistake)} of the slab`);",
    "const long = `begins",
    '  what comes next` + "no folder";',
  ].join("\n");
  assertEquals(wordsInModule(source).map(({ line, word }) => [line, word]), [[5, "eldest"], [6, "slab"]]);
});

Deno.test("OWN_WORDS match whole words alone", () => {
  const texts = ["recommended", "amended", "planes", "untold", "mistaken", "a go one", "standstill", "retold"];
  for (const text of texts) assertEquals(OWN_WORDS.filter(({ pattern }) => pattern.test(text)), [], text);
});

Deno.test("ownWordsBelow() names place, word and what to write instead, but for the changelog", async () => {
  await using folder = new TestFolder();
  for (const name of ["docs/guides", "src/cli", "tests"]) {
    await Deno.mkdir(folder.file(name), { recursive: true });
  }
  await Deno.writeTextFile(folder.file("README.md"), "Fine.\nThe eldest.\n");
  await Deno.writeTextFile(folder.file("CHANGELOG.md"), "The eldest.\n");
  await Deno.writeTextFile(folder.file("docs/guides/a.md"), "It goes on.\n");
  await Deno.writeTextFile(folder.file("src/cli/a.ts"), 'say("no mistake");\n');
  await Deno.writeTextFile(folder.file("tests/a.ts"), 'say("no mistake");\n');
  assertEquals(await ownWordsBelow(new URL(`file://${folder.path}/`)), [
    'README.md:2: "eldest"; expected oldest',
    'docs/guides/a.md:1: "goes on"; expected resume, continue',
    'src/cli/a.ts:1: "mistake"; expected error',
  ]);
});
