/**
 * Kafka's own jars, and others: fetched once by Maven into the user's cache, run by Java.
 *
 * @module
 */
import { dirname, join } from "node:path";

/** The version of Kafka that is run where nothing names another one. */
export const USUAL_KAFKA_VERSION = "4.1.0";

/** The version of Kafka that is run: that of KAFKA_TEST_VERSION, from 3.9 on, else the usual one. */
export const KAFKA_VERSION = Deno.env.get("KAFKA_TEST_VERSION") || USUAL_KAFKA_VERSION;

/** One library on Maven Central. */
export interface Artifact {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  /** Whether it is fetched without what it depends on. */
  readonly alone?: true;
}

/** Libraries that are fetched together, with all that they depend on, into a folder of this name. */
export interface JarSet {
  readonly name: string;
  readonly artifacts: readonly Artifact[];
}

/** Kafka's server and tools, and a writer for its log. */
const KAFKA_JARS: JarSet = {
  name: `kafka-${KAFKA_VERSION}`,
  artifacts: [
    { group: "org.apache.kafka", artifact: "kafka_2.13", version: KAFKA_VERSION },
    { group: "org.apache.kafka", artifact: "kafka-tools", version: KAFKA_VERSION },
    { group: "org.apache.kafka", artifact: "kafka-storage", version: KAFKA_VERSION },
    { group: "org.slf4j", artifact: "slf4j-simple", version: "1.7.36" },
  ],
};
const LEAST_JAVA = 17;
const NO_MAVEN = "there is Java, but no Maven to fetch its jars (install mvn)";

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
export function kafkaClassPath(): Promise<string> {
  return fetchedJars(KAFKA_JARS);
}

/**
 * Says how Kafka would be had: whether its jars are there already, or Maven has to fetch them.
 *
 * @throws {NoBrokerError} where Java is missing or too old, or there is neither
 */
export function findJars(): Promise<"fetched" | "to be fetched"> {
  return findFetched(KAFKA_JARS);
}

/**
 * The class path of some jars; the first call fetches them.
 *
 * @throws {NoBrokerError} where Java or Maven is missing or too old, or Maven fails
 */
export async function fetchedJars(set: JarSet): Promise<string> {
  await assertJava();
  const libs = libsFolder(set);
  if (!(await isFolder(libs))) await fetchJars(libs, set);
  return join(libs, "*");
}

/**
 * Says how some jars would be had: whether they are there already, or Maven has to fetch them.
 *
 * @throws {NoBrokerError} where Java is missing or too old, or there is neither
 */
export async function findFetched(set: JarSet): Promise<"fetched" | "to be fetched"> {
  await assertJava();
  if (await isFolder(libsFolder(set))) return "fetched";
  if (await run("mvn", ["--version"]) === null) throw new NoBrokerError(NO_MAVEN);
  return "to be fetched";
}

function libsFolder({ name }: JarSet): string {
  return join(cacheFolder(), name, "libs");
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
  if (ran === null) throw new NoBrokerError(`there is no Java (install ${LEAST_JAVA} or later)`);
  const major = javaMajor(ran.text);
  if (major === null || major < LEAST_JAVA) {
    throw new NoBrokerError(`Java is ${major ?? "of an unknown version"} (install ${LEAST_JAVA} or later)`);
  }
}

async function fetchJars(libs: string, set: JarSet): Promise<void> {
  await Deno.mkdir(dirname(libs), { recursive: true });
  // A folder of the final name is always whole, whoever else fetches it and wherever this is interrupted.
  const draft = await Deno.makeTempDir({ dir: cacheFolder(), prefix: "draft-" });
  try {
    const pom = join(draft, "pom.xml");
    await Deno.writeTextFile(pom, pomOf(set));
    const output = join(draft, "jars");
    // Kafka 3.9 brings another writer for its log, which would be taken and writes nothing.
    const only = ["-DincludeScope=runtime", "-DexcludeArtifactIds=slf4j-reload4j"];
    const goal = ["-q", "-B", "-f", pom, "dependency:copy-dependencies", ...only];
    const ran = await run("mvn", [...goal, `-DoutputDirectory=${output}`]);
    if (ran === null) throw new NoBrokerError(NO_MAVEN);
    if (!ran.success) throw new NoBrokerError(`Maven cannot fetch ${set.name}: ${firstError(ran.text)}`);
    if (!(await isFolder(libs))) await Deno.rename(output, libs);
  } finally {
    await Deno.remove(draft, { recursive: true });
  }
}

function pomOf({ name, artifacts }: JarSet): string {
  const nothingElse = "<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>";
  const dependencies = artifacts.map(({ group, artifact, version, alone }) =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>` +
    `${alone ? nothingElse : ""}</dependency>`
  );
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>` +
    `<groupId>local</groupId><artifactId>${name}</artifactId><version>1</version><packaging>pom</packaging>` +
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
