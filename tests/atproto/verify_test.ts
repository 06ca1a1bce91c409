import { assert, assertEquals } from "@std/assert";
import { parseMultikey } from "@atproto/crypto";
import { decodeAll } from "@atproto/lex-cbor";
import {
  CommitVerifier,
  verdictOf,
  VERDICTS,
  VERIFIED,
  VERIFY_REASONS,
  type VerifyReason,
} from "../../src/atproto/verify.ts";
import { compressed, FORGED_KINDS, forgedCommits, type ForgedKind, keyOf, oracle } from "../support/forged.ts";
import { recorded } from "../support/messages.ts";

const EACH = 12;

/** What is said of each kind in both modes. */
const EXPECTED: {
  readonly [kind in ForgedKind]: readonly [signatures: VerifyReason | null, proofs: VerifyReason | null];
} = {
  "whole": [null, null],
  "no-prev-data": [null, "prev-data-missing"],
  "forged": ["signature-invalid", "signature-invalid"],
  "high-s": ["signature-high-s", "signature-high-s"],
  "der": ["signature-malformed", "signature-malformed"],
  "changed-signature": ["signature-invalid", "signature-invalid"],
  "wrong-did": ["did-mismatch", "did-mismatch"],
  "wrong-rev": ["rev-mismatch", "rev-mismatch"],
  "version-2": ["commit-invalid", "commit-invalid"],
  "changed-commit": ["commit-mismatch", "commit-mismatch"],
  "tampered": [null, "op-mismatch"],
  "left-out": [null, "prev-data-mismatch"],
  "added": [null, "prev-data-mismatch"],
  "wrong-prev-data": [null, "prev-data-mismatch"],
  "no-tree": [null, "tree-missing"],
  "changed-tree": [null, "tree-missing"],
  "truncated": ["commit-missing", "commit-missing"],
};

Deno.test("CommitVerifier says of every kind of forgery what it is, and agrees with the reference library", async () => {
  const [signatures, proofs] = [new CommitVerifier("signatures", 10), new CommitVerifier("proofs", 10)];
  const counts = new Map<string, number>();
  for (const { kind, bytes, account } of await forgedCommits(EACH)) {
    const key = keyOf(account.keypair.did());
    const found = [signatures.verify(bytes, key), proofs.verify(bytes, key)];
    const wanted = [...EXPECTED[kind]];
    assertEquals(found, wanted, `${kind} of ${account.did}`);
    const said = await oracle(bytes, account.keypair.did());
    if (kind !== "version-2") assertEquals(found[0] === null, said.signature, kind);
    const verdict = verdictOf(found[1] ?? null).verified;
    assertEquals(verdict, said.proof === null ? "unknown" : `${said.proof}`, kind);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  assertEquals([...counts.keys()].toSorted(), FORGED_KINDS.toSorted());
  for (const [kind, count] of counts) assertEquals(count, EACH, kind);
});

Deno.test("CommitVerifier verifies recorded commits with the keys of their accounts", async () => {
  const keys = JSON.parse(await Deno.readTextFile(new URL("../golden/indigo_relay_keys.json", import.meta.url)));
  const [signatures, proofs] = [new CommitVerifier("signatures", 10), new CommitVerifier("proofs", 10)];
  const counts = { proved: 0, "prev-data-missing": 0, "rev-mismatch": 0, sync: 0 };
  for (const bytes of await recorded("indigo_relay.bin")) {
    const [{ t }, body] = [...decodeAll(bytes)] as unknown as [{ t: string }, { repo?: string; did?: string }];
    if (t !== "#commit" && t !== "#sync") continue;
    const multikey = keys[body.repo ?? body.did ?? ""];
    const key = { curve: "k256", bytes: compressed(parseMultikey(multikey).keyBytes) } as const;
    const [signed, proved] = [signatures.verify(bytes, key), proofs.verify(bytes, key)];
    if (t === "#sync") {
      assertEquals([signed, proved], [null, null]);
      counts.sync++;
      continue;
    }
    const said = await oracle(bytes, `did:key:${multikey}`);
    assertEquals(signed === null, said.signature);
    // The messages of the scenario about revisions that go back were made by changing the revision in the envelope alone.
    const name = proved ?? "proved";
    assert(name === "proved" || name === "prev-data-missing" || name === "rev-mismatch", name);
    assertEquals(verdictOf(proved).verified, said.proof === null ? "unknown" : `${said.proof}`);
    counts[name]++;
  }
  assertEquals(counts, { proved: 8, "prev-data-missing": 15, "rev-mismatch": 2, sync: 1 });
});

Deno.test("CommitVerifier finds every message of a simulated network true, and nothing known without a key", async () => {
  const proofs = new CommitVerifier("proofs", 10);
  const counts = { commit: 0, sync: 0, other: 0 };
  const { keys, frames } = await networkWithKeys(400);
  for (const { bytes, did, type } of frames) {
    const kind = type === "#commit" ? "commit" : type === "#sync" ? "sync" : "other";
    counts[kind]++;
    assertEquals(proofs.verify(bytes, keys.get(did) ?? null), null, type);
    assertEquals(proofs.verify(bytes, null), kind === "other" ? null : "key-unknown");
  }
  assert(counts.commit > 200 && counts.sync > 5 && counts.other > 5, JSON.stringify(counts));
});

Deno.test("CommitVerifier says what is wrong whatever the key is where none is known", async () => {
  const proofs = new CommitVerifier("proofs", 10);
  const found = new Set<string>();
  for (const { kind, bytes } of await forgedCommits(1)) found.add(`${kind} ${proofs.verify(bytes, null)}`);
  assert(found.has("whole key-unknown") && found.has("forged key-unknown") && found.has("wrong-did did-mismatch"));
  assert(found.has("tampered op-mismatch") && found.has("left-out prev-data-mismatch"), [...found].join("\n"));
});

Deno.test("CommitVerifier says nothing of what is no commit, and does not throw on damaged messages", async () => {
  const proofs = new CommitVerifier("proofs", 10);
  assertEquals(proofs.verify(new Uint8Array(), null), null);
  const [first] = await forgedCommits(1);
  if (first === undefined) throw new Error("no commit");
  const key = keyOf(first.account.keypair.did());
  let notTrue = 0;
  for (let at = 0; at < first.bytes.length; at++) {
    const damaged = first.bytes.slice();
    damaged[at] = (damaged[at] ?? 0) ^ 0x41;
    if (proofs.verify(damaged, key) !== null) notTrue++;
  }
  // What is left are the fields that nothing signs, such as the time, and records, whose hashes are checked where they are read.
  assert(notTrue > first.bytes.length / 2, `${notTrue} of ${first.bytes.length}`);
});

Deno.test("verdictOf() gives one verdict for each reason, and VERDICTS has all of them", () => {
  const reasons = Object.keys(VERIFY_REASONS) as VerifyReason[];
  assertEquals(VERDICTS, [VERIFIED, ...reasons.map((reason) => verdictOf(reason))]);
  assert(VERDICTS.every((verdict) => verdictOf(verdict.reason) === verdict));
  assert(VERDICTS.slice(1).every(({ verified }) => verified !== "true"));
});

async function networkWithKeys(count: number) {
  const { createNetwork } = await import("../../src/simulator/network.ts");
  const { NETWORK_MIX } = await import("../../src/simulator/mix.ts");
  const mix = { ...NETWORK_MIX, update: 12, delete: 50, identity: 4, account: 4, sync: 9, reset: 3, "broken-chain": 1 };
  const network = await createNetwork({
    seed: 3,
    accounts: 20,
    pastRecords: 40,
    firstSeq: 1,
    startMs: Date.UTC(2026, 0, 1),
    stepMs: 5,
    mix,
  });
  const frames = [];
  for (let i = 0; i < count; i++) frames.push(await network.next());
  const keys = new Map(
    network.accounts.map(({ did, keypair }) => [did, keyOf(keypair.did())]),
  );
  return { keys, frames };
}
