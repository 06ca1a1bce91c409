import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } from "kafkajs";
import { join } from "node:path";
import type { Broker } from "../../scripts/kafka.ts";
import { consumeAll, createTopic, withAdmin } from "../support/kafka.ts";
import { type Ended, RunningProgram, runProgram, type Variables } from "../support/program.ts";
import { Proxy } from "../support/proxy.ts";
import { connectionString, EVENT_HUBS_KEY, secureKafkaTest, unsignedToken, USERS } from "../support/secure_broker.ts";
import { simulator } from "../support/stream.ts";
import { TokenServer } from "../support/token_server.ts";
import { until } from "../support/wait.ts";

const TOPIC = "secured";
const EVENTS = 40;
/** Where the namespace is, so that the broker can be told the connection string before it has a port. */
const PROXY = new Proxy();
const OAUTH_SECRET = "canary-oauth-client";
const SECRETS = [...Object.values(USERS), EVENT_HUBS_KEY, OAUTH_SECRET, "canary"];

/** Everybody who got in may write to the topic. */
async function permit(broker: Broker): Promise<void> {
  await createTopic(broker, TOPIC, 2);
  await withAdmin(broker, (admin) =>
    admin.createAcls({
      acl: [{
        resourceType: AclResourceTypes.TOPIC,
        resourceName: TOPIC,
        resourcePatternType: ResourcePatternTypes.LITERAL,
        principal: "User:*",
        host: "*",
        operation: AclOperationTypes.WRITE,
        permissionType: AclPermissionTypes.ALLOW,
      }],
    }));
}

const NAME = "stream gets in by each way of its options, or says why not, and never tells a secret";

secureKafkaTest(NAME, PROXY.port, async (broker, certificates) => {
  await using proxy = PROXY;
  proxy.target = broker.listeners["HUBS"] ?? "";
  await permit(broker);
  const { program, url } = await simulator("--frames", "1000", "--rate", "2000", "--accounts", "10");
  await using _simulator = program;
  await using tokens = new TokenServer((request) => {
    const login = atob(request.headers.get("authorization")?.replace("Basic ", "") ?? "");
    const isKnown = login === `client:${OAUTH_SECRET}` || request.headers.get("metadata") === "true" ||
      new URLSearchParams(request.body).get("client_assertion") === "canary-assertion";
    return unsignedToken("alice", isKnown ? 300 : -60);
  });
  const folder = await Deno.makeTempDir();
  const secretFile = async (name: string, text: string) => {
    await Deno.writeTextFile(join(folder, name), `${text}\n`);
    return join(folder, name);
  };
  const command = () => {
    const base = ["stream", "--firehose-url", url, "--cursor", "oldest", "--cursor-file", join(folder, "cursor")];
    const more = ["--collections", "", "--max-events", String(EVENTS), "--log-level", "debug"];
    return [...base, ...more];
  };
  const run = async (env: Variables, args: readonly string[] = []): Promise<Ended> => {
    const ended = await runProgram([...command(), ...args], env);
    for (const secret of SECRETS) assert(!(ended.stdout + ended.stderr).includes(secret), `told: ${ended.stderr}`);
    return ended;
  };
  let runs = 0;
  const works = async (env: Variables, args: readonly string[] = []) => {
    const { code, stderr } = await run(env, args);
    assertEquals(code, 0, stderr);
    runs++;
    return stderr;
  };
  const fails = async (why: string, env: Variables, args: readonly string[] = []) => {
    const { code, stderr } = await run(env, args);
    assertEquals(code, 1, stderr);
    assertStringIncludes(stderr, why);
  };

  const at = (listener: string) => ({ KAFKA_BOOTSTRAP_SERVERS: broker.listeners[listener] ?? "", KAFKA_TOPIC: TOPIC });
  const open = { ...at("SASL"), KAFKA_ENABLE_TLS: "false" };
  const alice = { SASL_USERNAME: "alice", SASL_PASSWORD: USERS.alice };
  const warned = await works({ ...open, ...alice });
  assertStringIncludes(warned, "Sending credentials without encryption");
  const passwordFile = await secretFile("password", USERS.alice);
  await works({ ...open, SASL_USERNAME: "alice" }, ["--sasl-password-file", passwordFile]);
  await works({ ...open, SASL_USERNAME: "alice", SASL_PASSWORD_FILE: passwordFile, SASL_MECHANISM: "scram-sha-512" });
  await fails("Invalid username or password", { ...open, ...alice, SASL_PASSWORD: USERS.mallory });

  const trust = ["--tls-ca", certificates.ca];
  await works({ ...at("SASLTLS"), ...alice }, trust);
  await works(at("MTLS"), [...trust, "--tls-cert", certificates.clientCert, "--tls-key", certificates.clientKey]);
  assertStringIncludes(await works(at("MISNAMED"), ["--tls-insecure"]), "Accepting any broker certificate");
  const encryptedKey = await secretFile("key", "-----BEGIN ENCRYPTED PRIVATE KEY-----");
  await fails("unable to verify", at("TLS"), ["--tls-ca", certificates.otherCa]);
  await fails("it holds no PEM", at("TLS"), ["--tls-ca", passwordFile]);
  await fails("is encrypted", at("MTLS"), [...trust, "--tls-cert", certificates.clientCert, "--tls-key", encryptedKey]);
  await fails("it does not exist", at("TLS"), ["--tls-ca", join(folder, "absent")]);

  const bearer = { ...open, SASL_MECHANISM: "oauthbearer" };
  const client = { ...bearer, OAUTH_TOKEN_URL: `${tokens.url}token`, OAUTH_CLIENT_ID: "client" };
  await works(client, ["--oauth-client-secret-file", await secretFile("client", OAUTH_SECRET)]);
  await fails("refuses the OAuth token", { ...client, OAUTH_CLIENT_SECRET: "canary-wrong" });
  await works({ ...bearer, IDENTITY_ENDPOINT: `${tokens.url}msi`, OAUTH_SCOPE: "https://ns.example/.default" });
  await works({
    ...bearer,
    AZURE_FEDERATED_TOKEN_FILE: await secretFile("assertion", "canary-assertion"),
    AZURE_AUTHORITY_HOST: tokens.url,
    AZURE_TENANT_ID: "tenant",
    AZURE_CLIENT_ID: "mine",
    OAUTH_SCOPE: "https://ns.example/.default",
  });
  // A server may repeat what it was sent.
  tokens.description = `no such client: ${OAUTH_SECRET}`;
  tokens.status = 503;
  await using waiting = new RunningProgram(command(), { ...client, OAUTH_CLIENT_SECRET: OAUTH_SECRET });
  await until("the outage to be told", () => waiting.stderr.includes("HTTP 503"));
  tokens.status = 200;
  assertEquals((await waiting.ended()).code, 0, waiting.stderr);
  assertStringIncludes(waiting.stderr, "no such client: ***");
  assert(!waiting.stderr.includes(OAUTH_SECRET), waiting.stderr);
  runs++;
  tokens.status = 401;
  await fails("HTTP 401 invalid_client: no such client: ***", { ...client, OAUTH_CLIENT_SECRET: OAUTH_SECRET });

  const CONNECTION_STRING = `${connectionString(proxy.port)};EntityPath=${TOPIC}`;
  await works({ CONNECTION_STRING: connectionString(proxy.port), KAFKA_TOPIC: TOPIC }, trust);
  await works({ KAFKA_TOPIC: TOPIC }, [
    ...trust,
    ...["--connection-string-file", await secretFile("hubs", connectionString(proxy.port))],
  ]);
  // The password is the string to the letter, and this namespace knows one without EntityPath.
  await fails("Invalid username or password", { CONNECTION_STRING }, trust);
  assert(proxy.accepted > 3);

  const records = await consumeAll(broker, TOPIC);
  assertEquals(records.length, runs * EVENTS);
});
