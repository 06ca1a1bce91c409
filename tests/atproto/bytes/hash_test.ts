import { assertEquals } from "@std/assert";
import { hashBytes } from "../../../src/atproto/bytes/hash.ts";
import { isSampled } from "../../../src/filter/sample.ts";

const utf8 = new TextEncoder();

Deno.test("hashBytes() gives the same hashes in every version, those that shards are documented by", () => {
  const cases: readonly (readonly [text: string, hash: number])[] = [
    ["", 2872998923],
    ["did:plc:z72i7hdynmk6r22z27h6tvur", 2450832201],
    ["did:plc:ewvi7nxzyoun6zhxrhs64oiz", 3526605877],
    ["did:web:example.com", 1678390419],
    ["did:web:localhost%3A8080", 486416902],
  ];
  for (const [text, hash] of cases) {
    const bytes = utf8.encode(`x${text}y`);
    assertEquals(hashBytes(bytes, 1, bytes.length - 1), hash, text);
  }
});

Deno.test("hashBytes() is the hash that the sample takes of an AT-URI", () => {
  for (let i = 0; i < 200; i++) {
    const uri = `at://did:plc:${i * 7919}/app.bsky.feed.like/3l${i.toString(32)}`;
    const bytes = utf8.encode(uri);
    const hash = hashBytes(bytes, 0, bytes.length);
    assertEquals(isSampled(uri, hash / 2 ** 32), false);
    assertEquals(isSampled(uri, (hash + 1) / 2 ** 32), true);
  }
});
