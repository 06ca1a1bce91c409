import { assert, assertEquals } from "@std/assert";
import { decodeAll, encode } from "@atproto/lex-cbor";
import { CHAIN, Chain } from "../../src/atproto/chain.ts";
import { spanText } from "../../src/atproto/bytes/span.ts";
import { tidText } from "../../src/atproto/tid.ts";
import { encodeMessage } from "../../src/simulator/frames.ts";
import { commitMessage, frameOf, RECORDED, recorded } from "../support/messages.ts";
import { networkFrames } from "../support/network_events.ts";
import { type CommitBody, commitOf } from "../support/simulated_commits.ts";

const chain = new Chain();

function read(bytes: Uint8Array, kind: "commit" | "sync") {
  const frame = frameOf(bytes, kind);
  chain.read(frame);
  const digest = (at: number) => [chain.words[at], chain.words[at + 1]];
  return {
    rev: chain.hasRev ? tidText(chain.words, CHAIN.rev) : null,
    since: spanText(frame.bytes, chain.since) || null,
    prevData: digest(CHAIN.prevData),
    data: digest(CHAIN.data),
  };
}

/** The first 64 bits of the digest of a CID. */
function digestOf(cid: CommitBody["prevData"] | null | undefined): (number | undefined)[] {
  if (cid === null || cid === undefined) return [0, 0];
  const view = new DataView(new Uint8Array(cid.multihash.digest).buffer);
  return [view.getUint32(0), view.getUint32(4)];
}

function bodyOf(bytes: Uint8Array): CommitBody {
  return [...decodeAll(bytes)][1] as unknown as CommitBody;
}

Deno.test("Chain reads of every simulated commit and sync what the reference library does", async () => {
  const seen = { commit: 0, sync: 0 };
  for (const frame of await networkFrames(400)) {
    const kind = frame.type === "#commit" ? "commit" : frame.type === "#sync" ? "sync" : null;
    if (kind === null) continue;
    seen[kind]++;
    const { rev, since = null, prevData } = bodyOf(frame.bytes);
    const { commit: { data } } = await commitOf(frame);
    assertEquals(read(frame.bytes, kind), { rev, since, prevData: digestOf(prevData), data: digestOf(data) });
  }
  assert(seen.commit > 200 && seen.sync > 5, JSON.stringify(seen));
});

Deno.test("Chain reads of every recorded commit what the reference library does", async () => {
  let [known, commits] = [0, 0];
  for (const name of RECORDED) {
    for (const bytes of await recorded(name)) {
      const body = [...decodeAll(bytes)] as unknown as [{ t: string }, CommitBody];
      if (body[0].t !== "#commit") continue;
      const found = read(bytes, "commit");
      const { rev, since, prevData } = body[1];
      // Some of those recorded have revisions that are none.
      const isTid = /^[2-7a-j][2-7a-z]{12}$/.test(rev);
      assertEquals([found.rev, found.since, found.prevData], [isTid ? rev : null, since || null, digestOf(prevData)]);
      commits++;
      if (found.data.some((word) => word !== 0)) known++;
    }
  }
  assert(commits > 20 && known > commits * 0.9, `${known} of ${commits}`);
});

Deno.test("Chain finds the fields in any order, and without those that a message does not have", async () => {
  const [{ words }, plain] = [chain, await commitMessage([{ path: "a.b.c/d" }], { since: "3lzzzzzzzzy2a" })];
  const body = bodyOf(plain) as unknown as Record<string, never>;
  const turned = Object.fromEntries(Object.entries(body).toReversed());
  // Other servers do not sort: written by hand, in an order that no canonical encoder gives.
  const entries = Object.entries(turned).flatMap(([name, value]) => [...encode(name), ...encode(value)]);
  const header = encodeMessage("#commit", {}).slice(0, -1);
  const bytes = new Uint8Array([...header, 0xa0 + Object.keys(turned).length, ...entries]);
  assertEquals(read(bytes, "commit"), read(plain, "commit"));
  assertEquals(read(plain, "commit").since, "3lzzzzzzzzy2a");
  assertEquals([...words.subarray(CHAIN.prevData)], [0, 0, 0, 0]);
  assertEquals(read(await commitMessage([], { since: null, rev: "no tid" }), "commit"), {
    rev: null,
    since: null,
    prevData: [0, 0],
    data: [0, 0],
  });
});

Deno.test("Chain takes nothing from an archive that is cut short or lacks the commit", async () => {
  const [frame] = (await networkFrames(60)).filter(({ type }) => type === "#commit");
  const body = bodyOf(frame?.bytes ?? new Uint8Array());
  const made = (changes: object) => read(encodeMessage("#commit", { ...body, ...changes } as never), "commit").data;
  assertEquals(made({}).includes(0), false);
  assertEquals(made({ blocks: body.blocks.slice(0, 120) }), [0, 0]);
  assertEquals(made({ blocks: new Uint8Array() }), [0, 0]);
  assertEquals(made({ commit: body.prevData }), [0, 0]);
});
