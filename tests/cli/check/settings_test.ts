import { OPTIONS } from "../../../src/config/config.ts";
import { assert, assertEquals } from "@std/assert";
import { resolveConfig } from "../../../src/config/config.ts";
import { noteworthy, settingsOf, settingsText } from "../../../src/cli/check/settings.ts";

const ENV = {
  KAFKA_TOPIC: " bluesky ",
  SASL_PASSWORD: "canary-password",
  BLUESKY_FIREHOSE_URL: "wss://me:canary-url@relay.example/",
  BLUESKY_COLLECTIONS: "",
};

Deno.test("settingsOf() tells each setting and where it comes from, and hides secrets", () => {
  const settings = settingsOf(
    { sampleRate: "0.5", createTopic: "", oauthClientSecretFile: "/secret" },
    ENV,
    { oauthClientSecret: "canary-file" },
  );
  const shown = new Map(settings.map(({ flag, text, from }) => [flag, [text, from]]));
  assertEquals(shown.get("--sample-rate"), ["0.5", "--sample-rate"]);
  assertEquals(shown.get("--create-topic"), ["true", "--create-topic"]);
  assertEquals(shown.get("--kafka-topic"), ["bluesky", "KAFKA_TOPIC"]);
  assertEquals(shown.get("--sasl-password"), [null, "SASL_PASSWORD"]);
  assertEquals(shown.get("--oauth-client-secret"), [null, "--oauth-client-secret-file"]);
  assertEquals(shown.get("--firehose-url"), [null, "BLUESKY_FIREHOSE_URL"]);
  assertEquals(shown.get("--collections"), [OPTIONS.collections.empty, "BLUESKY_COLLECTIONS"]);
  assertEquals(shown.get("--cursor-file"), ["/tmp/bluesky_cursor", "default"]);
  assertEquals(shown.has("--max-events"), false);
  const text = settingsText(settings);
  assertEquals(/canary|\/secret/.test(text), false, text);
  assert(/--sasl-password +\(hidden\) +SASL_PASSWORD\n/.test(text), text);
});

Deno.test("noteworthy() leaves out defaults, and variables of ways to log in that are not taken", () => {
  const always = { KAFKA_BOOTSTRAP_SERVERS: "h:1", KAFKA_TOPIC: "t" };
  const login = { SASL_USERNAME: "u", SASL_PASSWORD: "p" };
  const env = {
    ...always,
    ...login,
    OAUTH_SCOPE: "s",
    IDENTITY_ENDPOINT: "http://127.0.0.1/",
    KAFKA_TLS_CA: "/ca",
  };
  const plain = ["--kafka-bootstrap-servers", "--kafka-topic", "--sasl-username", "--sasl-password", "--tls-ca"];
  for (
    const [flags, variables, shown] of [
      [{}, always, ["--kafka-bootstrap-servers", "--kafka-topic"]],
      [{}, env, plain],
      [{ saslMechanism: "plain" }, { ...always, ...login }, [...plain.slice(0, 4), "--sasl-mechanism"]],
      [{ output: "-" }, env, ["--output"]],
    ] as const
  ) {
    const resolution = resolveConfig(flags, variables);
    assertEquals(resolution.kind, "config");
    if (resolution.kind !== "config") continue;
    const found = noteworthy(settingsOf(flags, variables, {}), resolution.config).map(({ flag }) => flag);
    assertEquals(found.toSorted(), [...shown].toSorted());
  }
});

Deno.test("noteworthy() leaves out nothing that was given where an error may lie in it", () => {
  const settings = settingsOf({ sampleRate: "2", output: "-" }, { OAUTH_SCOPE: "s" }, {});
  const found = noteworthy(settings, null).map(({ flag }) => flag);
  assertEquals(found.toSorted(), ["--oauth-scope", "--output", "--sample-rate"]);
});

Deno.test("settingsText() keeps each setting on a line of its own", () => {
  const text = settingsText([{ flag: "--output", text: `a\nb${"c".repeat(100)}`, from: "--output" }]);
  assertEquals(text.split("\n").length, 2);
  assert(text.includes("..."), text);
});
