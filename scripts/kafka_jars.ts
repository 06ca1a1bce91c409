/**
 * Kafka's own jars: fetched once by Maven into the user's cache, run by Java.
 *
 * @module
 */
import { dirname, join } from "node:path";

/** The version of Kafka that is run where nothing names another one. */
export const USUAL_KAFKA_VERSION = "4.1.0";

/** The version of Kafka that is run: that of KAFKA_TEST_VERSION, from 3.9 on, else the usual one. */
export const KAFKA_VERSION = Deno.env.get("KAFKA_TEST_VERSION") || USUAL_KAFKA_VERSION;

/** Kafka's server and tools, and a writer for its log. */
const ARTIFACTS = [
  ["org.apache.kafka", "kafka_2.13", KAFKA_VERSION],
  ["org.apache.kafka", "kafka-tools", KAFKA_VERSION],
  ["org.apache.kafka", "kafka-storage", KAFKA_VERSION],
  ["org.slf4j", "slf4j-simple", "1.7.36"],
] as const;
const LEAST_JAVA = 17;
const NO_MAVEN = "there is Java, but no Maven (mvn) to fetch Kafka's jars with; install Maven";

/** Why no broker can be had here, and what would change that. */
export class NoBrokerError extends Error {
  override readonly name = "NoBrokerError";
}

/** The folder in which this project keeps what it fetched, in the user's cache. */
export function cacheFolder(): string {
  const cache = Deno.env.get("XDG_CACHE_HOME") || Deno.env.get("LOCALAPPDATA") ||
    join(Deno.env.get("HOME") ?? ".", ".cache");
  return join(cache, "bluesky-firehose");
}

/**
 * The class path of Kafka's jars; the first call fetches them.
 *
 * @throws {NoBrokerError} where Java or Maven is missing or too old, or Maven fails
 */
export async function kafkaClassPath(): Promise<string> {
  await assertJava();
  const libs = libsFolder();
  if (!(await isFolder(libs))) await fetchJars(libs);
  return join(libs, "*");
}

function libsFolder(): string {
  return join(cacheFolder(), `kafka-${KAFKA_VERSION}`, "libs");
}

/**
 * Says how Kafka would be had: whether its jars are there already, or Maven has to fetch them.
 *
 * @throws {NoBrokerError} where Java is missing or too old, or there is neither
 */
export async function findJars(): Promise<"fetched" | "to be fetched"> {
  await assertJava();
  if (await isFolder(libsFolder())) return "fetched";
  if (await run("mvn", ["--version"]) === null) throw new NoBrokerError(NO_MAVEN);
  return "to be fetched";
}

/** The major version in what `java -version` prints, or null if it names none. */
export function javaMajor(printed: string): number | null {
  const [, major, minor] = /version "(\d+)(?:\.(\d+))?/.exec(printed) ?? [];
  if (major === undefined) return null;
  // Java 8 and before count themselves as 1.8.
  return Number(major === "1" ? minor : major);
}

async function assertJava(): Promise<void> {
  const ran = await run("java", ["-version"]);
  if (ran === null) throw new NoBrokerError(`there is no Java; install ${LEAST_JAVA} or later`);
  const major = javaMajor(ran.text);
  if (major === null || major < LEAST_JAVA) {
    throw new NoBrokerError(`Java is ${major ?? "of an unknown version"}; install ${LEAST_JAVA} or later`);
  }
}

async function fetchJars(libs: string): Promise<void> {
  await Deno.mkdir(dirname(libs), { recursive: true });
  // A folder of the final name is always whole, whoever else fetches it and wherever this is interrupted.
  const draft = await Deno.makeTempDir({ dir: cacheFolder(), prefix: "draft-" });
  try {
    const pom = join(draft, "pom.xml");
    await Deno.writeTextFile(pom, pomOfKafka());
    const output = join(draft, "jars");
    // Kafka 3.9 brings another writer for its log, which would be taken and writes nothing.
    const only = ["-DincludeScope=runtime", "-DexcludeArtifactIds=slf4j-reload4j"];
    const goal = ["-q", "-B", "-f", pom, "dependency:copy-dependencies", ...only];
    const ran = await run("mvn", [...goal, `-DoutputDirectory=${output}`]);
    if (ran === null) throw new NoBrokerError(NO_MAVEN);
    if (!ran.success) throw new NoBrokerError(`Maven cannot fetch Kafka ${KAFKA_VERSION}: ${firstError(ran.text)}`);
    if (!(await isFolder(libs))) await Deno.rename(output, libs);
  } finally {
    await Deno.remove(draft, { recursive: true });
  }
}

function pomOfKafka(): string {
  const dependencies = ARTIFACTS.map(([group, artifact, version]) =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`
  );
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>` +
    `<groupId>local</groupId><artifactId>kafka-jars</artifactId><version>1</version><packaging>pom</packaging>` +
    `<dependencies>${dependencies.join("")}</dependencies></project>\n`;
}

function firstError(text: string): string {
  return text.split("\n").find((line) => line.startsWith("[ERROR]"))?.slice("[ERROR] ".length) ?? "it gives no reason";
}

/** What a program printed and whether it succeeded; null if there is none of that name. */
export async function run(
  program: string,
  args: readonly string[],
): Promise<{ readonly success: boolean; readonly text: string } | null> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(program, { args: [...args], stdin: "null" }).output();
    return { success, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
  } catch (error) {
    // The tests may run only those programs that were found when they began.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable) return null;
    throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
