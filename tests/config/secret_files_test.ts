import { assertEquals } from "@std/assert";
import { OPTIONS } from "../../src/config/config.ts";
import { withSecretFiles } from "../../src/config/secret_files.ts";
import { readTable } from "../../src/config/table.ts";

const { saslPassword, kafkaTopic } = OPTIONS;
const TABLE = withSecretFiles({ kafkaTopic, saslPassword });

Deno.test("withSecretFiles() adds a file behind each secret, and behind nothing else", () => {
  assertEquals(Object.keys(TABLE), ["kafkaTopic", "saslPassword", "saslPasswordFile"]);
  const { flag, env, secretName } = TABLE.saslPasswordFile;
  assertEquals([flag, env, secretName], ["sasl-password-file", ["SASL_PASSWORD_FILE"], "saslPassword"]);
});

Deno.test("readTable() takes a secret from what its file secretName, and counts it as secret", () => {
  const files = { saslPassword: "canary\n" };
  const read = readTable(TABLE, { saslPasswordFile: "/run/secret" }, {}, files);
  assertEquals([read.values["saslPassword"], read.errors, read.secrets], ["canary", [], ["canary"]]);
  assertEquals(read.origins.saslPassword, { kind: "flag", name: "--sasl-password-file" });
  const byVariable = readTable(TABLE, {}, { SASL_PASSWORD_FILE: "/run/secret" }, files);
  assertEquals(byVariable.origins.saslPassword, { kind: "variable", name: "SASL_PASSWORD_FILE" });
});

Deno.test("readTable() lets a flag beat the variable of the other form, and tells of two that differ", () => {
  const files = { saslPassword: "canary" };
  const flagOfFile = readTable(TABLE, { saslPasswordFile: "/f" }, { SASL_PASSWORD: "other" }, files);
  assertEquals([flagOfFile.values["saslPassword"], flagOfFile.errors], ["canary", []]);
  const flag = readTable(TABLE, { saslPassword: "other" }, { SASL_PASSWORD_FILE: "/f" }, files);
  assertEquals([flag.values["saslPassword"], flag.errors], ["other", []]);
  const both = [
    readTable(TABLE, { saslPassword: "other", saslPasswordFile: "/f" }, {}, files),
    readTable(TABLE, {}, { SASL_PASSWORD: "other", SASL_PASSWORD_FILE: "/f" }, files),
  ];
  assertEquals(both.map(({ errors }) => errors), [
    [
      "Cannot choose between --sasl-password (value hidden) and --sasl-password-file (value hidden): " +
      "they mean the same setting and differ; expected one of them or the same value in both",
    ],
    [
      "Cannot choose between SASL_PASSWORD (value hidden) and SASL_PASSWORD_FILE (value hidden): " +
      "they mean the same setting and differ; expected one of them or the same value in both",
    ],
  ]);
});
