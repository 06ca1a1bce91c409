import { assert, assertEquals } from "@std/assert";
import { LanguageFilter, parseLanguages } from "../../src/filter/languages.ts";

const utf8 = new TextEncoder();
const TAGS = ["pt", "pt-BR", "PT-br", "ptx", "p", "", "en", "en-US", "zh-Hant-TW", "日本"];

function matching(ranges: string): string[] {
  const parsed = parseLanguages(ranges);
  if (parsed.kind === "wrong") throw new Error(parsed.is);
  const filter = new LanguageFilter(parsed.value);
  return TAGS.filter((tag) => {
    const bytes = utf8.encode(`-${tag}-BR`);
    return filter.matches(bytes, 1, bytes.length - 3);
  });
}

Deno.test("LanguageFilter.matches() takes a tag that a range begins, to the hyphen, in any case", () => {
  assertEquals(matching("pt"), ["pt", "pt-BR", "PT-br"]);
  assertEquals(matching("PT-BR"), ["pt-BR", "PT-br"]);
  assertEquals(matching("en, zh-hant"), ["en", "en-US", "zh-Hant-TW"]);
  assertEquals(matching("de"), []);
  assertEquals(matching("*"), TAGS.filter((tag) => tag !== ""));
});

Deno.test("LanguageFilter.matchesNone says whether posts without a language are wanted", () => {
  assertEquals(new LanguageFilter(["en", "und"]).matchesNone, true);
  assertEquals(new LanguageFilter(["*"]).matchesNone, false);
});

Deno.test("parseLanguages() takes every language of the official vectors, and LanguageFilter finds it again", () => {
  const text = Deno.readTextFileSync(new URL("../golden/interop/language_syntax_valid.txt", import.meta.url));
  const tags = text.split("\n").filter((line) => !/^(?:#|\s*$)/.test(line));
  for (const tag of tags) {
    assertEquals(parseLanguages(tag), { kind: "value", value: [tag.toLowerCase()] });
    const bytes = utf8.encode(tag);
    assertEquals(new LanguageFilter([tag.toLowerCase()]).matches(bytes, 0, bytes.length), true);
  }
  assert(tags.length >= 15);
});

Deno.test("parseLanguages() says what is wrong", () => {
  assertEquals(parseLanguages("en,EN, pt-BR"), { kind: "value", value: ["en", "pt-br"] });
  const problem = (text: string) => {
    const parsed = parseLanguages(text);
    return parsed.kind === "wrong" ? parsed.is : "nothing";
  };
  assertEquals(problem(","), "it names no language");
  assertEquals(["english language", "pt_BR", "en-", "1", "pt-*"].map(problem), [
    '"english language" is no language tag',
    '"pt_br" is no language tag',
    '"en-" is no language tag',
    '"1" is no language tag',
    '"pt-*" is no language tag',
  ]);
});
