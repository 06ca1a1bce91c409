import { assert, assertEquals } from "@std/assert";
import { CollectionFilter, covers, isNsid, isPattern, parseCollections } from "../../src/filter/collections.ts";

const utf8 = new TextEncoder();

function filterOf(text: string): CollectionFilter {
  const parsed = parseCollections(text);
  assert(parsed.kind === "value", text);
  return new CollectionFilter(parsed.value);
}

/** What a filter makes of a collection that stands in a path, asked twice: the second time it is known. */
function match(filter: CollectionFilter, collection: string): string | null {
  const bytes = utf8.encode(`path${collection}/3k`);
  const [start, end] = [4, bytes.length - 3];
  const first = filter.match(bytes, start, end);
  assertEquals(filter.match(bytes, start, end), first);
  return first;
}

function matching(rules: string, collections: readonly string[]): string[] {
  const filter = filterOf(rules);
  return collections.filter((collection) => match(filter, collection) === collection);
}

const ALL = [
  "app.bsky.feed.post",
  "app.bsky.feed.like",
  "app.bsky.feedx.like",
  "app.bsky.feed.sub.thing",
  "app.bsky.graph.follow",
  "app.bskyx.feed.post",
  "com.whtwnd.blog.entry",
];

Deno.test("CollectionFilter.match() takes names, wildcards to the dot, exclusions, and all", () => {
  assertEquals(matching("app.bsky.feed.post,com.whtwnd.blog.entry", ALL), [ALL[0], ALL[6]]);
  assertEquals(matching("app.bsky.feed.*", ALL), [ALL[0], ALL[1], ALL[3]]);
  assertEquals(matching("app.bsky.*", ALL), ALL.slice(0, 5));
  assertEquals(matching("app.bsky.*,!app.bsky.feed.*", ALL), [ALL[2], ALL[4]]);
  assertEquals(matching("!app.bsky.feed.like, *", ALL), ALL.filter((each) => each !== "app.bsky.feed.like"));
  assertEquals(matching("*", ALL), ALL);
  assertEquals(matching("app.bsky.feed.*,com.whtwnd.blog.entry,!app.bsky.feed.sub.*", ALL), [ALL[0], ALL[1], ALL[6]]);
});

Deno.test("CollectionFilter.match() takes nothing that is no NSID, whatever is wanted", () => {
  const filter = filterOf("*");
  const bad = ["", "post", "a.b", "app.bsky.feed.", ".bsky.feed.post", 'app.bsky.feed.po"st', "app.bsky.feed.pöst"];
  for (const collection of [...bad, "app.bsky.feed.1post", `app.bsky.${"a".repeat(400)}`]) {
    assertEquals(match(filter, collection), null, collection);
  }
  assertEquals(filter.match(Uint8Array.of(0x61, 0x2e, 0x62, 0x2e, 0xff), 0, 5), null);
});

Deno.test("CollectionFilter.match() answers the same for more collections than it remembers", () => {
  const filter = filterOf("*,!com.example.x7");
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 2000; i++) {
      const name = `com.example.x${i}`;
      assertEquals(match(filter, name), i === 7 ? null : name);
    }
  }
  assertEquals(match(filter, "app.bsky.feed.post"), "app.bsky.feed.post");
});

Deno.test("CollectionFilter.match() tells collections of one length apart by every character", () => {
  const filter = filterOf("app.bsky.feed.post");
  const name = "app.bsky.feed.post";
  for (let i = 0; i < name.length; i++) {
    const other = `${name.slice(0, i)}${name[i] === "q" ? "r" : "q"}${name.slice(i + 1)}`;
    assertEquals(match(filter, other), null, other);
  }
});

Deno.test("parseCollections() keeps each rule once", () => {
  assertEquals(parseCollections("*,a.b.c,*,!a.b.d, ! a.b.d,"), {
    kind: "value",
    value: { wanted: ["*", "a.b.c"], excluded: ["a.b.d"] },
  });
});

Deno.test("parseCollections() says what is wrong", () => {
  const problem = (text: string) => {
    const parsed = parseCollections(text);
    return parsed.kind === "wrong" ? parsed.is : "nothing";
  };
  assertEquals(problem(" , "), "it names no collection");
  assertEquals(problem("app.bsky.feed.post,likes"), '"likes" is no NSID');
  assertEquals(problem("*,!app.bsky."), '"app.bsky." is no NSID');
  for (const item of ["app.bsky.fe*", "*.post", "app.*.post", ".*", "**", "app..*"]) {
    assertEquals(problem(item), `"${item}" has its * in another place than behind the last dot`);
  }
  assertEquals(problem("!app.bsky.feed.like"), "it has nothing but exclusions");
  const parsed = parseCollections("!app.bsky.feed.like");
  assert(parsed.kind === "wrong" && parsed.expected.endsWith("*,!app.bsky.feed.like"));
  const both = '"app.bsky.feed.like" is wanted, and "!app.bsky.*" excludes it';
  assertEquals(problem("app.bsky.feed.like,!app.bsky.*"), both);
  assertEquals(problem("*,!*"), '"*" is wanted, and "!*" excludes it');
});

function vectors(name: string): string[] {
  const text = Deno.readTextFileSync(new URL(`../golden/interop/${name}.txt`, import.meta.url));
  return text.split("\n").filter((line) => !/^(?:#|\s*$)/.test(line));
}

Deno.test("isNsid() takes the NSIDs of the official vectors, and no other", () => {
  const [valid, invalid] = [vectors("nsid_syntax_valid"), vectors("nsid_syntax_invalid")];
  assert(valid.length >= 20 && invalid.length >= 20);
  assertEquals(valid.filter((name) => !isNsid(name)), []);
  assertEquals(invalid.filter(isNsid), []);
});

Deno.test("isPattern() and covers() know wildcards of any depth", () => {
  assertEquals(["*", "app.*", "app.bsky.*", "a.b.c"].map(isPattern), [true, true, true, true]);
  assertEquals(["", "app", "app.b*", "!a.b.c"].map(isPattern), [false, false, false, false]);
  assertEquals(covers("app.*", "app.bsky.*"), true);
  assertEquals(covers("app.bsky.*", "app.*"), false);
  assertEquals(covers("app.bsky.*", "*"), false);
});
