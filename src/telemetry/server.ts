/**
 * The server for who watches: a page for people, /metrics for Prometheus, /livez and /readyz for orchestrators. It answers from the first
 * moment, also while brokers are waited for, until all is delivered.
 *
 * @module
 */
import { CONTENT_TYPE, expositionText } from "./exposition.ts";
import { type HttpAnswer, type HttpBounds, type HttpRequest, serveHttp, textAnswer } from "./http.ts";
import type { Figures } from "./metrics.ts";
import type { StatusPage } from "./page/page.ts";
import { UNREADY, type UnreadyReason } from "./readiness.ts";

/** What the server is made of. */
export interface MetricsServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** What / shows; null: there is no page. */
  readonly page: StatusPage | null;
}

/** What the clients of the port may take, whoever they are. */
export const METRICS_BOUNDS: HttpBounds = {
  connections: 64,
  headBytes: 16_384,
  bodyBytes: 65_536,
  exchangeMs: 10_000,
  stopMs: 2000,
};

/** A server that runs until it is disposed of, which takes two seconds at most. */
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
export function openMetricsServer({ state, metrics, unready }: Figures, options: MetricsServerOptions): MetricsServer {
  const { host: hostname, port, page } = options;
  const answer = (request: HttpRequest): HttpAnswer => {
    const { method, path } = request;
    if (method !== "GET" && method !== "HEAD") return textAnswer(405, "expected GET\n", { allow: "GET, HEAD" });
    switch (path) {
      case "/metrics":
        return textAnswer(200, expositionText(Object.values(metrics)), { "content-type": CONTENT_TYPE });
      case "/livez":
        return textAnswer(200, "alive\n");
      case "/readyz":
        return readyz(unready(), state.deliveryLagMs);
      default:
        return page?.answer(request, hostname) ?? textAnswer(404, "expected /, /metrics, /livez or /readyz\n");
    }
  };
  try {
    const listener = Deno.listen({ hostname, port });
    const { addr } = listener;
    const server = serveHttp(listener, answer, METRICS_BOUNDS);
    const shown = addr.hostname.includes(":") ? `[${addr.hostname}]` : addr.hostname;
    return {
      url: `http://${shown}:${addr.port}`,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  } catch (cause) {
    const is = cause instanceof Error ? cause.message : String(cause);
    throw new ListenError(`Cannot listen on ${hostname}:${port}: ${is}`, { cause });
  }
}

/**
 * What /readyz says, as JSON: `{"ready": false, "reason": "...", "reasons": [{"reason": ..., "meaning": ...}],
 * "deliveryLagSeconds": 0}`.
 */
function readyz(reasons: readonly UnreadyReason[], deliveryLagMs: number): HttpAnswer {
  const body = {
    ready: reasons.length === 0,
    reason: reasons[0] ?? null,
    reasons: reasons.map((reason) => ({ reason, meaning: UNREADY[reason] })),
    deliveryLagSeconds: deliveryLagMs / 1000,
  };
  return textAnswer(body.ready ? 200 : 503, JSON.stringify(body) + "\n", { "content-type": "application/json" });
}
