import { assertEquals } from "@std/assert";
import { GROUPS, type OptionSpec } from "../../src/config/option.ts";
import { OPTIONS } from "../../src/config/config.ts";

const SPECS: readonly OptionSpec[] = Object.values(OPTIONS);

// What users rely on: the flags, variables and defaults of the documentation.
const PROMISED = {
  kafkaBootstrapServers: ["kafka-bootstrap-servers", "KAFKA_BOOTSTRAP_SERVERS", null],
  kafkaTopic: ["kafka-topic", "KAFKA_TOPIC", null],
  saslMechanism: ["sasl-mechanism", "SASL_MECHANISM", "plain"],
  saslUsername: ["sasl-username", "SASL_USERNAME", null],
  saslPassword: ["sasl-password", "SASL_PASSWORD", null],
  saslPasswordFile: ["sasl-password-file", "SASL_PASSWORD_FILE", null],
  oauthTokenUrl: ["oauth-token-url", "OAUTH_TOKEN_URL", null],
  oauthClientId: ["oauth-client-id", "OAUTH_CLIENT_ID", null],
  oauthClientSecret: ["oauth-client-secret", "OAUTH_CLIENT_SECRET", null],
  oauthClientSecretFile: ["oauth-client-secret-file", "OAUTH_CLIENT_SECRET_FILE", null],
  oauthScope: ["oauth-scope", "OAUTH_SCOPE", null],
  azureClientId: ["azure-client-id", "AZURE_CLIENT_ID", null],
  azureTenantId: ["azure-tenant-id", "AZURE_TENANT_ID", null],
  azureFederatedTokenFile: ["azure-federated-token-file", "AZURE_FEDERATED_TOKEN_FILE", null],
  azureAuthorityHost: ["azure-authority-host", "AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com/"],
  identityEndpoint: ["identity-endpoint", "IDENTITY_ENDPOINT", null],
  identityHeader: ["identity-header", "IDENTITY_HEADER", null],
  identityHeaderFile: ["identity-header-file", "IDENTITY_HEADER_FILE", null],
  kafkaTls: ["kafka-tls", "KAFKA_ENABLE_TLS", "auto"],
  tlsCa: ["tls-ca", "KAFKA_TLS_CA", null],
  tlsCert: ["tls-cert", "KAFKA_TLS_CERT", null],
  tlsKey: ["tls-key", "KAFKA_TLS_KEY", null],
  tlsInsecure: ["tls-insecure", "KAFKA_TLS_INSECURE", "false"],
  connectionString: ["connection-string", "EVENTHUB_CONNECTION_STRING,CONNECTION_STRING", null],
  connectionStringFile: [
    "connection-string-file",
    "EVENTHUB_CONNECTION_STRING_FILE,CONNECTION_STRING_FILE",
    null,
  ],
  createTopic: ["create-topic", "KAFKA_CREATE_TOPIC", "false"],
  topicPartitions: ["topic-partitions", "KAFKA_TOPIC_PARTITIONS", "4"],
  topicReplication: ["topic-replication", "KAFKA_TOPIC_REPLICATION", "-1"],
  delivery: ["delivery", "BLUESKY_DELIVERY", "at-least-once"],
  transactionalId: ["transactional-id", "KAFKA_TRANSACTIONAL_ID", null],
  cursorGroup: ["cursor-group", "KAFKA_CURSOR_GROUP", null],
  standby: ["standby", "BLUESKY_STANDBY", "false"],
  partitioner: ["partitioner", "KAFKA_PARTITIONER", "murmur2"],
  compression: ["compression", "KAFKA_COMPRESSION", "none"],
  maxTopics: ["max-topics", "KAFKA_MAX_TOPICS", "200"],
  kafkaKey: ["kafka-key", "KAFKA_KEY", "did"],
  kafkaTimestamp: ["kafka-timestamp", "KAFKA_TIMESTAMP", "event"],
  tombstones: ["tombstones", "KAFKA_TOMBSTONES", "false"],
  contentMode: ["content-mode", "CLOUDEVENTS_MODE", "structured"],
  firehoseUrl: [
    "firehose-url",
    "BLUESKY_FIREHOSE_URL",
    "wss://bsky.network/xrpc/com.atproto.sync.subscribeRepos",
  ],
  cursor: ["cursor", "BLUESKY_CURSOR", null],
  cursorFile: ["cursor-file", "BLUESKY_CURSOR_FILE", "/tmp/bluesky_cursor"],
  idleTimeoutMs: ["idle-timeout-secs", "BLUESKY_IDLE_TIMEOUT_SECS", "45"],
  wholeRecords: ["whole-records", "BLUESKY_WHOLE_RECORDS", "false"],
  events: ["events", "BLUESKY_EVENTS", "records"],
  collections: [
    "collections",
    "BLUESKY_COLLECTIONS",
    "app.bsky.feed.post,app.bsky.feed.like,app.bsky.feed.repost,app.bsky.graph.follow",
  ],
  sampleRate: ["sample-rate", "BLUESKY_SAMPLE_RATE,SAMPLE_RATE", "1.0"],
  langs: ["langs", "BLUESKY_LANGS", null],
  posts: ["posts", "BLUESKY_POSTS", "all"],
  dids: ["dids", "BLUESKY_DIDS", null],
  excludeDids: ["exclude-dids", "BLUESKY_EXCLUDE_DIDS", null],
  shard: ["shard", "BLUESKY_SHARD", null],
  handles: ["handles", "BLUESKY_HANDLES", "off"],
  plcUrl: ["plc-url", "BLUESKY_PLC_URL", "https://plc.directory"],
  plcRate: ["plc-rate", "BLUESKY_PLC_RATE", "10"],
  plcExport: ["plc-export", "BLUESKY_PLC_EXPORT", "off"],
  identityCache: ["identity-cache", "BLUESKY_IDENTITY_CACHE", null],
  identityCacheSize: ["identity-cache-size", "BLUESKY_IDENTITY_CACHE_SIZE", "500000"],
  identityTtl: ["identity-ttl", "BLUESKY_IDENTITY_TTL", "24"],
  handleDns: ["handle-dns", "BLUESKY_HANDLE_DNS", null],
  identityStandIn: ["identity-stand-in", "BLUESKY_IDENTITY_STAND_IN", null],
  trackRepos: ["track-repos", "BLUESKY_TRACK_REPOS", "0"],
  rememberSubjects: ["remember-subjects", "BLUESKY_REMEMBER_SUBJECTS", "0"],
  verify: ["verify", "BLUESKY_VERIFY", "off"],
  unverified: ["unverified", "BLUESKY_UNVERIFIED", "mark"],
  verifyThreads: ["verify-threads", "BLUESKY_VERIFY_THREADS", null],
  maxEvents: ["max-events", "BLUESKY_MAX_EVENTS", null],
  output: ["output", "BLUESKY_OUTPUT", "kafka"],
  format: ["format", "BLUESKY_FORMAT", null],
  maxInFlightBytes: ["max-in-flight-bytes", "BLUESKY_MAX_IN_FLIGHT_BYTES", "25165824"],
  shutdownTimeoutMs: ["shutdown-timeout", "SHUTDOWN_TIMEOUT", "30"],
  metricsPort: ["metrics-port", "METRICS_PORT", null],
  metricsHost: ["metrics-host", "METRICS_HOST", "127.0.0.1"],
  pageEvents: ["page-events", "BLUESKY_PAGE_EVENTS", "20"],
  logLevel: ["log-level", "LOG_LEVEL", "info"],
  logFormat: ["log-format", "LOG_FORMAT", "auto"],
  deadLetterTopic: ["dead-letter-topic", "KAFKA_DEAD_LETTER_TOPIC", null],
  maxPauseMs: ["max-pause", "BLUESKY_MAX_PAUSE", "60"],
  failoverRewindMs: ["failover-rewind", "BLUESKY_FAILOVER_REWIND", "60"],
  replayWindowMs: ["replay-window", "BLUESKY_REPLAY_WINDOW", "72"],
  deadLetterFile: ["dead-letter-file", "BLUESKY_DEAD_LETTER_FILE", null],
} satisfies Record<keyof typeof OPTIONS, (string | null)[]>;

Deno.test("OPTIONS has the promised flags, variables and defaults", () => {
  const found = Object.fromEntries(
    Object.entries(OPTIONS).map(([name, spec]) => [name, [spec.flag, spec.env.join(), spec.default]]),
  );
  assertEquals(found, PROMISED);
});

Deno.test("OPTIONS gives no flag and no variable twice", () => {
  const flags = SPECS.map((spec) => spec.flag);
  const variables = SPECS.flatMap((spec) => spec.env);
  assertEquals(new Set(flags).size, flags.length);
  assertEquals(new Set(variables).size, variables.length);
});

Deno.test("OPTIONS has texts by default, alone and when empty that its own readers take", () => {
  let count = 0;
  for (const spec of SPECS) {
    for (const text of [spec.default, spec.implicitValue ?? null, spec.empty ?? null]) {
      if (text === null) continue;
      assertEquals(spec.read(text).kind, "value", `--${spec.flag} ${text}`);
      count++;
    }
  }
  assertEquals(count, 52);
});

Deno.test("OPTIONS has options of every group, and each doc is one line without a full stop", () => {
  assertEquals(new Set(SPECS.map(({ group }) => group)), new Set(GROUPS));
  for (const { doc, flag } of SPECS) assertEquals(/^[A-Z][^\n]+[^.\n]$/.test(doc), true, flag);
});

Deno.test("OPTIONS counts what lets one in as secret, and takes each of them from a file too", () => {
  const secrets = SPECS.filter((spec) => spec.secret);
  assertEquals(
    secrets.map((spec) => spec.flag),
    ["sasl-password", "oauth-client-secret", "identity-header", "connection-string"],
  );
  assertEquals(
    SPECS.filter((spec) => spec.secretName !== undefined).map(({ flag, env }) => [flag, ...env]),
    secrets.map(({ flag, env }) => [`${flag}-file`, ...env.map((name) => `${name}_FILE`)]),
  );
});
