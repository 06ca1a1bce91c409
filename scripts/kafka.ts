/**
 * A real Kafka for tests and for trying out: KAFKA_TEST_BOOTSTRAP_SERVERS where it is set, else a broker of Kafka's own
 * jars on Java 17 or later (fetched once by Maven into the user's cache), else Docker.
 *
 * As a command it runs one broker until stopped: `deno task kafka`.
 *
 * @module
 */
import { Kafka, logLevel } from "kafkajs";

/** The version that is run. */
export const KAFKA_VERSION = "4.1.0";
const ARTIFACTS = ["kafka_2.13", "kafka-tools", "kafka-storage"];
const START_TIMEOUT_MS = 90_000;
const CLUSTER_ID = "Ymx1ZXNreS1maXJlaG9zZQ";

/** A broker that can be reached; one of our own can also be killed and started again. */
export interface Broker extends AsyncDisposable {
  readonly bootstrapServers: string;
  /** Kills it without a chance to clean up, as a crash does; null where the broker is not ours. */
  readonly kill: (() => Promise<void>) | null;
  /** Starts it again on the same port with the same data. */
  readonly restart: (() => Promise<void>) | null;
}

/** Why no broker can be had. */
export class NoBrokerError extends Error {
  override readonly name = "NoBrokerError";
}

/** Settings of a broker. */
export interface BrokerOptions {
  /** Lines for server.properties; `PORT` in them stands for the broker's port. */
  readonly properties: readonly string[];
  /** A fixed port; 0 takes a free one. */
  readonly port: number;
}

/**
 * Provides a broker.
 *
 * @throws {NoBrokerError} saying what was tried
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const given = Deno.env.get("KAFKA_TEST_BOOTSTRAP_SERVERS");
  if (given) {
    return { bootstrapServers: given, kill: null, restart: null, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const java = await findJava();
  if (java !== null) return await startJava(java, options);
  if (await succeeds("docker", ["info"])) return await startDocker(options);
  throw new NoBrokerError(
    "No Kafka: KAFKA_TEST_BOOTSTRAP_SERVERS is not set, there is no Java 17 with Maven, and no Docker engine answers",
  );
}

/** The class path of Kafka's jars, or null without Java 17 or the jars. */
async function findJava(): Promise<string | null> {
  const version = await output("java", ["-version"]);
  const major = Number(/version "(\d+)/.exec(version ?? "")?.[1] ?? 0);
  if (major < 17) return null;
  const folder = `${cacheFolder()}/kafka-${KAFKA_VERSION}`;
  if (!(await exists(`${folder}/complete`))) {
    if (!(await fetchJars(folder))) return null;
    await Deno.writeTextFile(`${folder}/complete`, "");
  }
  return `${folder}/libs/*`;
}

async function fetchJars(folder: string): Promise<boolean> {
  await Deno.mkdir(folder, { recursive: true });
  const dependencies = ARTIFACTS.map((name) =>
    `<dependency><groupId>org.apache.kafka</groupId><artifactId>${name}</artifactId>` +
    `<version>${KAFKA_VERSION}</version></dependency>`
  );
  const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>` +
    `<groupId>local</groupId><artifactId>jars</artifactId><version>1</version><packaging>pom</packaging>` +
    `<dependencies>${dependencies.join("")}</dependencies></project>`;
  await Deno.writeTextFile(`${folder}/pom.xml`, pom);
  const goal = ["-q", "-B", "-f", `${folder}/pom.xml`, "dependency:copy-dependencies"];
  return await succeeds("mvn", [...goal, `-DoutputDirectory=${folder}/libs`, "-DincludeScope=runtime"]);
}

function cacheFolder(): string {
  const cache = Deno.env.get("XDG_CACHE_HOME") || `${Deno.env.get("HOME") ?? "."}/.cache`;
  return `${cache}/bluesky-firehose`;
}

async function startJava(classPath: string, options: BrokerOptions): Promise<Broker> {
  const folder = await Deno.makeTempDir({ prefix: "bluesky_kafka_" });
  const port = options.port === 0 ? freePort() : options.port;
  const config = `${folder}/server.properties`;
  await Deno.writeTextFile(config, properties(folder, port, freePort(), options.properties).join("\n") + "\n");
  const format = ["-cp", classPath, "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", config];
  if (!(await succeeds("java", format))) throw new NoBrokerError(`Cannot format the storage of Kafka in ${folder}`);
  let process = spawn(classPath, config, folder);
  await ready(port, process);
  return {
    bootstrapServers: `127.0.0.1:${port}`,
    kill: async () => {
      process.kill("SIGKILL");
      await process.status;
    },
    restart: async () => {
      process = spawn(classPath, config, folder);
      await ready(port, process);
    },
    [Symbol.asyncDispose]: async () => {
      try {
        process.kill("SIGKILL");
      } catch {
        // It was killed before.
      }
      await process.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function properties(folder: string, port: number, controllerPort: number, more: readonly string[]): string[] {
  return [
    "process.roles=broker,controller",
    "node.id=1",
    `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${port}`,
    "controller.listener.names=CONTROLLER",
    "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT",
    `log.dirs=${folder}/data`,
    "auto.create.topics.enable=false",
    "offsets.topic.replication.factor=1",
    "transaction.state.log.replication.factor=1",
    "transaction.state.log.min.isr=1",
    "group.initial.rebalance.delay.ms=0",
    ...more.map((line) => line.replaceAll("PORT", String(port))),
  ];
}

function spawn(classPath: string, config: string, folder: string): Deno.ChildProcess {
  return new Deno.Command("java", {
    args: ["-Xmx384m", "-XX:+UseSerialGC", "-cp", classPath, "kafka.Kafka", config],
    cwd: folder,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

async function startDocker(options: BrokerOptions): Promise<Broker> {
  const port = options.port === 0 ? freePort() : options.port;
  const name = `bluesky-kafka-${port}`;
  const settings = properties("/tmp/kafka", port, freePort(), options.properties).map((line) => {
    const [key = "", ...value] = line.split("=");
    return `KAFKA_${key.toUpperCase().replaceAll(".", "_")}=${value.join("=")}`;
  });
  const args = ["run", "-d", "--name", name, "--network", "host", ...settings.flatMap((each) => ["-e", each])];
  if (!(await succeeds("docker", [...args, `apache/kafka:${KAFKA_VERSION}`]))) {
    throw new NoBrokerError("Docker answers, but cannot run the image of Apache Kafka");
  }
  await ready(port, null);
  return {
    bootstrapServers: `127.0.0.1:${port}`,
    kill: async () => void await succeeds("docker", ["kill", name]),
    restart: async () => {
      await succeeds("docker", ["start", name]);
      await ready(port, null);
    },
    [Symbol.asyncDispose]: async () => void await succeeds("docker", ["rm", "-f", name]),
  };
}

/** Waits until the broker answers as Kafka, not only as a port. */
async function ready(port: number, process: Deno.ChildProcess | null): Promise<void> {
  let ended = false;
  process?.status.then(() => ended = true);
  const admin = new Kafka({
    brokers: [`127.0.0.1:${port}`],
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
    connectionTimeout: 2000,
  }).admin();
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline && !ended) {
    try {
      await admin.connect();
      await admin.describeCluster();
      return;
    } catch {
      await new Promise<void>((resolve) => setTimeout(() => resolve(), 200));
    } finally {
      await admin.disconnect().catch(() => {});
    }
  }
  throw new NoBrokerError(
    ended ? "Kafka ended while starting" : `Kafka did not answer in ${START_TIMEOUT_MS / 1000} s`,
  );
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function succeeds(command: string, args: string[]): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(command, { args, stdout: "null", stderr: "null" }).output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function output(command: string, args: string[]): Promise<string | null> {
  try {
    const { stdout, stderr } = await new Deno.Command(command, { args }).output();
    return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    return false;
  }
}

if (import.meta.main) {
  await using broker = await startBroker({ properties: [], port: Number(Deno.args[0] ?? 9092) });
  const write = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(text));
  write(`Kafka ${KAFKA_VERSION} on ${broker.bootstrapServers}; Ctrl+C stops it\n`);
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => resolve());
  await promise;
}
