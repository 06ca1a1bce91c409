/**
 * Records of lexicons that a consumer of app.bsky does not know, and values that few records have, but that any may
 * have: they are valid DAG-CBOR, and signed.
 *
 * @module
 */
import type { Random } from "./random.ts";
import type { Surroundings } from "./records.ts";

/** Collections of other programs than Bluesky's app, and of its app beyond the six. */
export const FOREIGN_COLLECTIONS = [
  "com.whtwnd.blog.entry",
  "fyi.unravel.frontpage.post",
  "social.example.thing",
  "community.example.calendar.event",
  "app.bsky.graph.listitem",
  "chat.bsky.actor.declaration",
] as const;

/** A collection that has one record alone, under this key. */
const SELF = "chat.bsky.actor.declaration";
/** Keys that are allowed, but are no TIDs. */
const ODD_KEYS = ["a:b", "pre~fix_.-", "UPPER.lower", "0", "~", "x".repeat(200)] as const;
const ODD_KEY_ONE_IN = 10;

/** Maps and arrays in one another: as many as readers follow, the record itself among them. */
const MAX_CONTAINERS = 32;

/** Makes the key of a new record; `tid` is one that is free. */
export function drawKey(collection: string, tid: string, random: Random): string {
  if (collection === SELF) return "self";
  return random.below(ODD_KEY_ONE_IN) === 0 ? `${tid}.${random.pick(ODD_KEYS)}` : tid;
}

/** Makes a record of a collection that is none of the six. */
export function makeForeign(collection: string, around: Surroundings): Record<string, unknown> {
  const { random, now: createdAt, post, did, blob } = around;
  const record = { $type: collection, createdAt };
  switch (collection) {
    case "com.whtwnd.blog.entry":
      return {
        ...record,
        title: random.pick(TEXTS),
        content: `# ${random.pick(TEXTS)}\r\n\r\n${"A line of **Markdown**.\n".repeat(1 + random.below(40))}`,
        theme: "github-light",
        visibility: "public",
        ...(random.next() < 0.3 ? { blobs: [{ blobref: blob, name: null, encoding: "image/png" }] } : {}),
      };
    case "fyi.unravel.frontpage.post":
      return {
        ...record,
        title: random.pick(TEXTS),
        subject: { $type: "fyi.unravel.frontpage.post#url", url: post.uri },
      };
    case "community.example.calendar.event":
      return {
        ...record,
        name: random.pick(TEXTS),
        startsAt: "2026-02-30T25:61:00Z",
        hosts: [did],
        geo: [48.2, -16.5],
      };
    case "app.bsky.graph.listitem":
      return { ...record, list: post.uri, subject: did };
    case SELF:
      return { $type: collection, allowIncoming: random.pick(["all", "none", "following"]) };
    default:
      return makeThing(record, around);
  }
}

/** A few odd values; one thing in twenty is odd as a whole. */
function makeThing(record: Record<string, unknown>, { random, blob }: Surroundings): Record<string, unknown> {
  switch (random.below(60)) {
    case 0:
      return {};
    case 1:
      return { ...record, $type: "social.example.other" };
    case 2:
      return { createdAt: 9_999_999_999_999, text: "no type" };
  }
  const oddities: readonly [Oddity, ...Oddity[]] = [
    { float: random.pick(FLOATS), floats: [...FLOATS] },
    { integer: random.pick(INTEGERS), integers: [...INTEGERS] },
    { bytes: random.bytes(random.below(100)), none: new Uint8Array() },
    { link: blob, links: [blob, { deep: blob }] },
    { map: {}, array: [], nothing: null, arrays: [[], [[]], [[1, [true, null]], [{}]]] },
    { ["__proto__"]: { isAdmin: true }, constructor: { prototype: null }, toString: 1, "": "no name", "ключ": "имя" },
    { text: random.pick(TEXTS), texts: [...TEXTS] },
    { nested: nest(10 + random.below(MAX_CONTAINERS - 9)) },
    { alike: [{ $link: "no link" }, { $bytes: "?!" }, { $link: "a", more: 1 }, { $type: "blob", ref: null }] },
    { languages: "en", langs: { en: true }, createdAt: null, indexedAt: "9999-12-31T23:59:59.999999999Z" },
  ];
  const thing = { ...record };
  for (let left = 1 + random.below(4); left > 0; left--) Object.defineProperties(thing, own(random.pick(oddities)));
  return thing;
}

type Oddity = Readonly<Record<string, unknown>>;

/** All properties as they are, also a `__proto__`, which an assignment would take for the prototype. */
function own(fields: Oddity): PropertyDescriptorMap {
  return Object.getOwnPropertyDescriptors(fields);
}

/** Arrays and maps by turns, so many of them, in a field of a record that is one more. */
function nest(containers: number): unknown {
  let value: unknown = "innermost";
  for (let i = 1; i < containers; i++) value = i % 2 === 0 ? [value] : { in: value };
  return value;
}

const FLOATS = [0.5, -1.25, 0.1, 1e300, 5e-324, Math.PI, 2 ** 53, -(2 ** 70)] as const;

const INTEGERS = [
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
  2n ** 53n,
  2n ** 53n + 1n,
  -(2n ** 53n) - 1n,
  2n ** 63n - 1n,
  -(2n ** 63n),
  2n ** 64n - 1n,
] as const;

const TEXTS = [
  "plain",
  "",
  "NUL \0 within",
  "bell \x07, escape \x1b[31mred\x1b[0m, delete \x7f, C1 \x9b",
  "line\r\nends\n\u2028and\u2029others\u0085",
  "e\u0301 is not \u00e9, \u1112\u1161\u11ab is not \ud55c, \u212b is not \u00c5",
  "right to left \u202e override, \ufeff mark, \u200b no width",
  "👩‍👩‍👧‍👦 🏳️‍🌈 𝒳",
  "\uffff and \u{10ffff}",
  '"quotes", \\backslashes\\ and </script>',
] as const;
