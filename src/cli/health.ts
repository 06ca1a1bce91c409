/**
 * `health`: whether the producer that runs beside this lives, by asking its own health endpoint. It is what an image
 * without a shell has for a health check.
 *
 * @module
 */
import { get } from "node:http";
import { OPTIONS, resolve } from "../config/config.ts";
import type { OptionTable } from "../config/option.ts";
import { integer } from "../config/readers.ts";
import { printable } from "../text/printable.ts";
import { type Command, reportErrors } from "./command.ts";
import { WORKING_EXITS } from "./exit.ts";

/** The options of `health`. */
export const HEALTH_OPTIONS = {
  metricsPort: {
    ...OPTIONS.metricsPort,
    // Here 0 names nothing.
    read: integer(1, 65_535),
    defaultText: "none",
    doc: "Metrics port of the running producer",
  },
  metricsHost: { ...OPTIONS.metricsHost, doc: "Address that --metrics-port listens on" },
} as const satisfies OptionTable;

/** Addresses that mean all of a machine, and the one at which it reaches itself. */
const SELF: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };
const TIMEOUT_MS = 4000;
/** /livez answers in one word; whatever answers more is another program, which may never end. */
const MAX_ANSWER_CHARS = 4096;

/** The `health` command. */
export const HEALTH: Command = {
  name: "health",
  summary: "Check that the producer on this machine is alive: status 0 if it is, else 1",
  options: HEALTH_OPTIONS,
  operands: [],
  examples: [{ line: "health --metrics-port 9464", does: "the health check of a container" }],
  exits: {
    ok: "the producer is alive: its /livez answers 200",
    failed: `it is not: another HTTP status, no response within ${TIMEOUT_MS / 1000} s, or no port configured`,
    usage: WORKING_EXITS.usage,
  },
  async run({ flags, env, errors }, context) {
    const resolution = resolve(HEALTH_OPTIONS, flags, env);
    const wrong = [...errors, ...(resolution.kind === "errors" ? resolution.errors : [])];
    if (resolution.kind === "errors" || wrong.length > 0) return reportErrors(wrong, resolution.warnings, context);
    const { metricsPort, metricsHost } = resolution.config;
    if (metricsPort === null) {
      for (const warning of resolution.warnings) context.writeErr(`Warning: ${warning}\n`);
      context.writeErr(
        "Error: Cannot check the health: no port is configured; expected --metrics-port or METRICS_PORT as the " +
          "running program has it\n",
      );
      return "failed";
    }
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const { isAlive, answer } = await askHealth(metricsHost, metricsPort, signal);
    (isAlive ? context.writeOut : context.writeErr)(`${isAlive ? "" : "Error: "}${printable(answer)}\n`);
    return isAlive ? "ok" : "failed";
  },
};

/** What the health endpoint at an address of this machine says; it never throws. */
export async function askHealth(
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<{ readonly isAlive: boolean; readonly answer: string }> {
  const address = SELF[host] ?? host;
  const url = `http://${address.includes(":") ? `[${address}]` : address}:${port}/livez`;
  try {
    // Not fetch(), which sends even this through a proxy that the environment names.
    const { status, body } = await new Promise<{ status: number; body: string }>((resolve, reject) => {
      get(url, { signal, agent: false }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
          if (text.length <= MAX_ANSWER_CHARS) return;
          reject(new RangeError(`the response is larger than ${MAX_ANSWER_CHARS} characters`));
          response.destroy();
        });
        response.on("error", reject);
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text.trim() }));
      }).on("error", reject);
    });
    if (status === 200) return { isAlive: true, answer: body === "" ? "alive" : body };
    return { isAlive: false, answer: `The producer is not alive: ${url} responded with ${status} ${body}`.trimEnd() };
  } catch (error) {
    const reason = signal.aborted ? "no response in time" : error instanceof Error ? error.message : String(error);
    return {
      isAlive: false,
      answer: `Cannot reach ${url}: ${reason}; expected a producer with --metrics-port ${port}`,
    };
  }
}
