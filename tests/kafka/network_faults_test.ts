import { assert, assertEquals } from "@std/assert";
import { PROFILES } from "../../src/kafka/client/options.ts";
import { openKafkaProducer } from "../../src/kafka/producer/producer.ts";
import { clusterTest, Traffic } from "../support/cluster.ts";
import { createTopics } from "../support/kafka.ts";
import { Proxy } from "../support/proxy.ts";
import { producerOptions, Told } from "../support/producer.ts";
import { until } from "../support/wait.ts";

const TOPIC = "network";
/** Clients come to every node through one of these. */
const PROXIES = [new Proxy(), new Proxy(), new Proxy()];
const NODES = PROXIES.map(({ listener }) => ({
  properties: [],
  port: 0,
  listeners: [listener],
}));

function dialled(): number {
  return PROXIES.reduce((sum, { accepted }) => sum + accepted, 0);
}

interface Fault {
  readonly name: string;
  /** What the log says of it; "replaced" where connections alone may tell, and null where nothing fails. */
  readonly told: RegExp | "replaced" | null;
  readonly begin: (proxy: Proxy) => unknown;
  readonly end: (proxy: Proxy) => unknown;
}

const nothing = () => {};
const FAULTS: readonly Fault[] = [
  { name: "delay", told: null, begin: (p) => p.delayMs = 200, end: (p) => p.delayMs = 0 },
  { name: "one lost answer", told: /timed out/, begin: (p) => p.losesAnswers = 1, end: nothing },
  { name: "reset", told: "replaced", begin: (p) => p.reset(), end: nothing },
  { name: "half-close", told: "replaced", begin: (p) => p.halfClose(), end: nothing },
  {
    name: "refused",
    told: /ECONNREFUSED|refused|closed/i,

    begin: (p) => p.shut(),
    end: (p) => p.reopen(),
  },
  {
    name: "ended at once",
    told: /./,

    begin: (p) => [p.refuses = true, p.cut()],
    end: (p) => p.refuses = false,
  },
  {
    name: "black hole",
    told: /timed out|timeout/i,

    begin: (p) => p.swallows = true,
    end: (p) => [p.swallows = false, p.cut()],
  },
];

clusterTest(
  "a producer loses and repeats nothing and keeps the order of keys through each fault of the network",
  async (cluster) => {
    await using proxies = new AsyncDisposableStack();
    PROXIES.forEach((proxy, i) => {
      proxies.use(proxy);
      const node = cluster.nodes[i];
      if (node !== undefined) proxy.standBefore(node);
    });
    await createTopics(cluster, [{ topic: TOPIC, numPartitions: 6, replicationFactor: 3 }]);
    const told = new Told();
    const options = producerOptions(PROXIES.map(({ address }) => address).join(), TOPIC, {
      profile: { ...PROFILES.kafka, requestTimeoutMs: 4000 },
      random: () => 0.1,
    });
    await using sink = await openKafkaProducer(options, told, new AbortController().signal);
    const traffic = new Traffic(sink, TOPIC);
    traffic.write(20);
    await sink.flush();
    for (const { name, told: wanted, begin, end } of FAULTS) {
      const [reasons, rounds, dials] = [told.reasons.length, traffic.rounds, dialled()];
      await Promise.all(PROXIES.map(begin));
      const isSeen = () => {
        if (wanted === null) return traffic.rounds > rounds + 30;
        if (wanted === "replaced") return dialled() > dials;
        return told.reasons.slice(reasons).some((reason) => wanted.test(reason));
      };
      const seen = until(`the signs of ${name}`, isSeen).catch((error) => {
        throw new Error(`${error.message}: ${told.reasons.slice(reasons)}`);
      });
      await traffic.during(Promise.race([seen, sink.failed]));
      await Promise.all(PROXIES.map(end));
      traffic.write(5);
      await Promise.race([sink.flush(), sink.failed]);
      if (wanted === null) assertEquals(told.reasons.slice(reasons), [], name);
    }
    await traffic.assertKept(cluster);
    assert(told.recoveries >= 3, `${told.recoveries}`);
    assert(traffic.rounds > 200);
  },
  NODES,
);
