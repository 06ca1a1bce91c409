/**
 * The server of metrics and the status page of a run, where there is to be one.
 *
 * @module
 */
import type { Config } from "../config/config.ts";
import type { Ends } from "../telemetry/page/ends.ts";
import type { Watch } from "../telemetry/page/watch.ts";
import { publicUrl, redactor } from "../text/redact.ts";
import type { Observation } from "./observe.ts";
import type { Resolved } from "./settings.ts";

/** A server that answers until it is disposed of. */
export interface Served extends AsyncDisposable, Pick<Watch, "watching"> {}

/**
 * Opens the port, and hands its URL on; null without one. What it takes is loaded then only.
 *
 * @throws {ListenError} if the port cannot be opened
 */
export async function serveFigures(
  { config, secrets }: Pick<Resolved, "config" | "secrets">,
  { parts, log }: Pick<Observation, "parts" | "log">,
  onServing: (url: string) => void,
): Promise<Served | null> {
  const { metricsPort: port, metricsHost: host, pageEvents: maxEvents } = config;
  if (port === null) return null;
  const { openMetricsServer } = await import("../telemetry/server.ts");
  const { statusPage } = await import("../telemetry/page/page.ts");
  const { watchRun } = await import("../telemetry/page/watch.ts");
  const watch = watchRun(parts, {
    ends: endsOf(config),
    maxEvents,
    hide: redactor(secrets),
    clock: () => performance.now(),
  });
  try {
    const server = openMetricsServer(parts, { host, port, page: statusPage(watch.parts) });
    log("info", "Serving metrics", { url: `${server.url}/metrics` });
    onServing(server.url);
    return {
      watching: watch.watching,
      async [Symbol.asyncDispose]() {
        watch[Symbol.dispose]();
        await server[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    watch[Symbol.dispose]();
    throw error;
  }
}

/** Both ends as they are configured. */
export function endsOf({ firehoseUrl, output, kafka }: Pick<Config, "firehoseUrl" | "output" | "kafka">): Ends {
  const relays = firehoseUrl.map(publicUrl);
  if (output.kind === "kafka") {
    return { relays, output: { kind: "kafka", brokers: kafka?.brokers ?? [], topic: kafka?.topic ?? "" } };
  }
  return { relays, output: { kind: "lines", to: output.kind === "file" ? output.path : "standard output" } };
}
