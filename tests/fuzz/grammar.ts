/**
 * CBOR made by its grammar: records that are nearly what their lexicon says, and values that are nothing of the kind.
 *
 * @module
 */
import type { Random } from "../../src/simulator/random.ts";
import { array, byteString, cidOf, concat, FALSE, fill, head, link, map, message, NULL, text, TRUE } from "./bytes.ts";

/** Texts that are easily written, compared or escaped wrongly. */
const TEXTS = [
  ...[
    "",
    '"',
    "\\",
    "\n\r\t\b\f",
    "\0\x1f\x7f",
    "é東🦋",
    "\u2028\u2029",
    "\ufeff",
    "</script>",
    "__proto__",
    "constructor",
  ],
  ...[
    "app.bsky.embed.external",
    "app.bsky.embed.record",
    "app.bsky.embed.recordWithMedia",
    "blob",
    "at://did:plc:a/b/c",
  ],
  ...[
    "2026-07-01T12:00:00Z",
    "en",
    "did:plc:bbbbbbbbbbbbbbbbbbbbbbbb",
    "a".repeat(31),
    "a".repeat(32),
    "ü".repeat(300),
  ],
] as const;

/** Bytes that are no UTF-8. */
const NO_UTF8 = [
  [0xff],
  [0xc0, 0x80],
  [0xc1, 0xbf],
  [0xed, 0xa0, 0x80],
  [0xed, 0xbf, 0xbf],
  [0xf4, 0x90, 0x80, 0x80],
  [0xf0, 0x8f, 0xbf, 0xbf],
  [0xe0, 0x9f, 0xbf],
  [0xe2, 0x82],
  [0x80],
  [0x61, 0xc3],
] as const;

const INTEGERS = [
  ...[0n, 1n, 23n, 24n, 255n, 256n, 65_535n, 65_536n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n],
  ...[2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n],
] as const;

const FLOATS = [
  [0xf9, 0x7e, 0x00],
  [0xf9, 0x7c, 0x00],
  [0xf9, 0xfc, 0x00],
  [0xf9, 0x80, 0x00],
  [0xf9, 0x00, 0x01],
  [0xfa, 0x7f, 0xc0, 0x00, 0x00],
  [0xfa, 0x3f, 0x80, 0x00, 0x00],
  [0xfb, 0x3f, 0xf1, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a],
  [0xfb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0],
] as const;

/** Items that no DAG-CBOR holds: undefined, simple values, reserved heads, indefinite lengths, other tags. */
const FORBIDDEN = [
  ...[[0xf7], [0xe0], [0xf8, 0x20], [0xfc], [0x1c], [0x5f, 0x41, 0x00, 0xff], [0x7f, 0x61, 0x61, 0xff]],
  ...[[0x9f, 0x00, 0xff], [0xbf, 0x61, 0x61, 0x00, 0xff], [0xc0, 0x60], [0xc2, 0x41, 0x01], [0xd8, 0x2b, 0x40], [0xff]],
  ...[[0xd8, 0x2a, 0x40], [0xd8, 0x2a, 0x41, 0x00], [0xd8, 0x2a, 0x60], [0xd8, 0x2a, 0x42, 0x01, 0x01]],
  ...[[0xa1, 0x00, 0x00], [0xa1, 0x40, 0x00], [0xa1, 0xf6, 0x00]],
] as const;

type Entries = [key: string, value: Uint8Array][];

/** Makes items by chance. `wildness` is the share of places that hold something unexpected. */
export class Grammar {
  readonly #random: Random;
  readonly #wildness: number;

  constructor(random: Random, wildness: number) {
    this.#random = random;
    this.#wildness = wildness;
  }

  #isWild(): boolean {
    return this.#random.next() < this.#wildness;
  }

  #of<T>(items: readonly T[]): T {
    return items[this.#random.below(items.length)] as T;
  }

  /** `usual`, or where it gets wild another value, or the same in a form that DAG-CBOR forbids. */
  #or(usual: Uint8Array): Uint8Array {
    if (!this.#isWild()) return usual;
    return this.#random.below(3) === 0 ? this.#longForm(usual) : this.value(0);
  }

  /** The same item with a longer head than it needs. */
  #longForm(item: Uint8Array): Uint8Array {
    const first = item[0] ?? 0;
    const info = first & 31;
    return info < 24 && first >> 5 < 7
      ? concat(head(first >> 5, info, this.#of([1, 2, 4, 8])), item.subarray(1))
      : item;
  }

  /** Some text, which is now and then no UTF-8. */
  text(): Uint8Array {
    if (this.#random.below(12) === 0) {
      const bytes = Uint8Array.from(this.#of(NO_UTF8));
      const before = fill(this.#random.below(40), 0x61);
      return concat(head(3, before.length + bytes.length), before, bytes);
    }
    return text(this.#of(TEXTS));
  }

  /** An item of any kind, nested a little. */
  value(depth: number): Uint8Array {
    const random = this.#random;
    const kind = random.below(depth > 4 ? 8 : 12);
    switch (kind) {
      case 0:
        return NULL;
      case 1:
        return Uint8Array.of(0xf4 + random.below(2));
      case 2:
        return head(random.below(2), this.#of(INTEGERS), random.below(4) === 0 ? 8 : undefined);
      case 3:
        return Uint8Array.from(this.#of(FLOATS));
      case 4:
      case 5:
        return this.text();
      case 6:
        return random.below(4) === 0 ? Uint8Array.from(this.#of(FORBIDDEN)) : link(this.cid());
      case 7:
        return byteString(random.bytes(random.below(40)));
      case 8:
      case 9:
        return array(Array.from({ length: random.below(4) }, () => this.value(depth + 1)));
      default:
        return map(
          this.#strange(Array.from({ length: random.below(4) }, () => [this.#of(TEXTS), this.value(depth + 1)])),
        );
    }
  }

  /** A CID of some version, codec, hash and length. */
  cid(): Uint8Array {
    const random = this.#random;
    const digest = random.bytes(32);
    return this.#of([
      concat(Uint8Array.of(1, 0x71, 0x12, 0x20), digest),
      concat(Uint8Array.of(1, 0x55, 0x12, 0x20), digest),
      concat(Uint8Array.of(0x12, 0x20), digest),
      concat(Uint8Array.of(1, 0x71, 0x13, 0x40), digest, digest),
      concat(Uint8Array.of(1, 0xf1, 0x01, 0x12, 0x20), digest),
      concat(Uint8Array.of(1, 0x55, 0x00, 0x05), digest.subarray(0, 5)),
      concat(Uint8Array.of(1, 0x71, 0x12, 0x7f), random.bytes(127)),
      random.bytes(1 + random.below(50)),
    ]);
  }

  /** The entries, mostly in DAG-CBOR's order; where it gets wild with keys twice, and those of objects' inner workings. */
  #strange(entries: Entries): Entries {
    const random = this.#random;
    if (!this.#isWild()) return random.below(5) === 0 ? entries : entries.toSorted(([a], [b]) => compareKeys(a, b));
    const changed: Entries = [...entries];
    const twice = changed[random.below(Math.max(1, changed.length))];
    if (twice !== undefined && random.below(2) === 0) changed.push([twice[0], this.value(2)]);
    if (random.below(2) === 0) {
      changed.push([this.#of(["__proto__", "constructor", "toString", "", "ref", "uri"]), this.value(2)]);
    }
    for (let i = changed.length - 1; i > 0; i--) {
      const j = random.below(i + 1);
      const [a, b] = [changed[i], changed[j]];
      if (a !== undefined && b !== undefined) [changed[i], changed[j]] = [b, a];
    }
    return random.below(6) === 0 ? changed.slice(1) : changed;
  }

  #map(entries: Entries): Uint8Array {
    return this.#or(map(this.#strange(entries.map(([key, value]) => [key, this.#or(value)]))));
  }

  #ref(): Uint8Array {
    return this.#map([["cid", text("bafyreiclp443lavogvhj3d2ob2cxbfuscni2k5jk7bebjzg7khl3esabwq")], [
      "uri",
      this.text(),
    ]]);
  }

  #blob(): Uint8Array {
    const legacy: Entries = [["cid", this.text()], ["mimeType", text("image/png")]];
    const ref = link(this.#random.below(3) === 0 ? this.cid() : cidOf(this.#random.bytes(4)));
    const usual: Entries = [["$type", text("blob")], ["ref", ref], ["mimeType", text("image/png")], [
      "size",
      head(0, 1),
    ]];
    return this.#map(this.#random.below(4) === 0 ? legacy : usual);
  }

  /** A record of a collection. */
  record(collection: string): Uint8Array {
    const random = this.#random;
    const entries: Entries = [["$type", text(collection)], ["createdAt", text("2026-07-01T12:00:00.000Z")]];
    if (collection === "app.bsky.feed.post") entries.push(...this.#postFields());
    else if (collection === "app.bsky.actor.profile") {
      entries.push(["displayName", this.text()], ["description", this.text()]);
      entries.push(["avatar", this.#blob()], ["banner", this.#blob()]);
    } else if (collection.startsWith("app.bsky.graph.")) entries.push(["subject", this.text()]);
    else entries.push(["subject", this.#ref()]);
    if (random.below(4) === 0) entries.push(["via", this.value(0)]);
    return this.#map(entries);
  }

  #postFields(): Entries {
    const random = this.#random;
    const some = (make: () => Uint8Array) => array(Array.from({ length: random.below(4) }, make));
    const texts = () => some(() => this.#or(this.text()));
    const fields: Entries = [["text", this.text()], ["langs", texts()]];
    if (random.below(2) === 0) fields.push(["reply", this.#map([["root", this.#ref()], ["parent", this.#ref()]])]);
    if (random.below(2) === 0) fields.push(["tags", texts()]);
    if (random.below(2) === 0) fields.push(["embed", this.#embed()]);
    if (random.below(2) === 0) fields.push(["facets", some(() => this.value(0))]);
    if (random.below(3) === 0) fields.push(["labels", this.#map([["values", some(() => this.value(1))]])]);
    return fields;
  }

  #embed(): Uint8Array {
    const kind = this.#of(["external", "record", "recordWithMedia", "images", "gallery"]);
    const fields: Entries = [["$type", text(`app.bsky.embed.${kind}`)]];
    if (kind === "external") fields.push(["external", this.#map([["uri", this.text()], ["title", this.text()]])]);
    if (kind === "record") fields.push(["record", this.#ref()]);
    if (kind === "recordWithMedia") {
      fields.push(["record", this.#map([["record", this.#ref()]])], ["media", this.value(1)]);
    }
    return this.#map(fields);
  }

  /** A message whose header and body have fields of many kinds. */
  message(): Uint8Array {
    const types = [
      "#commit",
      "#commit",
      "#commit",
      "#commit",
      "#sync",
      "#identity",
      "#account",
      "#info",
      "#handle",
      "#new",
      "",
    ];
    const ops = array(Array.from({ length: this.#random.below(4) }, () => this.op()));
    const header = this.#map([["t", text(this.#of(types))], [
      "op",
      head(this.#random.below(2), this.#random.below(2)),
    ]]);
    const body = this.#map([
      ["seq", head(0, this.#of(INTEGERS))],
      ["repo", text(this.#of(["did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", "did:web:a.b%3A80", "did:", "alice.example.com"]))],
      ["rev", this.#random.below(3) === 0 ? this.text() : text("3lzzzzzzzzz2a")],
      ["time", text(this.#of(TIMES))],
      ["ops", ops],
      ["blocks", byteString(this.#random.bytes(this.#random.below(64)))],
      ["name", this.text()],
      ["message", this.text()],
      ["error", this.text()],
    ]);
    return concat(header, body);
  }

  /** A message about an account that is nearly one. */
  aboutAccount(): Uint8Array {
    const random = this.#random;
    const type = this.#of(["#identity", "#account", "#sync"]);
    const did = this.#of(["did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", "did:web:a.b%3A80", `did:web:${"x".repeat(2000)}`]);
    const statuses = ["takendown", "suspended", "deleted", "deactivated", "desynchronized", "throttled", "new"];
    const entries: Entries = [
      ["did", this.#or(text(did))],
      ["seq", head(0, this.#of(INTEGERS))],
      ["time", text(this.#of(TIMES))],
    ];
    if (type === "#identity" && random.below(3) > 0) entries.push(["handle", this.#or(this.text())]);
    if (type === "#account") {
      entries.push(["active", this.#of([FALSE, TRUE])]);
      if (random.below(3) > 0) entries.push(["status", this.#or(text(this.#of(statuses)))]);
    }
    if (type === "#sync") {
      entries.push(["rev", random.below(3) === 0 ? this.text() : text("3lzzzzzzzzz2a")]);
      entries.push(["blocks", byteString(random.bytes(random.below(64)))]);
    }
    return message(type, this.#map(entries));
  }

  /** An operation that is nearly one. */
  op(): Uint8Array {
    const paths = [
      "app.bsky.feed.like/3lzzzzzzzzz2a",
      "app.bsky.feed.post/..",
      "app.bsky.feed.post",
      "app.bsky.feed.post/a/b",
      "",
    ];
    return this.#map([
      ["action", text(this.#of(["create", "update", "delete", "move", ""]))],
      ["path", text(this.#of(paths))],
      ["cid", this.#random.below(3) === 0 ? NULL : link(this.cid())],
    ]);
  }
}

/** DAG-CBOR's order: the shorter first, else by their bytes. */
function compareKeys(a: string, b: string): number {
  const [x, y] = [text(a), text(b)];
  const differs = x.findIndex((byte, i) => byte !== y[i]);
  return x.length - y.length || (differs < 0 ? 0 : (x[differs] ?? 0) - (y[differs] ?? 0));
}

/** Times of frames, good and bad. */
export const TIMES = [
  ...[
    "2026-07-01T12:00:00.123456Z",
    "2026-07-01T12:00:00Z",
    "2026-02-29T00:00:00Z",
    "2024-02-29T00:00:00.1Z",
    "now",
    "",
  ],
  ...["2026-07-01T12:00:00+01:00", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-12-31T23:59:60Z"],
  ...["2026-07-01T12:00:00.Z", "2026-07-01t12:00:00z", "2026-07-31T12:00:00.5", "9999-12-31T23:59:59-01:00"],
  ...["0000-01-01T00:00:00+14:00", "2026-07-01T12:00:00+99:99", "2026-07-01T12:00:00-00:00", "2026-04-31T00:00:00Z"],
] as const;
