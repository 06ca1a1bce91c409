/**
 * The options of metrics and log.
 *
 * @module
 */
import { choice, type OptionTable } from "../config/option.ts";
import { integer, type Read, value, wrong } from "../config/readers.ts";
import { LEVELS } from "./log.ts";

/** Reads an address to listen on: a host name, an IPv4 or an IPv6 address. */
export function readHost(text: string): Read<string> {
  const expected = "a host name or an address such as 127.0.0.1";
  if (text.includes("/")) return wrong("it is a URL or a path", expected);
  const isIpv6 = /^[0-9a-f:]*:[0-9a-f:.]*:[0-9a-f:.]*$/i.test(text);
  if (isIpv6) return URL.canParse(`http://[${text}]/`) ? value(text) : wrong("it is no IPv6 address", expected);
  if (text.includes(":")) return wrong("it holds a port, which has an option of its own", expected);
  return /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i.test(text) ? value(text) : wrong("it is no host name", expected);
}

/** The options about the server of metrics. */
export const METRICS_OPTIONS = {
  metricsPort: {
    group: "Operation",
    flag: "metrics-port",
    env: ["METRICS_PORT"],
    placeholder: "PORT",
    read: integer(0, 65_535),
    default: null,
    defaultText: "no server",
    doc: "Port of the status page (/), /metrics, /livez and /readyz; 0 picks a free port and logs it",
  },
  metricsHost: {
    group: "Operation",
    flag: "metrics-host",
    env: ["METRICS_HOST"],
    placeholder: "HOST",
    read: readHost,
    default: "127.0.0.1",
    doc: "Address that --metrics-port listens on; 0.0.0.0 to reach it from outside of a container",
  },
  pageEvents: {
    group: "Operation",
    flag: "page-events",
    env: ["BLUESKY_PAGE_EVENTS"],
    placeholder: "COUNT",
    read: integer(0, 40),
    default: "20",
    doc: "Number of recent events on the status page; 0: none",
  },
} as const satisfies OptionTable;

/** The log's options, for every command that logs. */
export const LOG_OPTIONS = {
  logLevel: {
    group: "Operation",
    flag: "log-level",
    env: ["LOG_LEVEL"],
    ...choice(LEVELS),
    default: "info",
    doc: "Lowest level that is logged",
  },
  logFormat: {
    group: "Operation",
    flag: "log-format",
    env: ["LOG_FORMAT"],
    ...choice(["auto", "text", "json"]),
    default: "auto",
    defaultText: "text on a terminal, json otherwise",
    doc: "Log format on standard error",
  },
} as const satisfies OptionTable;
