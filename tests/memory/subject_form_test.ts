import { assert, assertEquals } from "@std/assert";
import { encode } from "@atproto/lex-cbor";
import type { Lex } from "../../src/simulator/frames.ts";
import {
  readSubject,
  SUBJECT_WORDS,
  subjectIn,
  type SubjectKind,
  writeUnknown,
} from "../../src/memory/subject_form.ts";

const DID = "did:plc:z72i7hdynmk6r22z27h6tvur";
const CID = "bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";

/** What comes back of the subject of a record; null where it does not fit. */
function back(kind: SubjectKind, block: Uint8Array) {
  const words = new Uint32Array(SUBJECT_WORDS + 2).fill(0xffff_ffff);
  if (!readSubject(block, { start: 0, end: block.length }, kind, words, 1)) return null;
  assertEquals([words[0], words.at(-1)], [0xffff_ffff, 0xffff_ffff]);
  return subjectIn(words, 1);
}

function record(subject: unknown, kind: SubjectKind = "record") {
  return back(kind, encode({ $type: "x", createdAt: "now", subject, via: { uri: "at://a", cid: "b" } } as Lex));
}

Deno.test("subjectIn() gives every subject back as it was read", () => {
  const paths = [
    "app.bsky.feed.post/3lzzzzzzzzz2a",
    "app.bsky.feed.post/3lzzzzzzzzz2axx",
    "app.bsky.feed.generator/whats-hot",
    "app.bsky.graph.list/3lzzzzzzzzz2a",
    "app.bsky.graph.starterpack/a",
    "app.bsky.labeler.service/self",
  ];
  for (const path of paths) {
    for (const did of [DID, "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", "did:plc:777777777777777777777777"]) {
      const subject = { uri: `at://${did}/${path}`, cid: CID };
      assertEquals(record(subject), { kind: "record", ...subject });
    }
  }
  assertEquals(record(DID, "account"), { kind: "account", did: DID });
});

Deno.test("readSubject() takes no subject that would not come back as it is, and none that is none", () => {
  const post = `at://${DID}/app.bsky.feed.post/3lzzzzzzzzz2a`;
  const uris = [
    "",
    "at://did:web:example.com/app.bsky.feed.post/3lzzzzzzzzz2a",
    `at://${DID}`,
    `at://${DID}/app.bsky.feed.post`,
    `at://${DID}/app.bsky.feed.post/`,
    `at://${DID}/app.bsky.feed.postx/3lzzzzzzzzz2a`,
    `${post}/x`,
    `${post}xxx`,
    `at://${DID}/app.bsky.feed.post/ü`,
    post.toUpperCase(),
    7,
    null,
  ];
  for (const uri of uris) assertEquals(record({ uri, cid: CID }), null, String(uri));
  const cids = [
    "",
    CID.slice(0, -1),
    `${CID}a`,
    CID.replace("bafyrei", "bafkrei"),
    `${CID.slice(0, -1)}v`,
    CID.toUpperCase(),
    7,
  ];
  for (const cid of cids) assertEquals(record({ uri: post, cid }), null, String(cid));
  for (const subject of [undefined, null, "x", [], 5, { uri: post }]) assertEquals(record(subject ?? null), null);
  for (const subject of ["did:web:example.com", "alice.example.com", { uri: post, cid: CID }, 5]) {
    assertEquals(record(subject, "account"), null);
  }
  for (const block of [new Uint8Array(), encode("text"), encode({ subject: DID }).subarray(0, 20)]) {
    assertEquals(back("account", block), null);
  }
});

Deno.test("readSubject() takes none of a record with two subjects, and of two fields in one the last", () => {
  const key = (name: string) => [...encode(name)];
  const twice = [0xa2, ...key("subject"), ...encode(DID), ...key("subject"), ...encode(DID)];
  assertEquals(back("account", new Uint8Array(twice)), null);
  const post = `at://${DID}/app.bsky.feed.post/3lzzzzzzzzz2a`;
  const inner = [0xa3, ...key("uri"), ...encode("x"), ...key("uri"), ...encode(post), ...key("cid"), ...encode(CID)];
  assertEquals(back("record", new Uint8Array([0xa1, ...key("subject"), ...inner])), {
    kind: "record",
    uri: post,
    cid: CID,
  });
});

Deno.test("subjectIn() gives nothing where a subject is noted as unknown", () => {
  const words = new Uint32Array(SUBJECT_WORDS).fill(1);
  assert(subjectIn(words, 0) !== null);
  writeUnknown(words, 0);
  assertEquals(subjectIn(words, 0), null);
});
