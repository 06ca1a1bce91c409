/**
 * What tests need beside Deno, whether this machine has it, and how to get it.
 *
 * @module
 */
import { delimiter, join } from "node:path";
import { findFlink, FLINK_VERSION } from "./flink_jars.ts";
import { findJars, KAFKA_VERSION, NoBrokerError, run } from "./kafka_jars.ts";

/** Begins a line with which a test tells the runner that it is left out: the need, a space, the name of the test. */
export const LEFT_OUT = "LEFT OUT ";

interface NeedSpec {
  /** What it is, in a list. */
  readonly what: string;
  /** What the tests do with it. */
  readonly purpose: string;
  /** Packages that bring it, by their names in Debian; Homebrew's are given where they differ. */
  readonly packages: readonly (string | { readonly apt: string; readonly brew: string })[];
}

const JAVA = { apt: "openjdk-17-jre-headless", brew: "openjdk@17" } as const;
const JDK = { apt: "openjdk-17-jdk-headless", brew: "openjdk@17" } as const;

/** Everything that a test may need. `long` is no program but time, which `deno task test:all` takes. */
export const NEEDS = {
  "kafka": { what: "a Kafka broker", purpose: "events in a real topic", packages: [JAVA, "maven"] },
  "own-kafka": { what: "brokers to break", purpose: "kills, clusters, logins", packages: [JAVA, "maven"] },
  "openssl": { what: "openssl", purpose: "certificates for TLS", packages: ["openssl"] },
  "kcat": { what: "kcat", purpose: "the same records by librdkafka", packages: ["kcat"] },
  "python3": { what: "python3", purpose: "terminals, and a consumer in Python", packages: ["python3"] },
  "bash": { what: "bash", purpose: "completion", packages: ["bash"] },
  "zsh": { what: "zsh", purpose: "completion", packages: ["zsh"] },
  "fish": { what: "fish", purpose: "completion", packages: ["fish"] },
  "mounts": { what: "mount namespaces", purpose: "volumes of all kinds", packages: [] },
  "root": { what: "the rights of root", purpose: "files of other users", packages: [] },
  "chromium": { what: "Chromium", purpose: "the status page in a browser", packages: ["chromium"] },
  "postgres": { what: "PostgreSQL", purpose: "its recipe", packages: ["postgresql"] },
  "chdb": { what: "chdb for Python", purpose: "the recipe and the example for ClickHouse", packages: [] },
  "python-sdk": { what: "cloudevents and confluent-kafka for Python", purpose: "the example in Python", packages: [] },
  "flink": { what: "Flink's SQL client", purpose: "its recipe", packages: [JAVA, "maven"] },
  "jdk": { what: "a compiler of Java", purpose: "the example in Java", packages: [JDK, "maven"] },
  "long": { what: "minutes", purpose: "brokers that are killed, clusters, outages, security, recipes", packages: [] },
} as const satisfies Record<string, NeedSpec>;

/** One of {@linkcode NEEDS}. */
export type Need = keyof typeof NEEDS;

const PROGRAMS = ["openssl", "kcat", "python3", "bash", "zsh", "fish", "chromium"] as const satisfies readonly Need[];
/** Needs that only the long tests have. */
const LONG_ONLY: readonly Need[] = ["own-kafka", "postgres", "chdb", "python-sdk", "flink", "jdk"];

/** One need on this machine. */
export interface Finding {
  readonly need: Need;
  readonly found: boolean;
  /** Which one it is, or what is missing. */
  readonly detail: string;
}

/** Looks for everything that the tests of a run need; `long` says whether those that take minutes are among them. */
export async function findNeeds(long: boolean): Promise<readonly Finding[]> {
  const programs = await Promise.all(PROGRAMS.map(async (need) => installed(need, await isOnPath(need))));
  const others = long
    ? [
      findPostgres(),
      findModules("chdb", ["chdb"]),
      findModules("python-sdk", ["cloudevents.core", "confluent_kafka"]),
      findFlinkClient(),
      findJdk(),
    ]
    : [];
  const findings = [...await findKafka(), ...programs, ...await findRights(), ...await Promise.all(others)];
  return long ? findings : findings.filter(({ need }) => !LONG_ONLY.includes(need));
}

function installed(need: Need, found: boolean): Finding {
  return { need, found, detail: found ? "found" : "not installed" };
}

async function findKafka(): Promise<Finding[]> {
  const given = Deno.env.get("KAFKA_TEST_BOOTSTRAP_SERVERS") ?? "";
  const jars = await findJars().then(
    (how) => ({
      found: true,
      detail: `Kafka ${KAFKA_VERSION} on Java, ${how === "fetched" ? how : "fetched by Maven"}`,
    }),
    (error) => {
      if (!(error instanceof NoBrokerError)) throw error;
      return { found: false, detail: error.message };
    },
  );
  const own = jars.found || !(await run("docker", ["info"]))?.success
    ? jars
    : { found: true, detail: `Kafka ${KAFKA_VERSION} in a container` };
  const named = { found: true, detail: `${given}, named by KAFKA_TEST_BOOTSTRAP_SERVERS` };
  const fixed = { found: false, detail: "KAFKA_TEST_BOOTSTRAP_SERVERS names a broker that is not ours to break" };
  return [
    { need: "kafka", ...(given === "" ? own : named) },
    { need: "own-kafka", ...(given === "" ? own : fixed) },
  ];
}

/** Whether tests may mount, be it as a user to whom the system gives a namespace of his own, and be root. */
async function findRights(): Promise<Finding[]> {
  const mount = ["--mount", "sh", "-c", "mount -t tmpfs tmpfs /mnt && touch /mnt/a"];
  const isRoot = (await run("unshare", mount))?.success === true;
  const found = isRoot || (await run("unshare", ["--user", "--map-root-user", ...mount]))?.success === true;
  return [
    { need: "mounts", found, detail: found ? "found" : "not permitted" },
    { need: "root", found: isRoot, detail: isRoot ? "found" : "run the tests as root" },
  ];
}

async function findPostgres(): Promise<Finding> {
  const found = await run("sh", ["-c", "ls /usr/lib/postgresql/*/bin/initdb"]);
  return installed("postgres", found?.success === true);
}

async function findModules(need: Need, modules: readonly string[]): Promise<Finding> {
  const found = await run("python3", ["-c", `import ${modules.join(", ")}`]);
  return installed(need, found?.success === true);
}

async function findFlinkClient(): Promise<Finding> {
  try {
    return { need: "flink", found: true, detail: `Flink ${FLINK_VERSION}, ${await findFlink()}` };
  } catch (error) {
    if (!(error instanceof NoBrokerError)) throw error;
    return { need: "flink", found: false, detail: error.message };
  }
}

async function findJdk(): Promise<Finding> {
  const missing = await isOnPath("javac") ? await isOnPath("mvn") ? null : "Maven (mvn)" : "javac";
  return { need: "jdk", found: missing === null, detail: missing === null ? "found" : `no ${missing}` };
}

/** Whether a program is in one of the folders of a path, which is the process's own unless another is given. */
export async function isOnPath(program: string, path: string = Deno.env.get("PATH") ?? ""): Promise<boolean> {
  const names = Deno.build.os === "windows" ? [`${program}.exe`, `${program}.cmd`] : [program];
  for (const folder of path.split(delimiter)) {
    for (const name of names) {
      if (await Deno.stat(join(folder, name)).then((file) => file.isFile, () => false)) return true;
    }
  }
  return false;
}

/** The command that installs what is missing, or null if no package does; by Homebrew on macOS, else by APT. */
export function installCommand(missing: readonly Need[], os: typeof Deno.build.os): string | null {
  const specs: readonly NeedSpec[] = missing.map((need) => NEEDS[need]);
  const manager = os === "darwin" ? "brew" : "apt";
  const packages = specs.flatMap((spec) => spec.packages)
    .map((each) => typeof each === "string" ? each : each[manager]);
  const commands = packages.length === 0
    ? []
    : [`${manager === "brew" ? "brew install" : "sudo apt-get install -y"} ${[...new Set(packages)].join(" ")}`];
  if (missing.includes("chdb")) commands.push("pip install chdb==4.4.0");
  if (missing.includes("python-sdk")) commands.push("pip install -r examples/python/requirements.txt");
  return commands.length === 0 ? null : commands.join(" && ");
}
