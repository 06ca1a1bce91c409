/**
 * Commits of the simulated network that are forged in every way, with what their events say of them.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { produce } from "../../src/app/produce.ts";
import { ADVICE } from "../../src/cli/advice.ts";
import type { StruckFault } from "../../src/simulator/commit_faults.ts";
import { COMMIT_FAULTS, type CommitFaultName } from "../../src/simulator/faults.ts";
import { Identities } from "../../src/simulator/identity/identities.ts";
import { mixOf } from "../../src/simulator/mix.ts";
import { serve, type SourceMessage } from "../../src/simulator/server.ts";
import { worldSource } from "../../src/simulator/sources.ts";
import { readCommitted } from "../support/committed.ts";
import { FakeContext } from "../support/context.ts";
import { TestFolder } from "../support/folder.ts";
import { serveWorld, WORLD_OPTIONS } from "../support/identity_world.ts";
import { createTopic, kafkaTest } from "../support/kafka.ts";
import { resolved } from "../support/resolved.ts";
import { until } from "../support/wait.ts";
import { testNeeding } from "../support/needs.ts";

const FRAMES = 1500;
/** Of each kind at least so many are looked at. */
const LEAST = 8;
/** Primes, so that they seldom fall together. */
const EVERY: { readonly [fault in CommitFaultName]?: number } = {
  "forged": 37,
  "replayed": 41,
  "high-s": 43,
  "wrong-did": 47,
  "wrong-rev": 53,
  "tampered-commit": 59,
  "truncated-proof": 67,
  "hidden-op": 71,
  "no-prev-data": 73,
};

/** What events say of each; null: there are none, as a commit that came before is left out. */
const SAID: { readonly [fault in CommitFaultName]?: readonly [signatures: string | null, proofs: string | null] } = {
  "forged": ["signature-invalid", "signature-invalid"],
  "replayed": [null, null],
  "high-s": ["signature-high-s", "signature-high-s"],
  "wrong-did": ["did-mismatch", "did-mismatch"],
  "wrong-rev": ["rev-mismatch", "rev-mismatch"],
  "tampered-commit": ["signature-invalid", "signature-invalid"],
  "truncated-proof": ["true", "tree-missing"],
  "hidden-op": ["true", "prev-data-mismatch"],
  "no-prev-data": ["true", "prev-data-missing"],
};

interface Event {
  readonly id: string;
  readonly action?: string;
  readonly verified?: string;
  readonly verifyreason?: string;
  readonly data: { readonly seq: number };
}

/** A network with such commits, all of whose keys a directory has; a run that reads it to its end gives its events. */
async function forgedNetwork(folder: TestFolder) {
  const identities = await Identities.create(WORLD_OPTIONS.seed, WORLD_OPTIONS.startMs);
  const struck: StruckFault[] = [];
  const faults = Object.entries(EVERY).map(([name, every]) => ({ name: name as CommitFaultName, every }));
  const mix = mixOf({ post: 5, like: 5, follow: 2, update: 1, delete: 2 });
  const source = await worldSource({ ...WORLD_OPTIONS, identities }, null, mix, { faults, struck });
  const messages: SourceMessage[] = [];
  for (let n = 0; n < FRAMES; n++) {
    messages.push(await source.next() ?? { seq: 0, bytes: new Uint8Array(), atMs: null });
  }
  const directory = await serveWorld(identities);
  let runs = 0;
  const run = async (flags: Readonly<Record<string, string>>) => {
    const left = [...messages];
    await using server = serve({ next: () => Promise.resolve(left.shift() ?? null) }, {
      port: 0,
      // All at once, there would be more accounts to look at again than are looked at.
      rate: 400,
      window: 100_000,
      faults: [],
    });
    const output = folder.file(`events${runs++}`);
    const isKafka = flags.kafkaTopic !== undefined;
    const context = new FakeContext();
    const running = produce(
      resolved({
        firehoseUrl: server.url,
        ...(isKafka ? {} : { output }),
        cursor: "oldest",
        cursorFile: folder.file(`cursor${runs}`),
        identityCache: folder.file("identities"),
        plcUrl: directory.url,
        plcRate: "1000",
        identityStandIn: directory.url,
        collections: "*",
        events: "all",
        trackRepos: "1000",
        ...flags,
      }),
      context,
      ADVICE,
    );
    const last = messages.at(-1)?.seq ?? 0;
    const cursor = () =>
      Deno.readTextFile(folder.file(`cursor${runs}`)).then((text) => JSON.parse(text).cursor, () => 0);
    await until("the last message", async () => await cursor() === last);
    context.stop();
    const { metrics } = await running;
    const lines = isKafka ? [] : (await Deno.readTextFile(output)).trim().split("\n");
    const events = lines.map((line): Event => JSON.parse(line));
    return { events: events.filter(({ data }) => data.seq !== undefined), metrics };
  };
  return { struck, messages, run, [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose]() };
}

testNeeding(["long"], {
  name: "stream marks each forged commit with its reason, and leaves out what is false where that is wanted",
  fn: async () => {
    await using folder = new TestFolder();
    await using network = await forgedNetwork(folder);
    // Once, so that all keys are known from the start afterwards.
    await network.run({ verify: "signatures" });
    for (const mode of ["signatures", "proofs"] as const) {
      const { events } = await network.run({ verify: mode });
      assertReasons(events, network.struck, mode);
    }
    // A key that changes is no forgery, and a record that is not what its hash says has no event.
    const others = ["key-rotated", "tampered-record"];
    const all = Object.keys(COMMIT_FAULTS).filter((name) => !others.includes(name));
    assertEquals(Object.keys(SAID).toSorted(), all.toSorted());
    await assertLeftOut(network, folder);
  },
});

/** Each event has what is to be said of its commit, and of each kind of forged commit there are enough. */
function assertReasons(events: readonly Event[], struck: readonly StruckFault[], mode: "signatures" | "proofs"): void {
  const faultOf = new Map(struck.map(({ seq, fault }) => [seq, fault]));
  const index = mode === "signatures" ? 0 : 1;
  const counts = new Map<string, number>();
  for (const { verified, verifyreason, data: { seq }, action } of events) {
    if (action === undefined) continue;
    const fault = faultOf.get(seq);
    if (fault === undefined) {
      assertEquals([verified, verifyreason], ["true", undefined], `${seq}`);
      continue;
    }
    assertEquals(verifyreason ?? verified, SAID[fault]?.[index], fault);
    counts.set(fault, (counts.get(fault) ?? 0) + 1);
  }
  assert(events.length > FRAMES * 0.7, `${events.length}`);
  for (const [fault, said] of Object.entries(SAID)) {
    if (said[index] !== null) assert((counts.get(fault) ?? 0) >= LEAST, `${fault} ${counts.get(fault)}`);
  }
  assertEquals(counts.get("replayed"), undefined);
}

kafkaTest("stream writes each forged commit to Kafka with its reason, as a header too", async (kafka) => {
  await using folder = new TestFolder();
  await using network = await forgedNetwork(folder);
  await network.run({ verify: "signatures" });
  const { bootstrapServers: kafkaBootstrapServers, topic: kafkaTopic } = kafka;
  await createTopic(kafka, kafkaTopic, 3);
  await network.run({ verify: "proofs", kafkaBootstrapServers, kafkaTopic, contentMode: "binary" });
  const records = await readCommitted(kafkaBootstrapServers, kafkaTopic);
  const events = records.map(({ value, headers }): Event => ({
    id: headers["ce_id"] ?? "",
    data: JSON.parse(value),
    ...(headers["ce_action"] === undefined ? {} : { action: headers["ce_action"] }),
    ...(headers["ce_verified"] === undefined ? {} : { verified: headers["ce_verified"] }),
    ...(headers["ce_verifyreason"] === undefined ? {} : { verifyreason: headers["ce_verifyreason"] }),
  }));
  assertReasons(events.filter(({ data }) => data.seq !== undefined), network.struck, "proofs");
}, ["long"]);

async function assertLeftOut(network: Awaited<ReturnType<typeof forgedNetwork>>, folder: TestFolder): Promise<void> {
  const letters = folder.file("letters");
  const { events, metrics } = await network.run({
    verify: "proofs",
    unverified: "dead-letter",
    deadLetterFile: letters,
  });
  assertEquals(events.filter(({ verified }) => verified === "false"), []);
  const details = (await Deno.readTextFile(letters)).trim().split("\n")
    .map((line) => JSON.parse(line).data)
    .filter(({ reason }) => reason === "commit-unverified")
    .map(({ detail }) => String(detail).split(":")[0] ?? "");
  const reasons = [
    "signature-invalid",
    "signature-high-s",
    "did-mismatch",
    "rev-mismatch",
    "tree-missing",
    "prev-data-mismatch",
  ];
  assertEquals([...new Set(details)].toSorted(), reasons.toSorted());
  assertEquals(metrics.unverified.total, details.length);
  assert(details.length >= LEAST * reasons.length);
}
