/**
 * A resolver and handles that ask a stub, on a clock that the test moves.
 *
 * @module
 */
import { IdentityCache, identityTable } from "../../src/identity/cache.ts";
import { Handles } from "../../src/identity/handles.ts";
import type { HandleMode } from "../../src/identity/modes.ts";
import type { AskDocument } from "../../src/identity/requests.ts";
import { Resolver } from "../../src/identity/resolver.ts";
import type { IdentityStub } from "./identity_stub.ts";
import { StepClock } from "./step_clock.ts";

/** Runs them until it is disposed of. */
export function identityParts(
  stub: IdentityStub,
  mode: Exclude<HandleMode, "off"> = "claimed",
  ttlMs = 86_400_000,
  hosts: AskDocument = stub.askHost,
) {
  const clock = new StepClock();
  const cache = new IdentityCache(identityTable(1000, 1), null);
  const counts = { known: 0, unknown: 0, dropped: 0, requests: [] as string[], refusals: [] as string[] };
  const observer = {
    looked: (isKnown: boolean) => void counts[isKnown ? "known" : "unknown"]++,
    requested: (of: string) => void counts.requests.push(of),
    refused: (of: string, reason: string) => void counts.refusals.push(`${of} ${reason}`),
    dropped: () => void counts.dropped++,
  };
  const nowMs = () => 1_700_000_000_000 + clock.nowMs;
  const common = { cache, perSecond: 10, ttlMs, observer, clock, nowMs };
  const resolver = new Resolver({ ...common, directory: stub.askDirectory, hosts });
  const handles = new Handles({ ...common, mode, resolver, ask: stub.askHandle });
  const stop = new AbortController();
  const ran = Promise.all([resolver.run(stop.signal), handles.run(stop.signal)]);
  /** Waits until all that was asked is answered. */
  const settle = async () => {
    // Answers come from a real server, for which no time passes.
    await clock.settle(() => resolver.waiting + handles.waiting > 0, () => resolver.isAsking || handles.isAsking);
  };
  const handleOf = (did: string) => {
    const bytes = new TextEncoder().encode(did);
    const handle = handles.handleOf(bytes, { start: 0, end: bytes.length });
    return handle === null ? null : new TextDecoder().decode(handle);
  };
  return {
    clock,
    cache,
    counts,
    resolver,
    handles,
    handleOf,
    settle,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ran;
    },
  };
}
