import { assert, assertEquals } from "@std/assert";
import type { EventMakerOptions } from "../../src/pipeline/event_maker.ts";
import { MAX_OPS } from "../../src/plane/memory.ts";
import * as b from "../fuzz/bytes.ts";
import { assertLeft, assertTaken, commitOfRecords, EMPTY, eventsOf, LIKE, POST, TYPED } from "../support/core.ts";
import { BothWays } from "../support/plane.ts";

const CID = b.cidOf(EMPTY);
const ARCHIVE = b.car(CID, [b.section(CID, EMPTY)]);
const PATH = `${LIKE}/3l`;

type Fields = readonly (readonly [string, Uint8Array])[];

const USUAL: Fields = [["cid", b.link(CID)], ["path", b.text(PATH)], ["action", b.text("create")]];

function ofOps(...ops: Uint8Array[]): Uint8Array {
  return b.commit(ops, ARCHIVE);
}

function selecting(...events: EventMakerOptions["selection"]["events"]): EventMakerOptions {
  return { ...TYPED, selection: { ...TYPED.selection, events } };
}

Deno.test("readOp() takes an operation with its fields in every order, and others beside them", () => {
  for (let from = 0; from < USUAL.length; from++) {
    const turned = [...USUAL.slice(from), ...USUAL.slice(0, from)];
    assertTaken(ofOps(b.map(turned)));
    assertTaken(ofOps(b.map(turned.toReversed())));
    assertTaken(ofOps(b.map([["prev", b.NULL], ...turned, ["more", b.array([b.map([])])]])));
  }
  assertTaken(ofOps(b.op("update", PATH, CID)));
});

Deno.test("readOp() leaves an operation that lacks a field, has one twice, or has one of another type", () => {
  for (const [i, [name, item]] of USUAL.entries()) {
    assertLeft(ofOps(b.map(USUAL.toSpliced(i, 1))), 0, undefined, name);
    assertLeft(ofOps(b.map([...USUAL, [name, item]])), 1, undefined, name);
    for (const other of [b.NULL, b.head(0, 1), b.byteString(EMPTY), b.array([]), b.map([]), b.TRUE]) {
      assertLeft(ofOps(b.map(USUAL.toSpliced(i, 1, [name, other]))), 0, undefined, `${name} ${other}`);
    }
  }
  for (const op of [b.NULL, b.head(0, 1), b.text("create"), b.array([])]) assertLeft(ofOps(op), 0);
});

Deno.test("readOp() counts what is not wanted as the generic path does", () => {
  const ways = new BothWays(TYPED);
  const others = [
    b.op("create", "com.example.thing/a", CID),
    b.op("update", "app.bsky.feed.threadgate/a", null),
    b.op("create", "com.example.thing", CID),
    b.op("delete", PATH, null),
    b.op("delete", "x", null),
    b.op("delete", "", CID),
  ];
  ways.compare([ofOps(...others), ofOps(b.op("create", PATH, CID), ...others), ofOps()]);
  assertEquals(ways.taken, { commits: 3, usual: 3, events: 1, byCore: 1 });
});

Deno.test("readOp() leaves actions that the protocol may get, and CIDs that are no SHA-256 of a wanted record", () => {
  for (const action of ["", "creat", "creates", "Create", "move", "cremte", "deletd"]) {
    assertLeft(ofOps(b.op(action, PATH, CID)), 0, undefined, action);
  }
  for (const start of [[0x12, 0x20], [1, 0x71, 0x13, 0x20], [1, 0x71, 0x12, 0x21], [1, 0xf1, 0x01, 0x12, 0x20]]) {
    const cid = b.concat(Uint8Array.from(start), CID.subarray(4));
    assertLeft(ofOps(b.op("create", PATH, cid)), 0, undefined, `${start}`);
    assertTaken(ofOps(b.op("create", "com.example.thing/a", cid), b.op("create", PATH, CID)));
  }
});

Deno.test("select() takes what its kinds say", () => {
  const message = ofOps(b.op("create", PATH, CID), b.op("update", `${PATH}2`, CID), b.op("delete", `${PATH}3`, null));
  assertTaken(message, selecting("records"), 2);
  assertTaken(ofOps(b.op("create", PATH, CID)), selecting("records", "deletes"), 1);
  assertEquals(eventsOf([message], selecting("records", "deletes")).events, 3);
  assertEquals(eventsOf([message], selecting("deletes")).events, 1);
  assertTaken(message, selecting("identity"), 0);
});

Deno.test("readOps() takes 256 operations, and leaves more", () => {
  const ops = (count: number) => Array.from({ length: count }, (_, i) => b.op("create", `${LIKE}/${i}`, CID));
  for (const count of [0, 1, 23, 24, 200, 256]) assertTaken(ofOps(...ops(count)), undefined, count, `${count}`);
  for (const count of [257, 300, 1000]) assertLeft(ofOps(...ops(count)), count, undefined, `${count}`);
  assertLeft(ofOps(...ops(1001)), 0);
});

Deno.test("readOps() leaves the frames for whose operations there is no row", () => {
  const message = (i: number) =>
    commitOfRecords(Array.from({ length: 100 }, () => [POST, b.map([["n", b.head(0, i)]])] as const));
  const { events, byCore } = eventsOf(Array.from({ length: 100 }, (_, i) => message(i)));
  assertEquals(events, 10_000);
  assert(byCore > MAX_OPS - 100 && byCore <= MAX_OPS, `${byCore}`);
});
