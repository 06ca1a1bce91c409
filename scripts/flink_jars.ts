/**
 * Flink's SQL client with what runs a job in its own process: fetched once by Maven into the user's cache, for the test of
 * the recipe.
 *
 * @module
 */
import { type Artifact, fetchedJars, findFetched } from "./kafka_jars.ts";

/** The version that the recipe is run with; docs/recipes/flink.md names it. */
export const FLINK_VERSION = "1.20.3";
/** The version of its connector for Kafka. */
export const CONNECTOR_VERSION = "3.4.0-1.20";

const MODULES = [
  ...["flink-sql-client", "flink-sql-gateway", "flink-table-planner_2.12", "flink-table-runtime", "flink-clients"],
  ...["flink-json", "flink-connector-base", "flink-connector-files"],
];
const JARS: readonly Artifact[] = [
  ...MODULES.map((artifact): Artifact => ({ group: "org.apache.flink", artifact, version: FLINK_VERSION })),
  // The client looks for a class of it at its start, and for nothing that it depends on.
  { group: "org.apache.flink", artifact: "flink-python", version: FLINK_VERSION, alone: true },
  { group: "org.apache.flink", artifact: "flink-connector-kafka", version: CONNECTOR_VERSION },
  { group: "org.slf4j", artifact: "slf4j-simple", version: "1.7.36" },
];
const SET = { name: `flink-${FLINK_VERSION}`, artifacts: JARS };
/** What Flink's own script opens for it. */
const OPENED = ["lang", "lang.reflect", "io", "net", "nio", "time", "util", "util.concurrent"];

/**
 * Says how Flink would be had.
 *
 * @throws {NoBrokerError} where Java or Maven is missing or too old
 */
export function findFlink(): Promise<"fetched" | "to be fetched"> {
  return findFetched(SET);
}

/**
 * The arguments of `java` that start the SQL client; its own come after them. The first call fetches the jars.
 *
 * @throws {NoBrokerError} where Java or Maven is missing or too old, or Maven fails
 */
export async function sqlClientArguments(): Promise<string[]> {
  return [
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
    ...OPENED.map((name) => `--add-opens=java.base/java.${name}=ALL-UNNAMED`),
    ...["-cp", await fetchedJars(SET), "org.apache.flink.table.client.SqlClient"],
  ];
}
