import { assertEquals } from "@std/assert";
import { cidForLex } from "@atproto/lex-cbor";
import { commitFrame, opsOf } from "../support/messages.ts";

Deno.test("OpReader.next() reads the operations in order, whatever other fields they have", async () => {
  const cid = await cidForLex({ a: 1 });
  const ops = [
    { action: "create", path: "a.b.c/1", cid, more: { x: [1] } },
    { action: "update", path: "a.b.c/2", cid, prev: cid },
    { action: "delete", path: "a.b.c/3", cid: null },
    { action: "delete", path: "a.b.c/4" },
    { action: "rename", path: "a.b.c/5", cid },
  ];
  assertEquals(opsOf(await commitFrame([], { ops })), [
    `create a.b.c/1 ${cid}`,
    `update a.b.c/2 ${cid}`,
    "delete a.b.c/3 null",
    "delete a.b.c/4 null",
    `unknown a.b.c/5 ${cid}`,
  ]);
});

Deno.test("OpReader.next() tells what is wrong with an operation, and reads the others", async () => {
  const ops = [
    "text",
    { action: 1, path: "a.b.c/1" },
    { path: "a.b.c/1" },
    { action: "create" },
    { action: "create", path: "a.b.c/1", cid: "bafy" },
    { action: "delete", path: "a.b.c/2", cid: null },
  ];
  const read = opsOf(await commitFrame([], { ops }));
  assertEquals(read.map((text) => text.startsWith("Cannot decode") ? "undecodable" : text), [
    "it is no object",
    "undecodable",
    "it has no action or no path",
    "it has no action or no path",
    "undecodable",
    "delete a.b.c/2 null",
  ]);
});
