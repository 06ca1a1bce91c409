import { assert, assertEquals } from "@std/assert";
import { settingsOf, settingsText } from "../../../src/cli/check/settings.ts";

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
  assertEquals(shown.get("--collections"), ["*", "BLUESKY_COLLECTIONS"]);
  assertEquals(shown.get("--cursor-file"), ["/tmp/bluesky_cursor", "default"]);
  assertEquals(shown.has("--max-events"), false);
  const text = settingsText(settings);
  assertEquals(/canary|\/secret/.test(text), false, text);
  assert(/--sasl-password +\(hidden\) +SASL_PASSWORD\n/.test(text), text);
});

Deno.test("settingsText() keeps each setting on a line of its own", () => {
  const text = settingsText([{ flag: "--output", text: `a\nb${"c".repeat(100)}`, from: "--output" }]);
  assertEquals(text.split("\n").length, 2);
  assert(text.includes("..."), text);
});
