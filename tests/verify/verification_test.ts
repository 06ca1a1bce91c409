import { assert, assertEquals, assertRejects } from "@std/assert";
import { CommitVerifier, type Verdict, verdictOf, VERIFIED } from "../../src/atproto/verify.ts";
import type { ToVerify } from "../../src/verify/job.ts";
import type { Verifiers } from "../../src/verify/pool.ts";
import { Verification, type VerificationOptions } from "../../src/verify/verification.ts";
import { Messages } from "../../src/atproto/bytes/messages.ts";
import { spanText } from "../../src/atproto/bytes/span.ts";
import { forgedCommits, keyOf } from "../support/forged.ts";
import { until } from "../support/wait.ts";

const COMMITS = await forgedCommits(2);
const KEYS = new Map(COMMITS.map(({ account }) => [account.did, keyOf(account.keypair.did())]));

/** Verifies on this thread, when the test lets it. */
class HeldVerifiers implements Verifiers {
  readonly count = 3;
  readonly calls: { readonly index: number; readonly count: number; readonly go: () => void }[] = [];
  isHolding = false;
  readonly #verifier = new CommitVerifier("proofs", 10);

  async verify(index: number, messages: readonly ToVerify[]): Promise<readonly Verdict[]> {
    const gate = Promise.withResolvers<void>();
    this.calls.push({ index, count: messages.length, go: gate.resolve });
    if (this.isHolding) await gate.promise;
    return messages.map(({ bytes, key }) => verdictOf(this.#verifier.verify(bytes, key)));
  }
}

function verificationOf(changes: Partial<VerificationOptions> = {}) {
  const verifiers = new HeldVerifiers();
  const verification = new Verification({
    verifiers,
    identity: { keyOf: (did) => KEYS.get(did) ?? null, refresh: (did) => Promise.resolve(KEYS.get(did) ?? null) },
    isWanted: () => true,
    maxBytes: 1e9,
    observer: { keyRefreshed: () => {} },
    nowMs: () => 0,
    wait: () => new Promise(() => {}),
    ...changes,
  });
  return { verifiers, verification };
}

/** Batches whose memory is overwritten when the next is asked for, as that of a socket is. */
async function* batches(sizes: readonly number[], taken: { count: number }): AsyncGenerator<Messages> {
  let at = 0;
  for (const size of sizes) {
    const batch = COMMITS.slice(at, at + size).map(({ bytes }) => bytes.slice());
    at += size;
    taken.count++;
    yield Messages.of(batch);
    for (const each of batch) each.fill(0);
  }
}

Deno.test("Verification.through() gives the same messages in their order, each with its verdict", async () => {
  const { verification } = verificationOf();
  const sizes = [3, 1, 0, 10, COMMITS.length - 14];
  const found: number[] = [];
  let place = 0;
  for await (const batch of verification.through(batches(sizes, { count: 0 }))) {
    found.push(batch.length);
    for (const bytes of batch) {
      const commit = COMMITS[place++];
      assertEquals(bytes, commit?.bytes);
      const { verified } = verification.of({ bytes });
      assertEquals(verified === "true", commit?.kind === "whole", commit?.kind);
    }
  }
  assertEquals([found, place, verification.waiting], [sizes, COMMITS.length, 0]);
});

Deno.test("Verification.through() sends all messages of an account to one verifier", async () => {
  const seen = new Map<string, Set<number>>();
  const { verification, verifiers } = verificationOf();
  const verify = verifiers.verify.bind(verifiers);
  verifiers.verify = (index, messages) => {
    for (const message of messages) {
      const { did } = message as ToVerify & { did: string };
      seen.set(did, (seen.get(did) ?? new Set()).add(index));
    }
    return verify(index, messages);
  };
  for await (const _ of verification.through(batches([8, 8, 8], { count: 0 })));
  assert(seen.size >= 3, `${seen.size}`);
  for (const indices of seen.values()) assertEquals(indices.size, 1);
});

Deno.test("Verification.through() has several batches under way, and holds back one that is verified before its turn", async () => {
  const { verification, verifiers } = verificationOf();
  verifiers.isHolding = true;
  const taken = { count: 0 };
  const through = verification.through(batches([1, 1, 1], taken));
  const first = through.next();
  await until("all batches are under way", () => verifiers.calls.length === 3);
  assertEquals([taken.count, verification.waiting], [3, 3]);
  const [one, two, three] = verifiers.calls;
  three?.go();
  two?.go();
  let isThere = false;
  first.then(() => isThere = true);
  for (let n = 0; n < 50; n++) await Promise.resolve();
  assertEquals(isThere, false);
  one?.go();
  for (const [place, next] of [() => first, () => through.next(), () => through.next()].entries()) {
    assertEquals(((await next()).value as Messages).at(0), COMMITS[place]?.bytes);
  }
  assertEquals((await through.next()).done, true);
});

Deno.test("Verification.through() takes no more than it may hold, and one batch whatever its size", async () => {
  const [first] = COMMITS;
  const { verification, verifiers } = verificationOf({ maxBytes: first?.bytes.length ?? 0 });
  verifiers.isHolding = true;
  const taken = { count: 0 };
  const through = verification.through(batches([4, 1, 1], taken));
  const next = through.next();
  await until("a batch is under way", () => verifiers.calls.length > 0);
  for (let n = 0; n < 100; n++) await Promise.resolve();
  assertEquals(taken.count, 1);
  verifiers.isHolding = false;
  for (const { go } of verifiers.calls) go();
  assertEquals(((await next).value as Messages).length, 4);
  let count = 0;
  for await (const batch of through) count += batch.length;
  assertEquals([taken.count, count], [3, 2]);
});

Deno.test("Verification.through() fails as what it reads does, after what came before", async () => {
  async function* broken(): AsyncGenerator<Messages> {
    yield Messages.of([COMMITS[0]?.bytes ?? new Uint8Array()]);
    throw new RangeError("the connection ended");
  }
  const through = verificationOf().verification.through(broken());
  assertEquals((await through.next()).done, false);
  await assertRejects(() => through.next(), RangeError, "the connection ended");
});

Deno.test("Verification.through() fails with a verifier that fails, and closes what it reads when it is left", async () => {
  const { verification, verifiers } = verificationOf();
  verifiers.verify = () => Promise.reject(new TypeError("broken"));
  let isClosed = false;
  async function* source(): AsyncGenerator<Messages> {
    try {
      while (true) yield Messages.of([COMMITS[0]?.bytes ?? new Uint8Array()]);
    } finally {
      isClosed = true;
    }
  }
  await assertRejects(() => verification.through(source()).next(), TypeError, "broken");
  assertEquals(isClosed, true);
  isClosed = false;
  for await (const _ of verificationOf({ maxBytes: 1 }).verification.through(source())) break;
  assertEquals(isClosed, true);
});

Deno.test("Verification verifies nothing of accounts that are not of use, nor what is no commit", async () => {
  const [first] = COMMITS;
  const did = first?.account.did;
  const isWanted = (bytes: Uint8Array, span: { start: number; end: number }) => spanText(bytes, span) === did;
  const { verification, verifiers } = verificationOf({ isWanted });
  async function* source(): AsyncGenerator<Messages> {
    yield Messages.of([...COMMITS.map(({ bytes }) => bytes), new Uint8Array(), Uint8Array.of(0xa0, 0xa0)]);
  }
  let count = 0;
  for await (const batch of verification.through(source())) {
    count += batch.length;
    assertEquals(verification.of({ bytes: batch.at(batch.length - 1) ?? new Uint8Array() }), verdictOf("key-unknown"));
  }
  const wanted = COMMITS.filter(({ account }) => account.did === did).length;
  assertEquals([count, verifiers.calls.reduce((sum, call) => sum + call.count, 0)], [COMMITS.length + 2, wanted]);
});

Deno.test("Verification looks at a signature once more by the key that the document names then", async () => {
  const other = keyOf(
    (COMMITS.find(({ account }) => account !== COMMITS[0]?.account) ?? COMMITS[0])?.account.keypair.did() ?? "",
  );
  const results: string[] = [];
  const { verification } = verificationOf({
    identity: { keyOf: () => other, refresh: (did) => Promise.resolve(KEYS.get(did) ?? null) },
    observer: { keyRefreshed: (result) => void results.push(result) },
  });
  const verdicts: Verdict[] = [];
  for await (const batch of verification.through(batches([1], { count: 0 }))) {
    for (const bytes of batch) verdicts.push(verification.of({ bytes }));
  }
  assertEquals([verdicts, results], [[VERIFIED], ["changed"]]);
});
