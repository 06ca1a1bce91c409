import { assertEquals } from "@std/assert";
import { cidForLex, decode } from "@atproto/lex-cbor";
import { RecordDelete } from "../../src/atproto/repo_op.ts";
import { rulesOf } from "../../src/filter/collections.ts";
import { Filter, UNFILTERED } from "../../src/filter/filter.ts";
import { blockOf } from "../support/events.ts";
import { commitFrame } from "../support/messages.ts";

const POST = "app.bsky.feed.post";

Deno.test("RecordWrite and RecordDelete say where they are, and a write what it holds", async () => {
  const record = { text: "one" };
  const frame = await commitFrame([{ action: "update", path: `${POST}/1`, record }]);
  const write = blockOf(frame);
  const { kind, collection, did, rev, seq, time, rkey, uri, cidText } = write;
  assertEquals({ kind, collection, did, rev, seq, time, rkey, uri, cidText }, {
    kind: "update",
    collection: POST,
    did: frame.did,
    rev: frame.rev,
    seq: frame.seq,
    time: frame.time,
    rkey: "1",
    uri: `at://${frame.did}/${POST}/1`,
    cidText: (await cidForLex(record)).toString(),
  });
  assertEquals(write.decode(), { kind: "record", record });
  const deleted = new RecordDelete(frame, POST, write.path);
  assertEquals([deleted.kind, deleted.uri, deleted.rkey, deleted.prevCidText], ["delete", uri, "1", null]);
});

Deno.test("RecordDelete.prevCidText is what the operation says was there, and null where that is no CID", async () => {
  const prev = await cidForLex({ text: "one" });
  const readPrev = async (fields: Record<string, unknown>) => {
    const ops = [{ action: "delete", path: `${POST}/1`, cid: null, ...fields }];
    const [op] = new Filter({ collections: rulesOf([POST]), ...UNFILTERED, events: ["deletes"] })
      .read(await commitFrame([], { ops }));
    return op instanceof RecordDelete ? op.prevCidText : op?.kind;
  };
  assertEquals(await readPrev({ prev }), prev.toString());
  for (const other of [{}, { prev: null }, { prev: "bafy" }, { prev: { $link: "x" } }]) {
    assertEquals(await readPrev(other), null, JSON.stringify(other));
  }
});

Deno.test("RecordWrite.decode() reports a record that is no UTF-8, or has a key twice as deep as allowed", async () => {
  const { createHash } = await import("node:crypto");
  const prefix = (await cidForLex({})).bytes.subarray(0, 4);
  const archive = (cid: Uint8Array, block: Uint8Array) => {
    const length = cid.length + block.length;
    const varint = length < 128 ? [length] : [(length & 0x7f) | 0x80, length >> 7];
    return new Uint8Array([1, 0xa0, ...varint, ...cid, ...block]);
  };
  for (
    const block of [
      new Uint8Array([0xa1, 0x61, 0x61, 0x62, 0xff, 0xfe]),
      new Uint8Array([0xa1, 0x61, 0x61, ...new Array(40).fill(0x81), 0]),
    ]
  ) {
    const cid = new Uint8Array([...prefix, ...createHash("sha256").update(block).digest()]);
    const op = {
      action: "create",
      path: `${POST}/1`,
      cid: decode(new Uint8Array([0xd8, 0x2a, 0x58, 0x25, 0, ...cid])),
    };
    const frame = await commitFrame([], { blocks: archive(cid, block), ops: [op] });
    const result = blockOf(frame).decode();
    assertEquals(result.kind === "rejected" ? result.reason : result.kind, "record-undecodable");
  }
});
