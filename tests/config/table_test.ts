import { assertEquals } from "@std/assert";
import { OPTIONS } from "../../src/config/config.ts";
import { ignoredVariables, readTable, variablesOf } from "../../src/config/table.ts";

const { sampleRate, collections, createTopic, saslPassword, kafkaTopic } = OPTIONS;

Deno.test("readTable() takes the default when nothing is given, and null where there is none", () => {
  const read = readTable({ sampleRate, kafkaTopic }, {}, {});
  assertEquals(read.values, { sampleRate: { rest: 1, of: [] }, kafkaTopic: null });
  assertEquals(read.origins.sampleRate, { kind: "default", name: "" });
});

Deno.test("readTable() takes the flag when there is a variable too, even a wrong one", () => {
  const read = readTable({ sampleRate }, { sampleRate: "0.25" }, { BLUESKY_SAMPLE_RATE: "x", SAMPLE_RATE: "0.5" });
  assertEquals(read.values, { sampleRate: { rest: 0.25, of: [] } });
  assertEquals(read.origins.sampleRate, { kind: "flag", name: "--sample-rate" });
  assertEquals(read.errors, []);
});

Deno.test("readTable() takes either variable when an option has two", () => {
  for (const name of ["BLUESKY_SAMPLE_RATE", "SAMPLE_RATE"]) {
    const read = readTable({ sampleRate }, {}, { [name]: " 0.5 " });
    assertEquals([read.values, read.origins.sampleRate], [{ sampleRate: { rest: 0.5, of: [] } }, {
      kind: "variable",
      name,
    }]);
  }
});

Deno.test("readTable() takes two variables that say the same in other words", () => {
  assertEquals(readTable({ sampleRate }, {}, { BLUESKY_SAMPLE_RATE: "1", SAMPLE_RATE: "1.0" }).errors, []);
});

Deno.test("readTable() tells of two variables that differ", () => {
  assertEquals(readTable({ sampleRate }, {}, { BLUESKY_SAMPLE_RATE: "0.1", SAMPLE_RATE: "0.2" }).errors, [
    'Cannot choose between BLUESKY_SAMPLE_RATE "0.1" and SAMPLE_RATE "0.2": they mean the same setting and differ; ' +
    "expected one of them or the same value in both",
  ]);
});

Deno.test("readTable() counts an empty variable as unset, but for collections as all six", () => {
  const empty = { SAMPLE_RATE: "", BLUESKY_SAMPLE_RATE: "  ", KAFKA_TOPIC: "", BLUESKY_COLLECTIONS: " " };
  const { values, origins } = readTable({ sampleRate, kafkaTopic, collections }, {}, empty);
  assertEquals([values["sampleRate"], values["kafkaTopic"]], [{ rest: 1, of: [] }, null]);
  assertEquals(origins.kafkaTopic.kind, "default");
  const six = values["collections"];
  assertEquals(Array.isArray(six) ? six.length : six, 6);
  assertEquals(origins.collections, { kind: "variable", name: "BLUESKY_COLLECTIONS" });
});

Deno.test("readTable() tells of a flag without a value and says what is wanted", () => {
  const { values, errors } = readTable({ kafkaTopic, collections }, { kafkaTopic: "", collections: "" }, {});
  assertEquals(values, {});
  assertEquals(errors, [
    "Cannot use --kafka-topic: it has no value; expected TOPIC",
    "Cannot use --collections: it has no value; expected NSID,...|*",
  ]);
});

Deno.test("readTable() keeps the white space of a secret and drops that of others", () => {
  const { values } = readTable({ saslPassword, kafkaTopic }, {}, { SASL_PASSWORD: " pw \n", KAFKA_TOPIC: " t\n" });
  assertEquals(values, { saslPassword: " pw ", kafkaTopic: "t" });
});

Deno.test("readTable() tells of every error in the order of the table", () => {
  const { errors } = readTable({ createTopic, sampleRate }, { createTopic: "maybe" }, { SAMPLE_RATE: "2" });
  assertEquals(errors, [
    'Cannot use --create-topic "maybe": it is neither true nor false; expected true or false',
    'Cannot use SAMPLE_RATE "2": the rate of "2" is no number from 0 to 1; expected a rate from 0 to 1 for all, rates by ' +
    "collection (app.bsky.feed.like=0.1), or both with commas between them",
  ]);
});

Deno.test("readTable() lists the secrets of every source, also of one that lost", () => {
  const read = readTable(
    { saslPassword, firehoseUrl: OPTIONS.firehoseUrl },
    { saslPassword: "canary-1" },
    { SASL_PASSWORD: "canary-2", BLUESKY_FIREHOSE_URL: "wss://me:canary-3@relay.example/" },
  );
  assertEquals(read.secrets, ["canary-1", "canary-2", "me:canary-3", "canary-3"]);
});

Deno.test("ignoredVariables() names the nearest known variable, if one is near, and no value", () => {
  const env = { BLUESKY_COLECTIONS: "canary", BLUESKY_CURSOR: "live", BLUESKY_SERVICE_PORT: "80", PATH: "/bin" };
  assertEquals(ignoredVariables(env, variablesOf(OPTIONS)), [
    "Ignoring variable BLUESKY_COLECTIONS: it is unknown, the nearest known one is BLUESKY_COLLECTIONS",
    "Ignoring variable BLUESKY_SERVICE_PORT: it is unknown",
  ]);
});

Deno.test("readTable() and ignoredVariables() take the address of a Kubernetes Service for none of ours", () => {
  const table = { metricsPort: OPTIONS.metricsPort };
  for (const text of ["tcp://10.0.0.7:9090", " udp://[fd00::7]:53", "TCP://metrics"]) {
    const env = { METRICS_PORT: text };
    const read = readTable(table, {}, env);
    assertEquals([read.values, read.errors], [{ metricsPort: null }, []]);
    assertEquals(ignoredVariables(env, variablesOf(table)), [
      "Ignoring variable METRICS_PORT: it is the address that Kubernetes sets for a Service; expected a number; " +
      "enableServiceLinks: false in the Pod keeps such variables out",
    ]);
    assertEquals(readTable(table, { metricsPort: "9464" }, env).values, { metricsPort: 9464 });
  }
  assertEquals(ignoredVariables({ METRICS_PORT: "9464" }, variablesOf(table)), []);
  assertEquals(readTable(table, {}, { METRICS_PORT: "http" }).errors.length, 1);
  assertEquals(readTable(table, { metricsPort: "tcp://10.0.0.7:9090" }, {}).errors.length, 1);
});

Deno.test("variablesOf() lists each variable of several tables once", () => {
  assertEquals(variablesOf({ sampleRate }, { sampleRate, kafkaTopic }), [
    "BLUESKY_SAMPLE_RATE",
    "SAMPLE_RATE",
    "KAFKA_TOPIC",
  ]);
});
