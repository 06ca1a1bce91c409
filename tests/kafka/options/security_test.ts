import { assertEquals, assertStringIncludes } from "@std/assert";
import { type KafkaRead, resolveKafka } from "../../../src/kafka/options/settings.ts";
import { CONNECTION_OPTIONS } from "../../../src/kafka/options/options.ts";
import type { ValuesOf } from "../../../src/config/option.ts";
import { type Environment, readTable } from "../../../src/config/table.ts";

const PLAIN = { KAFKA_BOOTSTRAP_SERVERS: "k:9092", KAFKA_TOPIC: "t" };
const HUBS = { KAFKA_BOOTSTRAP_SERVERS: "ns.servicebus.windows.net", KAFKA_TOPIC: "t", SASL_MECHANISM: "oauthbearer" };
const USER = { SASL_USERNAME: "me", SASL_PASSWORD: "canary" };
const BEARER = { ...PLAIN, SASL_MECHANISM: "oauthbearer" };
const CLIENT = { OAUTH_TOKEN_URL: "https://login.example/token", OAUTH_CLIENT_ID: "id", OAUTH_CLIENT_SECRET: "canary" };

function settle(env: Environment): KafkaRead {
  const { values, origins, errors } = readTable(CONNECTION_OPTIONS, {}, env);
  assertEquals(errors, []);
  const read = resolveKafka(values as Partial<ValuesOf<typeof CONNECTION_OPTIONS>>, origins);
  assertEquals(/canary/.test(JSON.stringify([read.errors, read.warnings])), false, "the secret is told");
  return read;
}

function errorOf(env: Environment): string {
  const { kafka, errors } = settle(env);
  assertEquals([kafka, errors.length], [null, 1], errors.join("\n"));
  return errors[0] ?? "";
}

Deno.test("readSecurity() takes the mechanism that is asked for", () => {
  for (const mechanism of ["plain", "scram-sha-256", "scram-sha-512"] as const) {
    const { kafka } = settle({ ...PLAIN, ...USER, SASL_MECHANISM: mechanism.toUpperCase() });
    assertEquals(kafka?.sasl, { mechanism, username: "me", password: "canary" });
  }
  assertStringIncludes(errorOf({ ...PLAIN, SASL_MECHANISM: "scram-sha-256" }), "--sasl-username and --sasl-password");
});

Deno.test("readSecurity() takes tokens by client credentials", () => {
  const { kafka, warnings } = settle({ ...BEARER, ...CLIENT, OAUTH_SCOPE: "kafka" });
  assertEquals(kafka?.sasl, {
    mechanism: "oauthbearer",
    token: {
      kind: "client-credentials",
      url: "https://login.example/token",
      clientId: "id",
      clientSecret: "canary",
      scope: "kafka",
    },
  });
  assertEquals([kafka?.tls?.insecure, warnings], [false, []]);
  const asked = { OAUTH_CLIENT_ID: "(OAUTH_CLIENT_ID)", OAUTH_CLIENT_SECRET: "or OAUTH_CLIENT_SECRET" };
  for (const [missing, expected] of Object.entries(asked)) {
    assertStringIncludes(errorOf({ ...BEARER, ...CLIENT, [missing]: "" }), expected);
  }
});

Deno.test("readSecurity() warns of a client secret in the open, but not on this machine", () => {
  const at = (url: string) => settle({ ...BEARER, ...CLIENT, OAUTH_TOKEN_URL: url }).warnings.length;
  assertEquals([at("http://login.example/"), at("http://127.0.0.1:1/"), at("http://localhost/")], [1, 0, 0]);
});

Deno.test("readSecurity() takes an identity of Azure for Event Hubs", () => {
  const scope = "https://ns.servicebus.windows.net/.default";
  const managed = settle({ ...HUBS, AZURE_CLIENT_ID: "me" }).kafka;
  assertEquals(managed?.sasl, {
    mechanism: "oauthbearer",
    token: { kind: "managed-identity", endpoint: null, header: null, clientId: "me", scope },
  });
  assertEquals([managed?.profile, managed?.tls?.insecure], ["event-hubs", false]);
  const workload = {
    AZURE_CLIENT_ID: "me",
    AZURE_TENANT_ID: "us",
    AZURE_FEDERATED_TOKEN_FILE: "/token",
    AZURE_AUTHORITY_HOST: "https://login.microsoftonline.us/",
  };
  assertEquals(settle({ ...HUBS, ...workload }).kafka?.sasl, {
    mechanism: "oauthbearer",
    token: {
      kind: "workload-identity",
      authorityHost: "https://login.microsoftonline.us/",
      tenantId: "us",
      clientId: "me",
      tokenFile: "/token",
      scope,
    },
  });
  for (const missing of ["AZURE_TENANT_ID", "AZURE_CLIENT_ID"]) {
    assertStringIncludes(errorOf({ ...HUBS, ...workload, [missing]: "" }), `(${missing})`);
  }
});

Deno.test("readSecurity() tells what tokens lack, and what does not go with them", () => {
  assertStringIncludes(errorOf(BEARER), "expected --oauth-token-url (OAUTH_TOKEN_URL)");
  assertStringIncludes(errorOf({ ...BEARER, IDENTITY_ENDPOINT: "http://localhost/" }), "--oauth-scope (OAUTH_SCOPE)");
  assertStringIncludes(errorOf({ ...BEARER, ...CLIENT, SASL_USERNAME: "me" }), "Cannot use SASL_USERNAME with");
  assertStringIncludes(errorOf({ ...PLAIN, ...CLIENT }), "expected --sasl-mechanism oauthbearer with it");
});

Deno.test("readSecurity() turns TLS on where a file of TLS is named", () => {
  const files = { KAFKA_TLS_CA: "/ca", KAFKA_TLS_CERT: "/cert", KAFKA_TLS_KEY: "/key" };
  assertEquals(settle({ ...PLAIN, ...files }).kafka?.tls, { ca: "/ca", cert: "/cert", key: "/key", insecure: false });
  const insecure = settle({ ...PLAIN, KAFKA_TLS_INSECURE: "true" });
  assertEquals(insecure.kafka?.tls?.insecure, true);
  assertStringIncludes(insecure.warnings[0] ?? "", "Accepting any broker certificate: KAFKA_TLS_INSECURE");
  const off = { ...PLAIN, KAFKA_ENABLE_TLS: "false" };
  for (const [name, path] of [["KAFKA_TLS_CA", "/ca"], ["KAFKA_TLS_INSECURE", "true"]] as const) {
    assertStringIncludes(errorOf({ ...off, [name]: path }), `Cannot use ${name}: KAFKA_ENABLE_TLS turns TLS off`);
  }
  assertStringIncludes(errorOf({ ...PLAIN, KAFKA_TLS_CERT: "/cert" }), "expected --tls-key (KAFKA_TLS_KEY)");
  assertStringIncludes(errorOf({ ...PLAIN, KAFKA_TLS_KEY: "/key" }), "expected --tls-cert (KAFKA_TLS_CERT)");
  assertStringIncludes(errorOf({ ...PLAIN, KAFKA_TLS_CA: "/ca", KAFKA_TLS_INSECURE: "1" }), "expected one of them");
});

Deno.test("a connection string takes the files of TLS, and its key beats another mechanism", () => {
  const key = "canarycanarycanarycanarycanarycanarycanaryc=";
  const CONNECTION_STRING = `Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey=${key}`;
  const { kafka, warnings } = settle({
    ...{ CONNECTION_STRING, KAFKA_TOPIC: "t", KAFKA_TLS_CA: "/ca", SASL_MECHANISM: "scram-sha-256" },
  });
  assertEquals([kafka?.tls?.ca, kafka?.sasl?.mechanism], ["/ca", "plain"]);
  assertEquals(warnings, ["Ignoring SASL_MECHANISM: CONNECTION_STRING overrides it with its own key"]);
});
