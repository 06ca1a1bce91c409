import { assertEquals } from "@std/assert";
import { resolveConfig } from "../../src/config/config.ts";

type Flags = Readonly<Record<string, string>>;

const KAFKA = { kafkaBootstrapServers: "k:9092", kafkaTopic: "t" };

function errorsOf(flags: Flags, env: Flags = {}): readonly string[] {
  const resolution = resolveConfig(flags, env);
  return resolution.kind === "errors" ? resolution.errors : [];
}

Deno.test("commits are dead letters only where those have a place", () => {
  const flags = { ...KAFKA, verify: "proofs", unverified: "dead-letter" };
  assertEquals(errorsOf(flags), [
    'Cannot use --unverified "dead-letter": there is no place for dead letters; expected a topic or a file for them',
  ]);
  assertEquals(errorsOf({ output: "-", unverified: "dead-letter" }, { KAFKA_DEAD_LETTER_TOPIC: "d" }).length, 1);
  assertEquals(errorsOf({ ...flags, deadLetterTopic: "d" }), []);
  assertEquals(errorsOf({ output: "-", unverified: "dead-letter", deadLetterFile: "/d" }), []);
});

Deno.test("proofs that are compared with nothing are a warning", () => {
  const warnings = (flags: Flags) => resolveConfig({ output: "-", ...flags }, {}).warnings;
  assertEquals(warnings({ verify: "proofs" }), [
    'Less effective: --verify "proofs" without --track-repos: commits are not compared with the previous one of their ' +
    "account, so a relay can omit whole commits",
  ]);
  assertEquals(["off", "signatures", "proofs"].map((verify) => warnings({ verify }).length), [0, 0, 1]);
  assertEquals(warnings({ verify: "proofs", trackRepos: "5" }), []);
});
