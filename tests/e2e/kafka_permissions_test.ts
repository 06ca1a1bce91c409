/**
 * What the Kafka user needs, by docs/security.md: it is enough, and without any row of exactly-once the start fails.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } from "kafkajs";
import { join } from "node:path";
import type { Broker } from "../../scripts/kafka.ts";
import { readFile, shellBlocks } from "../support/documents.ts";
import { createTopic, withAdmin } from "../support/kafka.ts";
import { type Ended, runProgram } from "../support/program.ts";
import { secureKafkaTest, USERS } from "../support/secure_broker.ts";
import { simulator } from "../support/stream.ts";

const TOPIC = "permitted";
const JOB = `bluesky_firehose-${TOPIC}`;
const LETTERS = "letters";
const CREATED = "created";
/** So many events each run writes. */
const EVENTS = 10;

interface Permission {
  readonly mode: string;
  readonly resourceType: AclResourceTypes;
  readonly resourceName: string;
  readonly operation: AclOperationTypes;
}

/** Which resource a cell of the table names. */
const RESOURCES: Readonly<Record<string, readonly [AclResourceTypes, string]>> = {
  "topic": [AclResourceTypes.TOPIC, TOPIC],
  "dead-letter topic": [AclResourceTypes.TOPIC, LETTERS],
  "transactional ID": [AclResourceTypes.TRANSACTIONAL_ID, JOB],
  "group of --cursor-group": [AclResourceTypes.GROUP, JOB],
  "that group's name with -alive appended": [AclResourceTypes.GROUP, `${JOB}-alive`],
  "cluster": [AclResourceTypes.CLUSTER, "kafka-cluster"],
};

const OPERATIONS: Readonly<Record<string, AclOperationTypes>> = {
  Read: AclOperationTypes.READ,
  Write: AclOperationTypes.WRITE,
  Create: AclOperationTypes.CREATE,
  IdempotentWrite: AclOperationTypes.IDEMPOTENT_WRITE,
  DescribeConfigs: AclOperationTypes.DESCRIBE_CONFIGS,
};

/** The rows below "Kafka permissions". */
function permissions(): Permission[] {
  const [, section = ""] = readFile("docs/security.md").split("\n## Kafka permissions\n");
  const rows = (section.split("\n## ")[0] ?? "").split("\n").filter((line) => line.startsWith("| ")).slice(2);
  return rows.map((row) => {
    const [mode = "", resource = "", operation = ""] = row.replaceAll("`", "").split("|").slice(1, -1).map((cell) =>
      cell.trim()
    );
    const [resourceType, resourceName] = RESOURCES[resource] ?? [];
    const known = OPERATIONS[operation];
    assert(resourceType !== undefined && resourceName !== undefined && known !== undefined, row);
    return { mode, resourceType, resourceName, operation: known };
  });
}

/** Makes these the permissions of the user, and no others. */
function permit(broker: Broker, granted: readonly Permission[]): Promise<void> {
  const rule = {
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: "User:alice",
    host: "*",
    permissionType: AclPermissionTypes.ALLOW,
  };
  return withAdmin(broker, async (admin) => {
    const filters = [AclResourceTypes.TOPIC, AclResourceTypes.GROUP, AclResourceTypes.TRANSACTIONAL_ID].map((
      resourceType,
    ) => ({ ...rule, resourceType, operation: AclOperationTypes.ANY }));
    await admin.deleteAcls({ filters });
    const acl = granted.map(({ mode: _, ...permission }) => ({ ...rule, ...permission }));
    if (acl.length > 0) await admin.createAcls({ acl });
  });
}

Deno.test("the commands of docs/security.md grant what each way of delivery needs, and no more", () => {
  const flags = { "--topic": "topic", "--transactional-id": "transactional ID", "--group": "group" };
  const grants = shellBlocks(readFile("docs/security.md")).map(({ lines }) =>
    lines.filter((line) => line.startsWith("kafka-acls.sh ")).flatMap((line) => {
      const [, flag = "", name = ""] = /(--topic|--transactional-id|--group) (\S+)/.exec(line) ?? [];
      const kind = flags[flag as keyof typeof flags];
      return [...line.matchAll(/--operation (\w+)/g)].map(([, operation]) => `${operation} ${kind} ${name}`);
    })
  ).filter(({ length }) => length > 0);
  const kinds = new Map([
    [AclResourceTypes.TOPIC, "topic"],
    [AclResourceTypes.TRANSACTIONAL_ID, "transactional ID"],
    [AclResourceTypes.GROUP, "group"],
  ]);
  const needed = (modes: readonly string[]) =>
    permissions().filter(({ mode }) => modes.includes(mode)).map(({ resourceType, resourceName, operation }) => {
      const [word] = Object.entries(OPERATIONS).find(([, each]) => each === operation) ?? [];
      return `${word} ${kinds.get(resourceType)} ${resourceName.replace(TOPIC, "bluesky")}`;
    }).toSorted();
  const [atLeastOnce = [], exactlyOnce = [], ...others] = grants.map((each) => each.toSorted());
  assertEquals(others, []);
  assertEquals(atLeastOnce, needed(["stream", "a start without a saved cursor"]));
  assertEquals(exactlyOnce, needed(["stream", "--delivery exactly-once"]));
  assert(exactlyOnce.length >= 5, `${exactlyOnce.length}`);
});

secureKafkaTest(
  "the permissions of docs/security.md are enough, and exactly-once needs each of them",
  0,
  async (broker) => {
    await createTopic(broker, TOPIC, 2);
    await createTopic(broker, LETTERS, 1);
    const { program, url } = await simulator("--rate", "500", "--accounts", "10");
    await using _simulator = program;
    const folder = await Deno.makeTempDir();
    const rows = permissions();
    const of = (...modes: readonly string[]) => {
      const found = rows.filter(({ mode }) => modes.includes(mode));
      assertEquals(new Set(found.map(({ mode }) => mode)).size, modes.length, modes.join());
      return found;
    };
    const env = {
      KAFKA_BOOTSTRAP_SERVERS: broker.listeners["SASL"] ?? "",
      KAFKA_ENABLE_TLS: "false",
      SASL_USERNAME: "alice",
      SASL_PASSWORD: USERS.alice,
    };
    const run = (cursor: string, ...args: readonly string[]): Promise<Ended> =>
      runProgram([
        ...["stream", "--firehose-url", url, "--cursor-file", join(folder, cursor), "--max-events", String(EVENTS)],
        ...["--shutdown-timeout", "5", ...args],
      ], env);
    const works = async (ended: Promise<Ended>) => {
      const { code, stderr } = await ended;
      assertEquals(code, 0, stderr);
    };
    const isRefused = async (ended: Promise<Ended>) => {
      const { code, stderr } = await ended;
      assertEquals(code, 1, stderr);
      assertMatch(stderr, /^Error: .*authoriz/im);
    };
    /** `check` says which resource the user may not see. */
    const isFound = async ({ resourceName }: Permission) => {
      const args = ["check", "--kafka-topic", TOPIC, "--delivery", "exactly-once", "--firehose-url", url];
      const { code, stdout } = await runProgram(args, env);
      assertEquals(code, 1, stdout);
      assertMatch(stdout, new RegExp(`"${resourceName}": .*authorization failed`, "i"));
    };
    const start = "a start without a saved cursor";

    await permit(broker, of("stream", start));
    await works(run("saved", "--kafka-topic", TOPIC));
    await permit(broker, of("stream"));
    await works(run("saved", "--kafka-topic", TOPIC));
    await isRefused(run("first", "--kafka-topic", TOPIC));
    await permit(broker, of("stream", start, "--dead-letter-topic"));
    await works(run("letters", "--kafka-topic", TOPIC, "--dead-letter-topic", LETTERS));
    const created = of("stream", start, "--create-topic").map((each) => ({ ...each, resourceName: CREATED }));
    await permit(broker, created);
    await works(run("created", "--kafka-topic", CREATED, "--create-topic"));

    const needed = of("stream", "--delivery exactly-once");
    assert(needed.length >= 4, `${needed.length}`);
    for (const missing of needed) {
      await permit(broker, needed.filter((each) => each !== missing));
      await isRefused(run("none", "--kafka-topic", TOPIC, "--delivery", "exactly-once"));
      if (missing.resourceType !== AclResourceTypes.TOPIC) await isFound(missing);
    }
    await permit(broker, needed);
    await works(run("none", "--kafka-topic", TOPIC, "--delivery", "exactly-once"));

    await permit(broker, of("consume"));
    const read = await runProgram(["consume", "--kafka-topic", TOPIC, "--until-end", "--format", "ndjson"], env);
    assertEquals(read.code, 0, read.stderr);
    // Twice to the topic alone, once beside dead letters, once in transactions.
    const events = read.stdout.trim().split("\n");
    assert(events.length >= 4 * EVENTS, `${events.length}`);
  },
);
