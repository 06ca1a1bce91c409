import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { SIMULATE_OPTIONS } from "../../src/cli/simulate.ts";
import { DOCUMENT_PATHS, programArguments, readFile, shellBlocks } from "../support/documents.ts";
import { TestFolder } from "../support/folder.ts";
import { ownKafkaTest } from "../support/kafka.ts";
import { RunningProgram, runProgram } from "../support/program.ts";
import { simulated } from "../support/simulated.ts";
import { until } from "../support/wait.ts";

const EVENTS = 300;
/** Of posts in one language the simulated firehose has few. */
const FEW_EVENTS = 5;
/** Where `simulate` listens in the documents. */
const SIMULATOR = `ws://127.0.0.1:${SIMULATE_OPTIONS.port.default}`;

/** What other programs do in the documents, and why no test of this file runs them. */
const ELSEWHERE: readonly { readonly line: RegExp; readonly why: string }[] = [
  {
    line: /^(?:npx -y deno@\S+|deno) task (?!start)/,
    why: "tasks: CI runs them, and tests/documents_test.ts knows them",
  },
  {
    line: /^docker /,
    why: "needs a container engine; tests/deploy/ reads the files, deno task image proves the image",
  },
  { line: /^kafka-acls\.sh /, why: "tests/e2e/kafka_permissions_test.ts compares it with what a broker enforces" },
  {
    line: /^examples\/\S+\.sh$|^mvn -q -f examples\//,
    why: "needs ClickHouse or Java; tests/examples/ runs the examples",
  },
  {
    line: /^python3 -m venv |^\.venv\/bin\/python3 examples\//,
    why: "needs packages of Python; tests/examples/python_test.ts runs the example",
  },
  { line: /^kubectl /, why: "needs a cluster; tests/deploy/ reads the files" },
  { line: /^sudo /, why: "changes the machine; tests/deploy/ reads the unit" },
  {
    line: /^psql |^for table |^echo "DELETE|^done \| clickhouse-client/,
    why: "needs a database; tests/e2e/recipes_test.ts runs the recipe",
  },
  { line: /^sql-client|> batch\.sql$/, why: "needs Flink; tests/e2e/recipes_test.ts runs the recipe" },
  { line: /^curl -s http:\/\/127\.0\.0\.1:9464\/readyz$/, why: "tests/telemetry/server_test.ts asks a server" },
  {
    line: /^curl .*127\.0\.0\.1:6009|^dig @127\.0\.0\.1 -p 6009 /,
    why: "tests/simulator/identity/server_test.ts asks an identity world",
  },
  {
    line: /^(?:curl -fsSLO \S+\/install\.sh && )?sh install\.sh\b/,
    why: "tests/scripts/install_test.ts runs it against a server of its own",
  },
];

ownKafkaTest("each command of the documents that can run on one machine does what it says", async (broker) => {
  await using folder = new TestFolder();
  await using server = await simulated(2000);
  await using programs = new AsyncDisposableStack();
  let ran = 0;
  const others: string[] = [];
  const place = { broker: broker.bootstrapServers, firehose: server.url, simulator: SIMULATOR, folder };
  for (const path of DOCUMENT_PATHS) {
    for (const { lines, needs } of shellBlocks(readFile(path))) {
      if (needs !== null) continue;
      for (const line of lines) {
        const argv = programArguments(line);
        if (argv === null) others.push(line);
        else if (argv[0] === "simulate") place.simulator = await startSimulator(argv, programs);
        // A live network would never end: the same command reads a simulated one, for a while.
        else await assertRuns(argv, line, place);
        if (argv !== null) ran++;
      }
    }
  }
  assert(ran >= 8, `${ran}`);
  assertEquals(others.filter((line) => !ELSEWHERE.some((each) => each.line.test(line))), []);
});

/**
 * Keeps a simulator for the lines that read it, as another terminal would; on a port of its own, as one that somebody
 * tries out may have that of the documents. Returns where it is.
 */
async function startSimulator(argv: readonly string[], programs: AsyncDisposableStack): Promise<string> {
  const simulator = programs.use(new RunningProgram([...argv, "--port", "0"]));
  await until("the simulator's URL", () => simulator.stdout.includes("\n"));
  // With an identity world there are further lines.
  return `ws://${new URL(simulator.stdout.split("\n")[0] ?? "").host}`;
}

interface Place {
  readonly broker: string;
  readonly firehose: string;
  readonly simulator: string;
  readonly folder: TestFolder;
}

async function assertRuns(
  argv: readonly string[],
  line: string,
  { broker, firehose, simulator, folder }: Place,
): Promise<void> {
  const [command] = argv;
  const args = argv.map((each) => each.replace("localhost:9092", broker).replace(SIMULATOR, simulator));
  const events = args.includes("--langs") ? FEW_EVENTS : EVENTS;
  const isEndless = command === "consume" && !args.some((each) => each === "--count" || each === "--until-end");
  const { code, stdout, stderr } = await runProgram([...args, ...(isEndless ? ["--until-end"] : [])], {
    BLUESKY_FIREHOSE_URL: firehose,
    BLUESKY_CURSOR: "oldest",
    BLUESKY_CURSOR_FILE: folder.file("cursor"),
    ...(args.includes("--max-events") ? {} : { BLUESKY_MAX_EVENTS: String(events) }),
  });
  assertEquals(code, 0, `${line}\n${stderr}`);
  const counted = args[args.findIndex((each) => /^--(?:count|max-events)$/.test(each)) + 1] ?? "";
  const wanted = args.includes("--count") || args.includes("--max-events") ? Number(counted) : null;
  if (command === "stream" && wanted === null) assertStringIncludes(stderr, `"delivered":${events}`);
  if (command === "stream" && wanted !== null) assertEquals(stdout.trimEnd().split("\n").length, wanted, line);
  if (command === "consume" && wanted !== null) assertStringIncludes(stderr, `Events shown: ${wanted}`);
}
