import { assertEquals } from "@std/assert";
import type { PublicKey } from "../../src/atproto/signature.ts";
import { verdictOf, VERIFIED } from "../../src/atproto/verify.ts";
import { AFTER_NONE_MS, LONGEST_WAIT_MS, MOST_AT_ONCE, SecondLook } from "../../src/verify/second_look.ts";
import type { KeyRefresh } from "../../src/verify/names.ts";

const DID = "did:plc:a";
const keyOf = (byte: number): PublicKey => ({ curve: "k256", bytes: new Uint8Array(33).fill(byte) });
const [OLD, NEW] = [keyOf(1), keyOf(2)];
const INVALID = verdictOf("signature-invalid");
const MESSAGE = { bytes: Uint8Array.of(1), key: OLD };

/** A second look at messages that are signed by `signer`, with a clock that the test moves. */
class Scene {
  known: PublicKey | null = OLD;
  signer = NEW;
  /** What a document that is asked for says; a promise that the test settles. */
  answer: () => Promise<PublicKey | null> = () => Promise.resolve(NEW);
  refreshed: string[] = [];
  readonly results: KeyRefresh[] = [];
  nowMs = 0;
  #timers: { atMs: number; done: () => void }[] = [];
  readonly look = new SecondLook({
    identity: {
      keyOf: () => this.known,
      refresh: (did) => {
        this.refreshed.push(did);
        return this.answer();
      },
    },
    verify: ({ key }) => Promise.resolve(key !== null && key.bytes[0] === this.signer.bytes[0] ? VERIFIED : INVALID),
    observer: { keyRefreshed: (result) => void this.results.push(result) },
    nowMs: () => this.nowMs,
    wait: (ms, signal) =>
      new Promise((resolve) => {
        this.#timers.push({ atMs: this.nowMs + ms, done: resolve });
        signal.addEventListener("abort", () => resolve());
      }),
  });

  at(ms: number): void {
    this.nowMs = ms;
    for (const { atMs, done } of this.#timers) if (atMs <= ms) done();
  }
}

Deno.test("SecondLook asks for the document once more, and takes the key that it names then", async () => {
  const scene = new Scene();
  assertEquals(await scene.look.look(DID, MESSAGE, INVALID), VERIFIED);
  assertEquals([scene.refreshed, scene.results], [[DID], ["changed"]]);
});

Deno.test("SecondLook says signature-invalid where the document names the same key, and asks again the next time", async () => {
  const scene = new Scene();
  scene.answer = () => Promise.resolve(OLD);
  assertEquals(await scene.look.look(DID, MESSAGE, INVALID), INVALID);
  assertEquals([scene.refreshed, scene.results], [[DID], ["same"]]);
  // A key may change right after a forgery.
  scene.answer = () => Promise.resolve(NEW);
  assertEquals(await scene.look.look(DID, MESSAGE, INVALID), VERIFIED);
});

Deno.test("SecondLook says signature-invalid of a signature that is by neither the old nor the new key", async () => {
  const scene = new Scene();
  scene.signer = keyOf(3);
  assertEquals(await scene.look.look(DID, MESSAGE, INVALID), INVALID);
  assertEquals(scene.results, ["changed"]);
});

Deno.test("SecondLook takes the key that became known since the message came, without asking", async () => {
  const scene = new Scene();
  scene.known = NEW;
  assertEquals(await scene.look.look(DID, MESSAGE, INVALID), VERIFIED);
  assertEquals(scene.refreshed, []);
  // One that does not fit either is asked for again.
  scene.signer = OLD;
  scene.answer = () => Promise.resolve(OLD);
  assertEquals(await scene.look.look(DID, { ...MESSAGE, key: keyOf(9) }, INVALID), VERIFIED);
  assertEquals(scene.refreshed, [DID]);
});

Deno.test("SecondLook does not wait for a directory that does not answer, nor right after one that did not", async () => {
  const scene = new Scene();
  const never = Promise.withResolvers<PublicKey | null>();
  scene.answer = () => never.promise;
  const looked = scene.look.look(DID, MESSAGE, INVALID);
  await Promise.resolve();
  scene.at(LONGEST_WAIT_MS);
  assertEquals(await looked, verdictOf("key-unconfirmed"));
  assertEquals(await scene.look.look("did:plc:b", MESSAGE, INVALID), verdictOf("key-unconfirmed"));
  assertEquals(scene.refreshed, [DID]);
  scene.at(LONGEST_WAIT_MS + AFTER_NONE_MS);
  scene.answer = () => Promise.resolve(NEW);
  assertEquals(await scene.look.look("did:plc:b", MESSAGE, INVALID), VERIFIED);
  never.resolve(null);
});

Deno.test("SecondLook says key-unconfirmed where the document has no key any more", async () => {
  const scene = new Scene();
  scene.answer = () => Promise.resolve(null);
  assertEquals(await scene.look.look(DID, MESSAGE, INVALID), verdictOf("key-unconfirmed"));
  assertEquals(scene.results, ["unanswered"]);
});

Deno.test("SecondLook asks once for all messages of an account, and for so many accounts at once", async () => {
  const scene = new Scene();
  const gate = Promise.withResolvers<PublicKey | null>();
  scene.answer = () => gate.promise;
  const twice = [scene.look.look(DID, MESSAGE, INVALID), scene.look.look(DID, MESSAGE, INVALID)];
  const others = Array.from({ length: MOST_AT_ONCE + 4 }, (_, n) => scene.look.look(`did:plc:${n}`, MESSAGE, INVALID));
  gate.resolve(NEW);
  assertEquals(await Promise.all(twice), [VERIFIED, VERIFIED]);
  const found = await Promise.all(others);
  assertEquals(found.filter((verdict) => verdict === VERIFIED).length, MOST_AT_ONCE - 1);
  assertEquals(found.filter(({ reason }) => reason === "key-unconfirmed").length, 5);
  assertEquals(scene.refreshed.length, MOST_AT_ONCE);
});
