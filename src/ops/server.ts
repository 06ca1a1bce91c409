/**
 * The server for who watches: /metrics for Prometheus, /livez and /readyz for orchestrators. It answers from the first
 * moment, also while brokers are waited for, until all is delivered.
 *
 * @module
 */
import process from "node:process";
import type { Figures } from "./catalogue.ts";
import type { Metrics } from "./metrics.ts";
import { type ReadinessLimits, UNREADY, unreadyReasons } from "./readiness.ts";
import { createRegistry } from "./registry.ts";

/** What the server is made of. */
export interface MetricsServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Version of the program. */
  readonly version: string;
  readonly limits: ReadinessLimits;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A server that runs until it is disposed of. */
export interface MetricsServer extends AsyncDisposable {
  /** `http://HOST:PORT`. */
  readonly url: string;
}

/** The port cannot be opened. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

/**
 * Opens the port.
 *
 * @throws {ListenError} if it is taken, not permitted, or no address of this machine
 */
export function openMetricsServer(metrics: Metrics, options: MetricsServerOptions): MetricsServer {
  const { host: hostname, port, limits, now } = options;
  const unready = () => unreadyReasons(metrics, limits, now());
  const registry = createRegistry(() => figuresOf(metrics, unready(), options));
  const answer = async (request: Request): Promise<Response> => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return text(405, "GET is wanted\n", { allow: "GET, HEAD" });
    }
    switch (new URL(request.url).pathname) {
      case "/metrics":
        return text(200, await registry.metrics(), { "content-type": registry.contentType });
      case "/livez":
        return text(200, "alive\n");
      case "/readyz":
        return readyz(unready());
      default:
        return text(404, "/metrics, /livez or /readyz is wanted\n");
    }
  };
  try {
    const server = Deno.serve({ hostname, port, onListen: () => {} }, answer);
    const { addr } = server;
    const shown = addr.hostname.includes(":") ? `[${addr.hostname}]` : addr.hostname;
    return {
      url: `http://${shown}:${addr.port}`,
      [Symbol.asyncDispose]: () => server.shutdown(),
    };
  } catch (cause) {
    const is = cause instanceof Error ? cause.message : String(cause);
    throw new ListenError(
      `Cannot listen on ${hostname}:${port}: ${is}, a free port by --metrics-port and an address of this machine by ` +
        "--metrics-host are wanted",
      { cause },
    );
  }
}

/** What /readyz says, as JSON: `{"ready": false, "reason": "...", "reasons": [{"reason": ..., "meaning": ...}]}`. */
function readyz(reasons: ReturnType<typeof unreadyReasons>): Response {
  const body = {
    ready: reasons.length === 0,
    reason: reasons[0] ?? null,
    reasons: reasons.map((reason) => ({ reason, meaning: UNREADY[reason] })),
  };
  return text(body.ready ? 200 : 503, JSON.stringify(body) + "\n", { "content-type": "application/json" });
}

function text(status: number, body: string, headers: Record<string, string> = {}): Response {
  return new Response(body, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store", ...headers },
  });
}

function figuresOf(
  metrics: Metrics,
  unready: Figures["unready"],
  { version, now }: MetricsServerOptions,
): Figures {
  const { user, system } = process.cpuUsage();
  const { rss, heapTotal } = Deno.memoryUsage();
  return {
    metrics,
    unready,
    version,
    runtime: Deno.version.deno,
    nowMs: now(),
    process: {
      cpuSeconds: (user + system) / 1e6,
      residentBytes: rss,
      heapBytes: heapTotal,
      startSeconds: performance.timeOrigin / 1000,
    },
  };
}
