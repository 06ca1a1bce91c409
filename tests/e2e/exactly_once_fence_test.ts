import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Broker } from "../../scripts/kafka.ts";
import { createRandom } from "../../src/simulator/random.ts";
import { serve } from "../../src/simulator/server.ts";
import { readCommitted } from "../support/committed.ts";
import {
  ACTIVE,
  assertExactlyOnce,
  moves,
  once,
  ownerOf,
  passes,
  says,
  streamOf,
  TOPIC,
} from "../support/exactly_once.ts";
import { TestFolder } from "../support/folder.ts";
import { createTopic, ownKafkaTest } from "../support/kafka.ts";
import { EndlessCommits } from "../support/many_commits.ts";
import { RunningProgram } from "../support/program.ts";
import { Proxy } from "../support/proxy.ts";
import { REQUESTS } from "../support/transactions.ts";
import { until } from "../support/wait.ts";

const TAKES_BACK = "this instance takes the job back";

/** Waits until the instance may write, and has moved the cursor. */
async function works(broker: Broker, instance: RunningProgram): Promise<void> {
  await says(broker, instance, ACTIVE);
  await moves(broker);
  assertEquals(instance.code, null, instance.stderr);
}

async function killed(instance: RunningProgram): Promise<void> {
  instance.kill("SIGKILL");
  await instance.ended();
}

/** Ends as one that was replaced, and names the other. */
async function assertFenced(instance: RunningProgram, by: string | null): Promise<void> {
  const { code, stderr } = await instance.ended();
  assertEquals(code, 3, stderr);
  assertStringIncludes(stderr, `${by} took over`);
}

/** Its port is what the broker below tells clients to come to. */
const PROXY = new Proxy();

ownKafkaTest("stream ends for a living successor alone, and takes the job back from a dead one", async (broker) => {
  await using proxy = PROXY;
  proxy.standBefore(broker);
  const slow = { bootstrapServers: proxy.address };
  const commits = new EndlessCommits(createRandom(7));
  await using server = serve(commits, { port: 0, rate: 100, window: 1_000_000, faults: [] });
  await createTopic(broker, TOPIC, 2);
  await using folder = new TestFolder();
  const args = (at: Pick<Broker, "bootstrapServers">) => once(streamOf(server.url, at, folder.file("cursor")));
  await using first = new RunningProgram([...args(broker), "--cursor", "oldest"]);
  await works(broker, first);

  // The claim of an instance is applied after that was killed.
  first.kill("SIGSTOP");
  const firstName = await ownerOf(broker);
  const claim = proxy.hold(REQUESTS.END_TXN);
  await using second = new RunningProgram(args(slow));
  await claim.arrived;
  await killed(second);
  assertEquals(await ownerOf(broker), firstName);
  await claim.deliver();
  await until("the late claim", async () => await ownerOf(broker) !== firstName);
  first.kill("SIGCONT");
  await says(broker, first, TAKES_BACK);
  await works(broker, first);
  assertEquals(await ownerOf(broker), firstName, first.stderr);
  assertMatch(first.stderr, /takes the job back.*"from":"its own cursor"/);

  // An instance takes over, commits, and is killed before the first has noticed.
  first.kill("SIGSTOP");
  await using third = new RunningProgram(args(broker));
  await works(broker, third);
  await killed(third);
  first.kill("SIGCONT");
  await says(broker, first, ACTIVE, 2);
  assertMatch(first.stderr, /takes the job back.*"from":"the cursor of that instance"/);
  await works(broker, first);

  // An instance that was suspended wakes after another took over, which is alive.
  first.kill("SIGSTOP");
  await using fourth = new RunningProgram(args(broker));
  await works(broker, fourth);
  const fourthName = await ownerOf(broker);
  first.kill("SIGCONT");
  await assertFenced(first, fourthName);

  // Two more begin at once: one of all goes on.
  await using fifth = new RunningProgram(args(broker));
  await using sixth = new RunningProgram(args(slow));
  const instances = [fourth, fifth, sixth];
  const left = () => instances.filter(({ code }) => code === null);
  await until("one to be left", () => left().length < 2);
  const [last] = left();
  if (last === undefined) throw new Error(`None is left: ${instances.map(({ stderr }) => stderr).join("\n\n")}`);
  await works(broker, last);
  const lastName = await ownerOf(broker);
  let named = 0;
  for (const instance of instances) {
    if (instance === last) continue;
    const { code, stderr } = await instance.ended();
    assertEquals(code, 3, stderr);
    if (stderr.includes(`${lastName} took over`)) named++;
  }
  // One may have been replaced by the other of those that ended.
  assert(named > 0);

  commits.end();
  await passes(broker, commits.lastSeq);
  await last.stop();
  assertExactlyOnce(await readCommitted(broker.bootstrapServers, TOPIC), commits.ids);
}, { properties: [], port: 0, listeners: [PROXY.listener] });
