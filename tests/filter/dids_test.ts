import { assert, assertEquals } from "@std/assert";
import { DidSet, MAX_DIDS, parseDidList } from "../../src/filter/dids.ts";
import { createRandom } from "../../src/simulator/random.ts";

const utf8 = new TextEncoder();
const random = createRandom(77);

function plc(): string {
  return `did:plc:${Array.from(random.bytes(24), (byte) => "abcdefghijklmnopqrstuvwxyz234567"[byte & 31]).join("")}`;
}

/** Whether a set has a DID that stands within other bytes. */
function has(set: DidSet, did: string): boolean {
  const bytes = utf8.encode(`did:${did}did`);
  return set.has(bytes, 4, bytes.length - 3);
}

Deno.test("DidSet has the DIDs it was made of and no other, in 40 bytes each", () => {
  const dids = Array.from({ length: 20_000 }, plc);
  const set = new DidSet(dids);
  assertEquals(set.size, 20_000);
  assert(set.byteLength < 40 * dids.length, `${set.byteLength}`);
  assertEquals(dids.filter((did) => !has(set, did)), []);
  const listed = new Set(dids);
  const others = Array.from({ length: 20_000 }, plc).filter((did) => !listed.has(did));
  assert(others.length > 19_000);
  assertEquals(others.filter((did) => has(set, did)), []);
});

Deno.test("DidSet tells DIDs apart that differ in one character, in length or in method", () => {
  const dids = ["did:plc:z72i7hdynmk6r22z27h6tvur", "did:web:example.com", "did:web:a", `did:web:${"a".repeat(2000)}`];
  const set = new DidSet([...dids, ...dids]);
  assertEquals(set.size, 4);
  for (const did of dids) {
    assert(has(set, did), did);
    for (let i = 0; i < did.length; i++) {
      const other = `${did.slice(0, i)}${did[i] === "x" ? "y" : "x"}${did.slice(i + 1)}`;
      assert(!has(set, other), other);
    }
    for (const other of [did.slice(0, -1), `${did}a`, `${did}:a`, did.toUpperCase(), did.slice(1)]) {
      assert(dids.includes(other) || !has(set, other), other);
    }
  }
});

Deno.test("DidSet takes no bytes for two DIDs that stand one behind the other in its memory", () => {
  for (let i = 0; i < 3000; i++) {
    const [one, two] = [`did:web:a${i}.example`, `did:web:b${i}.example`];
    const set = new DidSet([one, two]);
    assert(has(set, one) && has(set, two));
    const both = `${one}\0${two}`;
    assert(!has(set, both), both);
  }
});

Deno.test("DidSet that is empty has nothing", () => {
  const set = new DidSet([]);
  assertEquals([set.size, has(set, "did:plc:z72i7hdynmk6r22z27h6tvur"), has(set, ""), has(set, "did:")], [
    0,
    false,
    false,
    false,
  ]);
});

Deno.test("DidSet finds DIDs whose hashes share slot and tag", () => {
  // In a table of two or three slots every search runs over others and past the end.
  for (let count = 1; count < 40; count++) {
    const dids = Array.from({ length: count }, plc);
    const set = new DidSet(dids);
    assertEquals(dids.filter((did) => !has(set, did)), []);
    assertEquals(Array.from({ length: 200 }, plc).filter((did) => has(set, did)), []);
  }
});

Deno.test("parseDidList() reads lines, commas, comments, Windows line ends and a byte order mark", () => {
  const [one, two, three] = [plc(), plc(), "did:web:example.com"];
  const text = `\ufeff# accounts\r\n${one}\r\n\r\n  ${two} # Alice\n\t# ${plc()}\n${three},${one},\n`;
  assertEquals(parseDidList(text), { dids: [one, two, three, one], errors: [] });
  assertEquals(parseDidList(""), { dids: [], errors: [] });
});

Deno.test("parseDidList() names the line of every item that is no DID, and why", () => {
  const good = plc();
  const lines = [
    good,
    "alice.bsky.social",
    "",
    `${good}, nobody`,
    good.slice(0, -1),
    `${good}#atproto`,
    "did:web:",
    "DID:web:a",
  ];
  const { dids, errors } = parseDidList(lines.join("\n"));
  assertEquals(dids, [good, good]);
  assertEquals(errors.map(({ line, text, is }) => `${line} ${text}: ${is}`), [
    "2 alice.bsky.social: it is a handle, which its account can change",
    "4 nobody: it is no DID",
    `5 ${good.slice(0, -1)}: it is no DID of did:plc`,
    `6 ${good}#atproto: it is no DID of did:plc`,
    "7 did:web:: it is no DID",
    "8 DID:web:a: it is no DID",
  ]);
  for (const { expected } of errors) assert(expected.includes("did:plc:"));
});

Deno.test("parseDidList() takes no more DIDs than a set is made for", () => {
  const { dids, errors } = parseDidList(`${plc()}\n`.repeat(MAX_DIDS + 5));
  assertEquals([dids.length, errors.length], [MAX_DIDS, 1]);
  assertEquals([errors[0]?.line, errors[0]?.is], [MAX_DIDS + 1, "it is one more than 1000000"]);
});
