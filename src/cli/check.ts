/**
 * `check`: whether `stream` would work with these settings, and what to do where not. It looks at everything that
 * `stream` needs, and leaves nothing behind.
 *
 * @module
 */
import { type Context, isAscii } from "../app/process.ts";
import { readAccounts } from "../app/accounts.ts";
import type { Settings } from "../app/settings.ts";
import { type Config, OPTIONS, resolveConfig } from "../config/config.ts";
import { type OptionTable, outputSwitch } from "../config/option.ts";
import { readBoolean } from "../config/readers.ts";
import { readTable } from "../config/table.ts";
import { printableJson } from "../text/printable.ts";
import { redactor } from "../text/redact.ts";
import { adviceOn } from "./advice.ts";
import { checkBroker } from "./check/broker.ts";
import { checkCursor } from "./check/cursor.ts";
import { type Finding, finding, findingText, verdictText } from "./check/finding.ts";
import { checkFirehose } from "./check/firehose.ts";
import { checkIdentities } from "./check/identities.ts";
import { noteworthy, settingsOf, settingsText } from "./check/settings.ts";
import { checkShards } from "./check/shards.ts";
import { whyUnwritable } from "./check/writable.ts";
import type { Command } from "./command.ts";
import { WORKING_EXITS } from "./exit.ts";

/** The options of `check`: those of `stream`, and how to print. */
export const CHECK_OPTIONS = {
  json: outputSwitch("json", "Print one JSON object: ok, settings, checks"),
  verbose: outputSwitch(
    "verbose",
    "Show all settings, including defaults and unused ones; --json always does",
  ),
  ...OPTIONS,
} as const satisfies OptionTable;

/** The `check` command. */
export const CHECK: Command = {
  name: "check",
  summary: "Test whether stream would work with these settings, and what to do if not: status 0 or 1",
  options: CHECK_OPTIONS,
  operands: [],
  mostUsed: ["json", "kafkaBootstrapServers", "kafkaTopic", "output"],
  examples: [
    {
      line: "check --kafka-bootstrap-servers localhost:9092 --kafka-topic bluesky",
      does: "relay, brokers and topic, before the first start",
      first: true,
    },
    { line: "check --output - --json", does: "the relay only, as JSON" },
  ],
  exits: {
    ok: "stream would work with these settings; there may be warnings",
    failed: "stream would fail: a check failed, and its line says what to do",
    interrupted: WORKING_EXITS.interrupted,
  },
  async run(invocation, context) {
    const { json, verbose, ...flags } = invocation.flags;
    const { env, files } = invocation;
    const { secrets } = readTable(OPTIONS, flags, env, files);
    const hide = redactor(secrets);
    const isJson = isSet(json);
    const ascii = isAscii(context.env);
    const settings = settingsOf(flags, env, files);
    const findings: Finding[] = [];
    const resolution = resolveConfig(flags, env, files);
    const config = resolution.kind === "config" ? resolution.config : null;
    const shown = isSet(verbose) ? settings : noteworthy(settings, config);
    if (!isJson) {
      context.writeOut(`Settings\n${hide(settingsText(shown))}${restText(settings.length - shown.length)}\nChecks\n`);
    }
    for await (const found of look(resolution, invocation.errors, context)) {
      findings.push(found);
      if (!isJson) context.writeOut(hide(findingText(found, ascii)));
    }
    const ok = findings.every(({ status }) => status !== "failed");
    context.writeOut(
      isJson
        ? `${printableJson(hide(JSON.stringify({ ok, settings, checks: findings })))}\n`
        : `\n${verdictText(findings)}`,
    );
    return ok ? "ok" : "failed";
  },
};

function isSet(text: string | undefined): boolean {
  const read = readBoolean(text === undefined ? "false" : text || "true");
  return read.kind === "value" && read.value;
}

function restText(count: number): string {
  return count === 0 ? "" : `  ${count} more have their default or are unused; --verbose shows them\n`;
}

async function* look(
  resolution: ReturnType<typeof resolveConfig>,
  errors: readonly string[],
  context: Context,
): AsyncGenerator<Finding> {
  for (const warning of resolution.warnings) yield finding("settings", "warning", warning);
  const wrong = [...errors, ...(resolution.kind === "errors" ? resolution.errors : [])];
  for (const error of wrong) yield finding("settings", "failed", error, "fix it and run check again");
  if (resolution.kind === "errors" || wrong.length > 0) return;
  yield finding("settings", "ok", "valid");
  const { config, origins } = resolution;
  yield* checkAccounts({ config, origins });
  const { found, first } = await checkFirehose(config, context.signal, Date.now);
  yield found;
  yield* checkIdentities(config, context.signal, Date.now);
  let brokers = true;
  for await (const each of checkBroker(config, origins, context.signal)) {
    brokers &&= each.status !== "failed";
    yield each;
  }
  if (config.output.kind === "kafka" || origins.cursorFile.kind !== "default") {
    yield await checkCursor({ config, origins }, { liveSeq: first?.seq ?? null, brokers }, context.signal);
  }
  if (brokers) yield* checkShards({ config, origins });
  yield* checkOutput(config);
  yield* checkMetrics(config);
}

/** Whether the lists of accounts can be used. */
async function* checkAccounts(settings: Settings): AsyncGenerator<Finding> {
  const { dids, excludeDids } = settings.config;
  if (dids?.kind !== "file" && excludeDids?.kind !== "file") return;
  try {
    const filter = await readAccounts(settings);
    const only = filter?.dids ? `${filter.dids.size} accounts included` : "all accounts included";
    yield finding("accounts", "ok", filter?.excludeDids ? `${only}, ${filter.excludeDids.size} excluded` : only);
  } catch (error) {
    yield finding("accounts", "failed", error instanceof Error ? error.message : String(error));
  }
}

/** Whether the file of the events could be opened. */
async function* checkOutput({ output }: Config): AsyncGenerator<Finding> {
  if (output.kind !== "file") return;
  const { path } = output;
  const why = await whyUnappendable(path);
  yield why === null
    ? finding("output", "ok", `"${path}" can be written`)
    : finding("output", "failed", `"${path}": ${why}`, "name a file in a folder that this user can write to");
}

/** Why nothing could be appended to a file; null if it could. Opening one that is there changes nothing of it. */
async function whyUnappendable(path: string): Promise<string | null> {
  try {
    (await Deno.open(path, { append: true })).close();
    return null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return await whyUnwritable(path, { createsFolders: false });
    if (error instanceof Deno.errors.IsADirectory) return "it is a folder";
    return error instanceof Error ? error.message : String(error);
  }
}

/** Whether the port of the metrics could be opened. */
function* checkMetrics({ metricsPort: port, metricsHost: hostname }: Config): Generator<Finding> {
  if (port === null) return;
  try {
    Deno.listen({ hostname, port }).close();
    yield finding("metrics", "ok", `${hostname}:${port} can be opened`);
  } catch (error) {
    const is = error instanceof Error ? error.message : String(error);
    // It is a producer's own port where one runs already.
    const status = error instanceof Deno.errors.AddrInUse ? "warning" : "failed";
    yield finding("metrics", status, `${hostname}:${port}: ${is}`, adviceOn(["ListenError"]));
  }
}
