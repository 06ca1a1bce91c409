import { assertEquals } from "@std/assert";
import { Messages } from "../../src/atproto/bytes/messages.ts";
import { VERIFIED } from "../../src/atproto/verify.ts";
import { openVerification, threadsOf } from "../../src/app/verification.ts";
import { accountFilter } from "../../src/filter/accounts.ts";
import { DidSet } from "../../src/filter/dids.ts";
import type { IdentitySource } from "../../src/identity/keys.ts";
import { forgedCommits, keyOf } from "../support/forged.ts";
import { frameOf } from "../support/messages.ts";

const COMMITS = await forgedCommits(2);
const KEYS = new Map(COMMITS.map(({ account }) => [account.did, keyOf(account.keypair.did())]));
const IDENTITY: IdentitySource = {
  keyOf: (did) => KEYS.get(did) ?? null,
  refresh: (did) => Promise.resolve(KEYS.get(did) ?? null),
};
const CONFIG = {
  verify: "proofs",
  unverified: "drop",
  verifyThreads: 2,
  trackRepos: 0,
  maxInFlightBytes: 33_554_432,
} as const;
const OBSERVER = { keyRefreshed: () => {} };

async function* received(): AsyncGenerator<Messages> {
  yield Messages.of(COMMITS.map(({ bytes }) => bytes));
}

Deno.test("openVerification() verifies in threads, by the settings of the run", async () => {
  for (const verify of ["signatures", "proofs"] as const) {
    const config = { ...CONFIG, verify, trackRepos: 10 };
    using opened = openVerification({ config, accounts: null, identity: IDENTITY, observer: OBSERVER });
    const { verdicts, through, queue } = opened;
    if (verdicts === null || through === null) throw new Error("nothing is verified");
    assertEquals([verdicts.unverified, verdicts.comparesHistory, queue?.waiting], ["drop", verify === "proofs", 0]);
    let count = 0;
    for await (const batch of through(received())) {
      for (const bytes of batch) {
        const kind = COMMITS[count++]?.kind;
        const verdict = verdicts.of(frameOf(bytes, "commit"));
        if (kind === "whole") assertEquals(verdict, VERIFIED);
        if (kind === "forged") assertEquals(verdict.reason, "signature-invalid");
        if (kind === "left-out") assertEquals(verdict === VERIFIED, verify === "signatures");
      }
    }
    assertEquals(count, COMMITS.length);
  }
});

Deno.test("openVerification() verifies only accounts that are wanted", async () => {
  const did = COMMITS[0]?.account.did ?? "";
  const accounts = accountFilter({ shard: null, dids: new DidSet([did]), excludeDids: null });
  using opened = openVerification({ config: CONFIG, accounts, identity: IDENTITY, observer: OBSERVER });
  let count = 0;
  for await (const batch of opened.through?.(received()) ?? []) {
    for (const bytes of batch) {
      const { kind, account } = COMMITS[count++] ?? {};
      const verdict = opened.verdicts?.of(frameOf(bytes, "commit"));
      if (kind === "whole") assertEquals(verdict?.reason, account?.did === did ? null : "key-unknown");
    }
  }
  assertEquals(count, COMMITS.length);
});

Deno.test("openVerification() starts nothing where nothing is to be verified", () => {
  using off = openVerification({
    config: { ...CONFIG, verify: "off" },
    accounts: null,
    identity: IDENTITY,
    observer: OBSERVER,
  });
  assertEquals([off.verdicts, off.through, off.queue], [null, null, null]);
});

Deno.test("threadsOf() leaves a processor to the thread that reads, where there is one to leave", () => {
  assertEquals([1, 2, 8].map((processors) => threadsOf({ verifyThreads: null }, processors)), [1, 1, 7]);
  assertEquals(threadsOf({ verifyThreads: 3 }, 8), 3);
});
