import { setImmediate } from "node:timers/promises";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { startBroker } from "../../scripts/kafka.ts";
import { cacheFolder, kafkaClassPath, NoBrokerError } from "../../scripts/kafka_jars.ts";
import { firstToEnd, readArguments, takeDataFolder } from "../../scripts/run_kafka.ts";
import { TestFolder } from "../support/folder.ts";
import { consumeAll, createTopic, testClient, testWith } from "../support/kafka.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const TOPIC = "kept";

Deno.test("readArguments() takes a port and --fresh, and refuses what it does not know", () => {
  assertEquals(readArguments([]), { kind: "run", port: 9092, fresh: false });
  assertEquals(readArguments(["--fresh", "19092"]), { kind: "run", port: 19_092, fresh: true });
  assertEquals(readArguments(["19092", "--help"]), { kind: "help" });
  for (const args of [["--frsh"], ["x"], ["65536"], ["-1"], ["9092", "9093"], ["90.5"]]) {
    const request = readArguments(args);
    assert(request.kind === "error" && request.message.startsWith(`Cannot use "${args.at(-1)}": `), args.join(" "));
  }
});

Deno.test("takeDataFolder() gives the folder of a port to one process at a time", async () => {
  await using root = new TestFolder();
  const port = freePort();
  {
    using folder = await takeDataFolder(root.path, port, false);
    assertEquals([folder.path, folder.isKept], [root.file(`broker-${port}`), false]);
    const error = await assertRejects(() => takeDataFolder(root.path, port, true), NoBrokerError);
    assertStringIncludes(error.message, `runs on port ${port} and has ${folder.path}`);
    await Deno.mkdir(join(folder.path, "data"));
    await Deno.writeTextFile(join(folder.path, "data", "meta.properties"), "");
  }
  {
    using folder = await takeDataFolder(root.path, port, false);
    assertEquals(folder.isKept, true);
  }
  using fresh = await takeDataFolder(root.path, port, true);
  assertEquals(fresh.isKept, false);
  assertEquals(await Deno.stat(fresh.path).then(() => true, () => false), false);
});

Deno.test("takeDataFolder() discards nothing where the port is in use, as by a broker that outlived its task", async () => {
  await using root = new TestFolder();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  await Deno.mkdir(root.file(`broker-${port}`));
  const error = await assertRejects(() => takeDataFolder(root.path, port, true), NoBrokerError);
  assertStringIncludes(error.message, `Port ${port} is in use`);
  assert((await Deno.stat(root.file(`broker-${port}`))).isDirectory);
});

Deno.test("firstToEnd() tells a broker that ends by itself from one that Ctrl+C ended", async () => {
  const never = new Promise<void>(() => {});
  const soon = setImmediate();
  assertEquals(await firstToEnd(never, Promise.resolve()), "broker");
  assertEquals(await firstToEnd(soon, Promise.resolve()), "user");
  assertEquals(await firstToEnd(Promise.resolve(), never), "user");
});

/** `deno task kafka`. */
class RunningKafka implements AsyncDisposable {
  readonly bootstrapServers: string;
  readonly #process: Deno.ChildProcess;
  readonly #printed: Promise<void>;
  readonly #started = Promise.withResolvers<void>();
  stdout = "";

  constructor(port: number) {
    this.bootstrapServers = `127.0.0.1:${port}`;
    this.#process = kafkaCommand([String(port)]).spawn();
    this.#printed = this.#read();
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of this.#process.stdout) {
      this.stdout += decoder.decode(bytes, { stream: true });
      if (this.stdout.includes("--fresh")) this.#started.resolve();
    }
    this.#started.resolve();
  }

  started(): Promise<void> {
    return this.#started.promise;
  }

  async end(signal: Deno.Signal): Promise<number> {
    this.#process.kill(signal);
    await this.#printed;
    return (await this.#process.status).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.end("SIGTERM");
    } catch (error) {
      // It has ended already.
      if (!(error instanceof TypeError)) throw error;
    }
  }
}

function kafkaCommand(args: readonly string[], env: Readonly<Record<string, string>> = {}): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-lock", "-A", "scripts/run_kafka.ts", ...args],
    cwd: ROOT,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

Deno.test({
  name: "deno task kafka says what to install where there is neither Java nor Docker",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using home = new TestFolder();
    const { code, stderr } = await kafkaCommand(["0"], { PATH: home.path, XDG_CACHE_HOME: home.path }).output();
    assertEquals([code, new TextDecoder().decode(stderr)], [
      1,
      "Error: No Kafka: there is no Java (install 17 or later), and no Docker engine answers\n",
    ]);
  },
});

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function produce(broker: { readonly bootstrapServers: string }, value: string): Promise<void> {
  const producer = testClient(broker).producer();
  await producer.connect();
  await producer.send({ topic: TOPIC, acks: -1, messages: [{ key: "k", value }] });
  await producer.disconnect();
}

async function values(broker: { readonly bootstrapServers: string }): Promise<string[]> {
  return (await consumeAll(broker, TOPIC)).map(({ value }) => value);
}

/** The folder of a free port in the user's cache, where Kafka's jars are; the end removes it. */
async function freeFolder(): Promise<AsyncDisposable & { readonly port: number; readonly data: string }> {
  await kafkaClassPath();
  const port = freePort();
  const data = join(cacheFolder(), `broker-${port}`);
  const remove = async () => {
    await Deno.remove(data, { recursive: true });
    await Deno.remove(`${data}.lock`);
  };
  return { port, data, [Symbol.asyncDispose]: remove };
}

/** A folder for brokers, where Kafka's jars are to be had. */
async function folderForBrokers(): Promise<TestFolder> {
  await kafkaClassPath();
  return new TestFolder();
}

testWith(
  ["long", "own-kafka"],
  "deno task kafka keeps its data, ends in order by either signal, and is alone on its port",
  freeFolder,
  async ({ port, data }) => {
    {
      await using kafka = new RunningKafka(port);
      await kafka.started();
      assertStringIncludes(kafka.stdout, `answers on 127.0.0.1:${port}`);
      assertStringIncludes(kafka.stdout, `Its data: ${data} (`);
      await createTopic(kafka, TOPIC, 1);
      await produce(kafka, '{"a":1}');
      const { code, stderr } = await kafkaCommand([String(port), "--fresh"]).output();
      assertEquals(code, 1);
      assertStringIncludes(new TextDecoder().decode(stderr), `Error: Another "deno task kafka" runs on port ${port}`);
      assertEquals(await kafka.end("SIGTERM"), 0);
    }
    await using again = new RunningKafka(port);
    await again.started();
    assertStringIncludes(again.stdout, "Its data, with those of the last run: ");
    assertEquals(await values(again), ['{"a":1}']);
    assertEquals(await again.end("SIGINT"), 0);
    // What a broker writes last when it ends in order.
    assert((await Deno.stat(join(data, "data", ".kafka_cleanshutdown"))).isFile);
  },
);

const AFTER_A_KILL = "a broker with a folder has its data again after SIGKILL";
testWith(["long", "own-kafka"], AFTER_A_KILL, folderForBrokers, async (folder) => {
  const options = { properties: [], port: 0, dataFolder: folder.file("broker") };
  {
    await using broker = await startBroker(options);
    await createTopic(broker, TOPIC, 1);
    await produce(broker, '{"b":1}');
    const exited = broker.exited();
    await broker.kill();
    await exited;
  }
  await using broker = await startBroker(options);
  assertEquals(await values(broker), ['{"b":1}']);
});
