/**
 * Connection strings of Event Hubs and Fabric, and their plain Kafka relative:
 *
 *     Endpoint=sb://NAMESPACE.servicebus.windows.net/;SharedAccessKeyName=N;SharedAccessKey=K[;EntityPath=TOPIC]
 *     Endpoint=sb://localhost;SharedAccessKeyName=N;SharedAccessKey=K;UseDevelopmentEmulator=true[;EntityPath=TOPIC]
 *     BootstrapServer=host:port[,...][;EntityPath=TOPIC]
 *
 * The whole string is a secret: no answer here repeats a piece of it, only names from the list of known keys.
 *
 * @module
 */

import { distance } from "../../config/nearest.ts";
import { type Read, value, wrong } from "../../config/readers.ts";
import type { PasswordLogin, ProfileName } from "../client/options.ts";
import { EVENT_HUBS_PORT, isEventHubsHost, readBrokers, readTopic } from "./addresses.ts";

/** What a connection string says; null where it says nothing and other settings complete it. */
export interface ConnectionString {
  /** `host:port` of the brokers to start from; one at least. */
  readonly brokers: readonly string[];
  /** EntityPath. */
  readonly topic: string | null;
  /** Whether connections are encrypted. */
  readonly tls: boolean | null;
  /** With what to authenticate: for Event Hubs the whole string is the password. */
  readonly sasl: PasswordLogin | null;
  /** Which limits and time-outs hold. */
  readonly profile: ProfileName;
}

const KEYS = [
  "Endpoint",
  "SharedAccessKeyName",
  "SharedAccessKey",
  "SharedAccessSignature",
  "EntityPath",
  "BootstrapServer",
  "UseDevelopmentEmulator",
] as const;
type Key = typeof KEYS[number];

const EXPECTED =
  "Endpoint=sb://NAMESPACE.servicebus.windows.net/;SharedAccessKeyName=NAME;SharedAccessKey=KEY;EntityPath=TOPIC " +
  "or BootstrapServer=HOST:PORT;EntityPath=TOPIC";

const SASL_USER = "$ConnectionString";
const EMULATOR_PORT = 9092;
// Ports of AMQP and HTTPS: an Endpoint that names one of them says nothing about Kafka.
const OTHER_PORTS: ReadonlySet<string> = new Set(["", "443", "5671", "5672"]);

/** Reads a connection string. Quotes, white space and line ends round it and its parts are tolerated. */
export function readConnectionString(text: string): Read<ConnectionString> {
  const split = splitParts(text);
  if (split.kind === "wrong") return split;
  const { parts, clean } = split.value;
  if (parts.has("SharedAccessSignature")) {
    return wrong(
      "it holds a SharedAccessSignature, which the Kafka endpoint of Event Hubs does not support",
      "a string with SharedAccessKeyName and SharedAccessKey",
    );
  }
  const topic = parts.get("EntityPath");
  const topicRead = topic === undefined ? null : readTopic(topic);
  if (topicRead?.kind === "wrong") return wrong("its EntityPath is no name of a topic", topicRead.expected);
  const emulator = readFlag(parts.get("UseDevelopmentEmulator"));
  if (emulator === null) return wrong("its UseDevelopmentEmulator is neither true nor false", "true or false");

  const servers = parts.get("BootstrapServer");
  const brokers = servers === undefined
    ? brokersOfEndpoint(parts.get("Endpoint"), emulator)
    : brokersOfServers(servers);
  if (brokers.kind === "wrong") return brokers;
  const hasName = parts.has("SharedAccessKeyName");
  const hasKey = parts.has("SharedAccessKey");
  const needsKey = servers === undefined || hasName || hasKey;
  if (needsKey && !hasName && !hasKey) return wrong("it has neither SharedAccessKeyName nor SharedAccessKey", EXPECTED);
  if (needsKey && !hasKey) return wrong("it has no SharedAccessKey", EXPECTED);
  if (needsKey && !hasName) return wrong("it has no SharedAccessKeyName", EXPECTED);
  return value({
    brokers: brokers.value,
    topic: topicRead?.value ?? null,
    tls: needsKey ? !emulator : null,
    sasl: needsKey ? { mechanism: "plain", username: SASL_USER, password: clean } : null,
    profile: needsKey || brokers.value.some(isEventHubsHost) ? "event-hubs" : "kafka",
  });
}

/** The parts by key, and the string as Event Hubs expects it: without the quotes and line ends that were tolerated. */
function splitParts(text: string): Read<{ readonly parts: ReadonlyMap<Key, string>; readonly clean: string }> {
  const parts = new Map<Key, string>();
  const clean: string[] = [];
  for (const part of unquote(text.replace(/[\r\n]+\s*/g, "")).split(";")) {
    const cut = part.indexOf("=");
    if (part.trim() === "") {
      clean.push("");
      continue;
    }
    if (cut < 0) return wrong("a part of it has no =", EXPECTED);
    const name = part.slice(0, cut).trim();
    const content = unquote(part.slice(cut + 1));
    clean.push(`${name}=${content}`);
    const key = KEYS.find((known) => known.toLowerCase() === name.toLowerCase());
    if (key === undefined) {
      // Azure's other settings (TransportType, OperationTimeout ...) are not for Kafka; a slip of the pen is an error.
      const meant = KEYS.find((known) => distance(name, known) <= 2);
      if (meant !== undefined) return wrong(`it has a misspelt ${meant}`, EXPECTED);
      continue;
    }
    if (parts.has(key)) return wrong(`it has ${key} twice`, EXPECTED);
    if (content === "") return wrong(`its ${key} is empty`, EXPECTED);
    parts.set(key, content);
  }
  return value({ parts, clean: clean.join(";") });
}

function unquote(text: string): string {
  const trimmed = text.trim();
  const quoted = /^(["'])([^]*)\1$/.exec(trimmed)?.[2];
  return (quoted ?? trimmed.replace(/^["']|["']$/g, "")).trim();
}

function readFlag(text: string | undefined): boolean | null {
  if (text === undefined) return false;
  if (/^true$/i.test(text)) return true;
  return /^false$/i.test(text) ? false : null;
}

function brokersOfServers(text: string): Read<readonly string[]> {
  const read = readBrokers(text);
  return read.kind === "value" ? read : wrong("its BootstrapServer is no list of host:port", EXPECTED);
}

function brokersOfEndpoint(text: string | undefined, emulator: boolean): Read<readonly string[]> {
  if (text === undefined) return wrong("it has neither Endpoint nor BootstrapServer", EXPECTED);
  const host = /^sb:\/\/([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?::(\d{1,5}))?\/*$/i.exec(text);
  if (host === null) return wrong("its Endpoint is not of the form sb://HOST/", EXPECTED);
  const [, name = "", given = ""] = host;
  const port = OTHER_PORTS.has(given) ? (emulator ? EMULATOR_PORT : EVENT_HUBS_PORT) : Number(given);
  if (port < 1 || port > 65535) return wrong("the port of its Endpoint is none", EXPECTED);
  return value([`${name}:${port}`]);
}
