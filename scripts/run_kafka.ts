/**
 * Runs one Kafka broker until stopped, for trying out: `deno task kafka [PORT] [--fresh]`. Its data stay in the user's
 * cache, beside Kafka's jars, and the next run on the same port goes on with them.
 *
 * @module
 */
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { type Broker, dockerName, startOwnBroker } from "./kafka.ts";
import { cacheFolder, findJars, KAFKA_VERSION, NoBrokerError, run } from "./kafka_jars.ts";

const DEFAULT_PORT = 9092;
/** Ctrl+C reaches each process of the terminal, and `deno task` passes it on: the same so soon is the same. */
const PASSED_ON_WITHIN_MS = 300;

const HELP = `A Kafka broker on this machine, for trying out. It runs until Ctrl+C.

Usage: deno task kafka [PORT] [--fresh]

  PORT      Port on 127.0.0.1 (default: ${DEFAULT_PORT}); 0 takes a free one, and keeps no data
  --fresh   Discard what the last run on this port left, and begin empty
  --help    Show this

Data stay in ${
  join("CACHE", "bluesky-firehose", "broker-PORT")
}, where CACHE is XDG_CACHE_HOME, LOCALAPPDATA or ~/.cache.
It takes Java 17 and Maven, or Docker.
`;

/** What the arguments ask for. */
export type KafkaRequest =
  | { readonly kind: "run"; readonly port: number; readonly fresh: boolean }
  | { readonly kind: "help" }
  | { readonly kind: "error"; readonly message: string };

/** Reads the arguments. */
export function readArguments(args: readonly string[]): KafkaRequest {
  if (args.includes("--help") || args.includes("-h")) return { kind: "help" };
  const unknown = args.find((arg) => arg.startsWith("-") && arg !== "--fresh");
  if (unknown !== undefined) return invalid(`it is an unknown flag; expected --fresh or --help`, unknown);
  const [text = String(DEFAULT_PORT), ...more] = args.filter((arg) => arg !== "--fresh");
  if (more[0] !== undefined) return invalid("one port is wanted, and nothing after it", more[0]);
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(port <= 65_535)) return invalid("it is no port; expected a number from 0 to 65535", text);
  return { kind: "run", port, fresh: args.includes("--fresh") };
}

function invalid(is: string, argument: string): KafkaRequest {
  return { kind: "error", message: `Cannot use ${JSON.stringify(argument)}: ${is}` };
}

/** A folder of a broker, which is this process's alone until disposed. */
export interface DataFolder extends Disposable {
  readonly path: string;
  /** Whether an earlier run left data in it. */
  readonly isKept: boolean;
}

/**
 * Takes the folder of the broker on a port.
 *
 * @param fresh Discard what is in it.
 * @throws {NoBrokerError} where another process has the folder or the port
 */
export async function takeDataFolder(root: string, port: number, fresh: boolean): Promise<DataFolder> {
  const path = join(root, `broker-${port}`);
  await Deno.mkdir(path, { recursive: true });
  // The file stays outside of what is discarded, so that nobody locks another one meanwhile.
  const lock = await Deno.open(join(root, `broker-${port}.lock`), { create: true, write: true });
  try {
    if (!await lock.tryLock(true)) {
      throw new NoBrokerError(
        `Another "deno task kafka" runs on port ${port} and has ${path}; stop it, or name another port`,
      );
    }
    assertFree(port);
    if (fresh) await Deno.remove(path, { recursive: true });
    return {
      path,
      isKept: !fresh && await exists(join(path, "data", "meta.properties")),
      [Symbol.dispose]: () => lock.close(),
    };
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** The lock cannot tell of a broker that outlived a `deno task kafka` that was killed; its port can. */
function assertFree(port: number): void {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new NoBrokerError(
      `Port ${port} is in use, perhaps by a broker; stop what listens there, or name another port: deno task kafka PORT`,
    );
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

async function runBroker(port: number, fresh: boolean): Promise<void> {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
  let firstMs: number | null = null;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      firstMs ??= performance.now();
      if (performance.now() - firstMs > PASSED_ON_WITHIN_MS) Deno.exit(130);
      stop();
    });
  }
  using folder = port === 0 ? null : await takeDataFolder(cacheFolder(), port, fresh);
  if (fresh && folder !== null) await run("docker", ["rm", "--force", dockerName(port)]);
  print(`${await isToBeFetched() ? "Fetching (once, by Maven) and starting" : "Starting"} Kafka ${KAFKA_VERSION}\n`);
  const options = { properties: [], port, ...(folder === null ? {} : { dataFolder: folder.path }) };
  const starting = startOwnBroker(options);
  // Ctrl+C reaches a broker that still starts, too, which is then no failure.
  const broker: Broker | null = await starting.catch((error) => {
    if (firstMs !== null) return null;
    throw error;
  });
  if (broker === null) return;
  await using _broker = broker;
  print(`Kafka ${KAFKA_VERSION} answers on ${broker.bootstrapServers} until stopped (Ctrl+C)\n`);
  print(
    folder === null
      ? "It keeps no data\n"
      : `Its data${folder.isKept ? ", with those of the last run" : ""}: ${folder.path} (--fresh discards them)\n`,
  );
  if (await firstToEnd(stopped, broker.exited()) === "broker") {
    const kept = folder === null ? "" : `; its data are kept, and the next run has them`;
    throw new NoBrokerError(`The broker on ${broker.bootstrapServers} ended by itself${kept}`);
  }
  print("Stopping\n");
}

/** Whether the user stopped it, or its broker ended by itself. */
export async function firstToEnd(stopped: Promise<void>, exited: Promise<void>): Promise<"user" | "broker"> {
  const byUser = stopped.then(() => "user" as const);
  const first = await Promise.race([byUser, exited.then(() => "broker" as const)]);
  // Ctrl+C reaches the broker too, which may end before this process has its signal.
  return first === "user" ? first : await Promise.race([byUser, after(PASSED_ON_WITHIN_MS, "broker" as const)]);
}

/** Whether the start has to wait for a download, which says nothing itself. */
async function isToBeFetched(): Promise<boolean> {
  return await findJars().catch(() => null) === "to be fetched";
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

function fail(message: string, code: number): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`Error: ${message}\n`));
  Deno.exitCode = code;
}

if (import.meta.main) {
  const request = readArguments(Deno.args);
  try {
    if (request.kind === "help") print(HELP);
    else if (request.kind === "error") fail(request.message, 2);
    else await runBroker(request.port, request.fresh);
  } catch (error) {
    if (!(error instanceof NoBrokerError)) throw error;
    fail(error.message, 1);
  }
  // The signals are still listened to.
  Deno.exit();
}
