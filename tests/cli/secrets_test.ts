import { assert, assertEquals } from "@std/assert";
import { main } from "../../src/cli/main.ts";
import { FakeContext } from "../support/context.ts";
import { until } from "../support/wait.ts";
import { OPTIONS } from "../../src/config/config.ts";
import type { OptionSpec } from "../../src/config/option.ts";

const CANARY = "canary+Canary/Canary0123456789=";
/** Nobody listens on port 1. */
const KAFKA = {
  KAFKA_BOOTSTRAP_SERVERS: "127.0.0.1:1",
  KAFKA_TOPIC: "t",
  LOG_LEVEL: "debug",
  KAFKA_ENABLE_TLS: "false",
};

/** The secret options, each with what makes it count, and the text that holds the canary. */
const PLANTED: Readonly<Record<string, { readonly text: string; readonly env: Readonly<Record<string, string>> }>> = {
  saslPassword: { text: CANARY, env: { ...KAFKA, SASL_USERNAME: "me" } },
  oauthClientSecret: {
    text: CANARY,
    env: { ...KAFKA, SASL_MECHANISM: "oauthbearer", OAUTH_TOKEN_URL: "http://127.0.0.1:1/", OAUTH_CLIENT_ID: "me" },
  },
  identityHeader: {
    text: CANARY,
    env: { ...KAFKA, SASL_MECHANISM: "oauthbearer", IDENTITY_ENDPOINT: "http://127.0.0.1:1/", OAUTH_SCOPE: "s" },
  },
  connectionString: {
    text: `Endpoint=sb://127.0.0.1:1/;SharedAccessKeyName=me;SharedAccessKey=${CANARY}`,
    env: { KAFKA_TOPIC: "t", LOG_LEVEL: "debug" },
  },
};

/** As `stream` and as `consume` say it. */
const MISSED = /Kafka is unreachable|cannot be reached/;

/** Runs the program in this process, until it ends or says that Kafka cannot be reached; returns all it printed. */
async function printed(argv: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const context = new FakeContext(env);
  const running = main(argv, context);
  await Promise.race([running, until("Kafka to be missed", () => MISSED.test(context.err))]);
  context.stop();
  await running;
  return context.out + context.err;
}

Deno.test({
  name: "main() never prints a secret: in help, in errors, in the log of an outage, from flag, variable or file",
  // KafkaJS leaves timers to end by themselves.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const secrets = Object.entries<OptionSpec>(OPTIONS).filter(([, spec]) => spec.secret);
    assertEquals(secrets.map(([name]) => name), Object.keys(PLANTED));
    const folder = await Deno.makeTempDir();
    const cursor = `--cursor-file=${folder}/cursor`;
    let runs = 0;
    for (const [name, { flag, env: variables }] of secrets) {
      const { text, env } = PLANTED[name] ?? { text: "", env: {} };
      const file = `${folder}/${name}`;
      await Deno.writeTextFile(file, text);
      const [variable = ""] = variables;
      const ways = [
        { args: [`--${flag}`, text], env },
        { args: [], env: { ...env, [variable]: text } },
        { args: [`--${flag}-file`, file], env },
        { args: [], env: { ...env, [`${variable}_FILE`]: file } },
      ];
      for (const way of ways) {
        const outage = await printed(["stream", cursor, ...way.args], way.env);
        assert(MISSED.test(outage), outage);
        const error = await printed(["stream", "--sample-rate", text, "--no-such-flag", text, ...way.args], way.env);
        assert(error.includes("--sample-rate (value hidden)"), error);
        const help = await printed(["stream", ...way.args, "--help"], way.env);
        assert(help.includes("Usage:"), help);
        for (const said of [outage, error, help]) assert(!said.includes(CANARY), said);
        runs++;
      }
      // A secret in the place of the path of its file.
      const misplaced = await printed(["stream", `--${flag}-file`, text], env);
      assert(misplaced.includes(`--${flag}-file`) && !misplaced.includes(CANARY), misplaced);
    }
    assertEquals(runs, 16);
  },
});
