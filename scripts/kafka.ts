/**
 * A real Kafka for tests, benchmarks and trying out: the one that KAFKA_TEST_BOOTSTRAP_SERVERS names, else Kafka's own
 * jars on Java, else Docker.
 *
 * @module
 */
import { join } from "node:path";
import { freePort } from "./free_port.ts";
import { KAFKA_VERSION, kafkaClassPath, NoBrokerError, run } from "./kafka_jars.ts";

export { NoBrokerError };

const START_TIMEOUT_MS = 90_000;
const OUTPUT_KEPT_CHARS = 4000;
/** The last line that a broker logs while it starts. */
const STARTED = "Kafka Server started";
const CLUSTER_ID = "Ymx1ZXNreS1maXJlaG9zZQ";

/** The longest that a broker may take to end in order. */
const STOP_TIMEOUT_MS = 30_000;

/** A heap and a collector for many brokers on a small machine. */
const JVM = ["-Xmx384m", "-XX:+UseSerialGC"] as const;

/** Kafka's log as slf4j-simple writes it: what is wrong, and the line that says it has started. */
const LOG = [
  "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
  "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
] as const;

/** Settings of a broker. */
export interface BrokerOptions {
  /**
   * Lines for server.properties, after ours. `PORT` in them stands for the port of the clients' listener, whose name
   * is CLIENT; a broker that somebody else runs cannot have any.
   */
  readonly properties: readonly string[];
  /** A fixed port; 0 takes a free one. */
  readonly port: number;
  /** Listeners beside CLIENT, which has no security; a broker that somebody else runs cannot have any. */
  readonly listeners?: readonly ListenerOptions[];
  /**
   * The largest file that the broker can write, in bytes, as if its disk ended there; only the jars on Java know it.
   */
  readonly maxFileBytes?: number;
  /** Users of SCRAM, as `kafka-storage format --add-scram` takes them; only the jars on Java can have any. */
  readonly scram?: readonly string[];
  /**
   * A folder that keeps its data beyond the broker, which the next one with this folder and port goes on with; Docker
   * keeps them in the container. Without it they are gone with the broker. Nobody else may use it meanwhile.
   */
  readonly dataFolder?: string;
}

/** One more listener of a broker. */
export interface ListenerOptions {
  /** Its name, in capitals. */
  readonly name: string;
  /** PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL. */
  readonly protocol: string;
  /** The port that the broker tells clients to come to, such as a proxy's; null is its own. */
  readonly advertisedPort: number | null;
}

/**
 * A broker that answers. Disposing of one of ours ends it and removes its data; one that has a folder for them is shut
 * down in order, and they stay.
 */
export interface Broker extends AsyncDisposable {
  /** Where clients find it: `host:port,...`. */
  readonly bootstrapServers: string;
  /** Where the further listeners are, `host:port` by name. */
  readonly listeners: Readonly<Record<string, string>>;
  /**
   * Ends it at once, as a crash does; resolves when it is gone.
   *
   * @throws {NoBrokerError} where the broker is not ours
   */
  kill(): Promise<void>;
  /** Resolves when its process ends, whatever ended it; never for a broker that is not ours. */
  exited(): Promise<void>;
  /**
   * Starts it again on the same port with the same data; resolves when it answers.
   *
   * @throws {NoBrokerError} where the broker is not ours, or does not come up
   */
  restart(): Promise<void>;
}

interface Listener extends ListenerOptions {
  readonly port: number;
}

/** What a broker of ours is made of, with every port chosen. */
interface Settings {
  readonly port: number;
  readonly listeners: readonly Listener[];
  readonly more: readonly string[];
  readonly scram: readonly string[];
  readonly maxFileBytes: number | null;
  readonly dataFolder: string | null;
  readonly node: Node;
}

/** A broker's place among those of its cluster, all of which are controllers too. */
interface Node {
  /** Counted from 1. */
  readonly id: number;
  /** The ports of the controllers, that of the first node first. */
  readonly controllers: readonly number[];
}

/** One way to run a broker: what to start, how to end it in order or at once, how to leave nothing behind. */
interface Provider {
  readonly start: () => Deno.ChildProcess;
  readonly stop: (process: Deno.ChildProcess) => Promise<unknown>;
  readonly kill: (process: Deno.ChildProcess) => Promise<unknown>;
  /** Leaves what a kept folder holds. */
  readonly remove: () => Promise<unknown>;
}

/**
 * Provides a broker.
 *
 * @throws {NoBrokerError} saying all that was tried
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const given = Deno.env.get("KAFKA_TEST_BOOTSTRAP_SERVERS") ?? "";
  if (given !== "") return givenBroker(given, options);
  return await startOwnBroker(options, ["KAFKA_TEST_BOOTSTRAP_SERVERS is not set"]);
}

/**
 * Starts a broker of ours, whatever KAFKA_TEST_BOOTSTRAP_SERVERS names.
 *
 * @param tried What was tried before, for the error.
 * @throws {NoBrokerError} saying all that was tried
 */
export async function startOwnBroker(options: BrokerOptions, tried: readonly string[] = []): Promise<Broker> {
  const settings = settingsOf(options, { id: 1, controllers: [freePort()] });
  const reasons = [...tried];
  for (const provide of [provideJars, provideDocker]) {
    try {
      return await ownBroker(await provide(settings), settings);
    } catch (error) {
      if (!(error instanceof NoBrokerError)) throw error;
      reasons.push(error.message);
    }
  }
  throw new NoBrokerError(`No Kafka: ${reasons.join(", and ")}`);
}

/** Brokers that are one cluster. Disposing of it ends them all. */
export interface Cluster extends AsyncDisposable {
  readonly nodes: readonly Broker[];
  /** Where clients find it: `host:port,...`. */
  readonly bootstrapServers: string;
  /** Runs a tool of Kafka by the name of its class, as `kafka.admin.ConfigCommand`, and gives what it printed. */
  tool(className: string, args: readonly string[]): Promise<string>;
}

/**
 * Provides a cluster of Kafka's jars on Java, with a broker for each of the options.
 *
 * @throws {NoBrokerError} where that cannot be had
 */
export async function startCluster(options: readonly BrokerOptions[]): Promise<Cluster> {
  if ((Deno.env.get("KAFKA_TEST_BOOTSTRAP_SERVERS") ?? "") !== "") {
    throw new NoBrokerError("KAFKA_TEST_BOOTSTRAP_SERVERS names a broker that is not ours");
  }
  const classPath = await kafkaClassPath();
  const controllers = options.map(() => freePort());
  const starting = options.map(async (each, index) => {
    const settings = settingsOf(each, { id: index + 1, controllers });
    return ownBroker(await provideJars(settings), settings);
  });
  const started = await Promise.allSettled(starting);
  const nodes = started.flatMap((each) => each.status === "fulfilled" ? [each.value] : []);
  const end = async () => void (await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]())));
  const failed = started.find((each) => each.status === "rejected");
  if (failed !== undefined) {
    await end();
    throw failed.reason;
  }
  return {
    nodes,
    bootstrapServers: nodes.map(({ bootstrapServers }) => bootstrapServers).join(","),
    async tool(className, args) {
      const ran = await run("java", [...JVM, "-cp", classPath, className, ...args]);
      if (!ran?.success) throw new Error(`${className} fails: ${ran?.text.trim()}`);
      return ran.text;
    },
    [Symbol.asyncDispose]: end,
  };
}

function settingsOf(options: BrokerOptions, node: Node): Settings {
  return {
    port: options.port === 0 ? freePort() : options.port,
    listeners: (options.listeners ?? []).map((listener) => ({ ...listener, port: freePort() })),
    more: options.properties,
    scram: options.scram ?? [],
    maxFileBytes: options.maxFileBytes ?? null,
    dataFolder: options.dataFolder ?? null,
    node,
  };
}

function givenBroker(
  bootstrapServers: string,
  { properties, listeners = [], scram = [], dataFolder }: BrokerOptions,
): Broker {
  const refuse = () =>
    Promise.reject(new NoBrokerError("KAFKA_TEST_BOOTSTRAP_SERVERS names a broker that is not ours"));
  if (properties.length + listeners.length + scram.length > 0 || dataFolder !== undefined) {
    throw new NoBrokerError("KAFKA_TEST_BOOTSTRAP_SERVERS names a broker of fixed settings");
  }
  const keep = () => Promise.resolve();
  const exited = () => new Promise<void>(() => {});
  return { bootstrapServers, listeners: {}, kill: refuse, exited, restart: refuse, [Symbol.asyncDispose]: keep };
}

async function ownBroker(provider: Provider, { port, listeners, dataFolder }: Settings): Promise<Broker> {
  const launch = async () => {
    const launched = provider.start();
    try {
      await started(launched);
      return launched;
    } catch (error) {
      await provider.kill(launched);
      throw error;
    }
  };
  let process: Deno.ChildProcess;
  try {
    process = await launch();
  } catch (error) {
    await provider.remove();
    throw error;
  }
  const kill = async () => {
    await provider.kill(process);
    await process.status;
  };
  const stop = async () => {
    const timer = setTimeout(() => void provider.kill(process), STOP_TIMEOUT_MS);
    await provider.stop(process);
    await process.status;
    clearTimeout(timer);
  };
  return {
    bootstrapServers: `127.0.0.1:${port}`,
    listeners: Object.fromEntries(listeners.map((listener) => [listener.name, `127.0.0.1:${listener.port}`])),
    kill,
    exited: async () => void (await process.status),
    restart: async () => void (process = await launch()),
    [Symbol.asyncDispose]: async () => {
      await (dataFolder === null ? kill() : stop());
      await provider.remove();
    },
  };
}

async function provideJars(settings: Settings): Promise<Provider> {
  const classPath = await kafkaClassPath();
  const { dataFolder } = settings;
  if (dataFolder !== null) await Deno.mkdir(dataFolder, { recursive: true });
  const folder = dataFolder ?? await Deno.makeTempDir({ prefix: "bluesky_firehose_kafka_" });
  const config = join(folder, "server.properties");
  await Deno.writeTextFile(config, properties(join(folder, "data"), settings).join("\n") + "\n");
  const formatted = await run("java", [
    ...["-cp", classPath, "kafka.tools.StorageTool", "format", "--ignore-formatted", "-t", CLUSTER_ID, "-c", config],
    ...settings.scram.flatMap((user) => ["--add-scram", user]),
  ]);
  if (!formatted?.success) throw new NoBrokerError(`Kafka cannot format its storage: ${formatted?.text.trim()}`);
  return {
    start: () => {
      const java = ["java", ...JVM, ...LOG, "-cp", classPath, "kafka.Kafka", config] as const;
      if (settings.maxFileBytes === null) return spawn("java", java.slice(1));
      // In blocks of 512 bytes; past it a write fails as on a disk that is full.
      return spawn("sh", ["-c", `ulimit -f ${Math.ceil(settings.maxFileBytes / 512)} && exec "$@"`, "sh", ...java]);
    },
    stop: (process) => Promise.resolve(send(process, "SIGTERM")),
    kill: (process) => Promise.resolve(send(process, "SIGKILL")),
    remove: async () => {
      if (dataFolder === null) await Deno.remove(folder, { recursive: true });
    },
  };
}

async function provideDocker(settings: Settings): Promise<Provider> {
  if (settings.scram.length > 0) throw new NoBrokerError("the image of Apache Kafka takes no users of SCRAM");
  const engine = await run("docker", ["info"]);
  if (!engine?.success) throw new NoBrokerError("no Docker engine answers");
  const name = dockerName(settings.port);
  const variables = properties("/tmp/kafka-data", settings).flatMap((line) => ["-e", dockerVariable(line)]);
  // The host's network, so that the broker's own addresses hold inside and outside.
  const first = ["run", "--name", name, "--network", "host", ...variables, `apache/kafka:${KAFKA_VERSION}`];
  const isKept = settings.dataFolder !== null;
  let hasRun = isKept && (await run("docker", ["container", "inspect", name]))?.success === true;
  return {
    start: () => {
      const args = hasRun ? ["start", "--attach", name] : first;
      hasRun = true;
      return spawn("docker", args);
    },
    stop: () => run("docker", ["stop", "--time", String(STOP_TIMEOUT_MS / 1000), name]),
    kill: () => run("docker", ["kill", name]),
    remove: () => isKept ? Promise.resolve() : run("docker", ["rm", "--force", name]),
  };
}

/** The name of the container of the broker on a port. */
export function dockerName(port: number): string {
  return `bluesky-firehose-kafka-${port}`;
}

/** A line of server.properties as the variable that the image of Apache Kafka reads in its place. */
export function dockerVariable(line: string): string {
  const end = line.indexOf("=");
  const key = line.slice(0, end).replaceAll("_", "___").replaceAll("-", "__").replaceAll(".", "_").toUpperCase();
  return `KAFKA_${key}=${line.slice(end + 1)}`;
}

function properties(data: string, { port, listeners, more, node }: Settings): readonly string[] {
  const internal = freePort();
  const controller = node.controllers[node.id - 1] ?? 0;
  const replicas = Math.min(3, node.controllers.length);
  const each = (text: (listener: Listener) => string) => listeners.map((listener) => `,${text(listener)}`).join("");
  const bound = each((listener) => `${listener.name}://127.0.0.1:${listener.port}`);
  const told = each((listener) => `${listener.name}://127.0.0.1:${listener.advertisedPort ?? listener.port}`);
  const protocols = each((listener) => `${listener.name}:${listener.protocol}`);
  return [
    "process.roles=broker,controller",
    `node.id=${node.id}`,
    `controller.quorum.voters=${node.controllers.map((each, i) => `${i + 1}@127.0.0.1:${each}`).join()}`,
    `listeners=CLIENT://127.0.0.1:${port},INTERNAL://127.0.0.1:${internal},CONTROLLER://127.0.0.1:${controller}${bound}`,
    `advertised.listeners=CLIENT://127.0.0.1:${port},INTERNAL://127.0.0.1:${internal}${told}`,
    `listener.security.protocol.map=CLIENT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT${protocols}`,
    "controller.listener.names=CONTROLLER",
    "inter.broker.listener.name=INTERNAL",
    `log.dirs=${data}`,
    "auto.create.topics.enable=false",
    // Records have the time of their event, which of made-up ones may be long ago: half a minute after the start the broker
    // would delete them.
    "log.retention.ms=-1",
    `offsets.topic.replication.factor=${replicas}`,
    "offsets.topic.num.partitions=1",
    `transaction.state.log.replication.factor=${replicas}`,
    "transaction.state.log.min.isr=1",
    "transaction.state.log.num.partitions=1",
    "group.initial.rebalance.delay.ms=0",
    // A killed broker is let in again when its last session has ended, by default after 9 s.
    "broker.session.timeout.ms=3000",
    "broker.heartbeat.interval.ms=500",
    ...more.map((line) => line.replaceAll("PORT", String(port))),
  ];
}

function spawn(program: string, args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(program, { args: [...args], stdin: "null", stdout: "piped", stderr: "piped" }).spawn();
}

function send(process: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    process.kill(signal);
  } catch (error) {
    // It has ended already.
    if (!(error instanceof TypeError)) throw error;
  }
}

/**
 * Resolves when the broker says that it has started: that it answers does not tell it, as its port opens before its
 * partitions have a leader. What is printed after that is read and dropped.
 */
async function started(process: Deno.ChildProcess): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<"started" | "late">();
  let printed = "";
  const read = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const bytes of stream) {
      printed = (printed + decoder.decode(bytes, { stream: true })).slice(-OUTPUT_KEPT_CHARS);
      if (printed.includes(STARTED)) resolve("started");
    }
  };
  const streams = Promise.all([read(process.stdout), read(process.stderr)]);
  const timer = setTimeout(() => resolve("late"), START_TIMEOUT_MS);
  const outcome = await Promise.race([promise, streams.then(() => "ended" as const)]);
  clearTimeout(timer);
  if (outcome === "started") return;
  const what = outcome === "ended" ? "ended while it started" : `did not start in ${START_TIMEOUT_MS / 1000} s`;
  throw new NoBrokerError(`Kafka ${what}: ${printed.trim() || "it printed nothing"}`);
}
