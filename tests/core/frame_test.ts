import * as b from "../fuzz/bytes.ts";
import { assertLeft, assertTaken, commitOfRecords, commitWith, EMPTY, eventsOf, LIKE } from "../support/core.ts";

const HEADER = b.map([["t", b.text("#commit")], ["op", b.head(0, 1)]]);
const BODY = commitWith({}).subarray(HEADER.length);
const CID = b.cidOf(EMPTY);
const FIELDS: readonly (readonly [string, Uint8Array])[] = [
  ["ops", b.array([b.op("create", `${LIKE}/3l`, CID)])],
  ["rev", b.text("3lzzzzzzzzz2a")],
  ["seq", b.head(0, 7)],
  ["repo", b.text("did:plc:aaaaaaaaaaaaaaaaaaaaaaaa")],
  ["time", b.text("2026-07-01T12:00:00.123456Z")],
  ["blocks", b.byteString(b.car(CID, [b.section(CID, EMPTY)]))],
];

function bodied(fields: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  return b.concat(HEADER, b.map(fields));
}

Deno.test("decodeFrame() takes the header of a commit in either order, and leaves every other header", () => {
  assertTaken(b.concat(HEADER, BODY));
  assertTaken(b.concat(b.map([["op", b.head(0, 1)], ["t", b.text("#commit")]]), BODY));
  const others: [string, Uint8Array][][] = [
    ...[[], [["t", b.text("#commit")]], [["op", b.head(0, 1)]]] as [string, Uint8Array][][],
    ...["#sync", "#commi", "#commits", "#commiT", "", "#info"].map((type): [string, Uint8Array][] => [
      ["t", b.text(type)],
      ["op", b.head(0, 1)],
    ]),
    ...[b.head(0, 0), b.head(0, 2), b.head(1, 0), b.NULL, b.text("1")].map((op): [string, Uint8Array][] => [
      ["t", b.text("#commit")],
      ["op", op],
    ]),
  ];
  for (const header of others) assertLeft(b.concat(b.map(header), BODY), 0, undefined, `${header}`);
  // These are commits, but not as anybody writes them.
  const odd = [
    b.map([["t", b.text("#commit")], ["op", b.head(0, 1, 1)]]),
    b.map([["t", b.text("#commit")], ["op", b.head(0, 1)], ["x", b.NULL]]),
    b.map([["t", b.text("#sync")], ["t", b.text("#commit")], ["op", b.head(0, 1)]]),
  ];
  for (const header of odd) assertLeft(b.concat(header, BODY), 1);
});

Deno.test("decodeFrame() takes the fields of a body in every order, with others between them", () => {
  for (let from = 0; from < FIELDS.length; from++) {
    const turned = [...FIELDS.slice(from), ...FIELDS.slice(0, from)];
    assertTaken(bodied(turned), undefined, 1, `${from}`);
    assertTaken(bodied(turned.toReversed()), undefined, 1, `${from}`);
    assertTaken(bodied(turned.flatMap((each) => [["more", b.NULL] as const, each])), undefined, 1, `${from}`);
  }
});

Deno.test("decodeFrame() leaves a body that lacks a field, has it twice, or has it of another type", () => {
  for (const [i, [name, item]] of FIELDS.entries()) {
    eventsOf([bodied(FIELDS.toSpliced(i, 1))]);
    const twice = eventsOf([bodied([...FIELDS, [name, item]])]);
    if (twice.byCore !== 0 || twice.events !== 1) throw new Error(`${name}: ${JSON.stringify(twice)}`);
    for (
      const other of [b.NULL, b.head(0, 1), b.head(1, 1), b.text("x"), b.byteString(EMPTY), b.array([]), b.map([])]
    ) {
      const { byCore } = eventsOf([bodied(FIELDS.toSpliced(i, 1, [name, other]))]);
      const isFine = name === "seq" && other[0] === 0x01 || name === "rev" && other[0] === 0x61;
      if (byCore !== (isFine ? 1 : 0)) throw new Error(`${name}: ${other}`);
    }
  }
});

Deno.test("decodeFrame() leaves a message with bytes behind its body, and one that is cut short", () => {
  const message = bodied(FIELDS);
  assertTaken(message);
  assertLeft(b.concat(message, b.fill(1, 0)), 0);
  for (let length = 0; length < message.length; length++) {
    assertLeft(message.subarray(0, length), 0, undefined, `${length}`);
  }
});

Deno.test("decodeFrame() finds names that only resemble those of fields to be others", () => {
  for (
    const name of [
      "se",
      "seqq",
      "sea",
      "req",
      "repp",
      "repos",
      "tim",
      "times",
      "block",
      "blockz",
      "blocks2",
      "op",
      "opss",
    ]
  ) {
    assertTaken(bodied([...FIELDS, [name, b.NULL]]), undefined, 1, name);
  }
});

Deno.test("decodeFrame() notes of each frame of a batch what is its own", () => {
  const messages = Array.from(
    { length: 300 },
    (_, i) =>
      i % 7 === 3 ? b.fill(i % 20, i) : commitOfRecords([[LIKE, b.map([["createdAt", b.text(`${i}`)]])]], {
        seq: b.head(0, 1000 + i),
        repo: b.text(`did:plc:${"a".repeat(i % 40 + 1)}`),
        rev: b.text(`3l${i}`),
      }),
  );
  const usual = messages.filter((_, i) => i % 7 !== 3).length;
  const found = eventsOf(messages);
  if (found.events !== usual || found.byCore !== usual) throw new Error(JSON.stringify(found));
});
