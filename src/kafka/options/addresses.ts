/**
 * Readers of what names something of Kafka: brokers, a topic, a group, a server of tokens.
 *
 * @module
 */

import { type Read, value, wrong } from "../../config/readers.ts";
import { nearest } from "../../config/nearest.ts";
import { fixedText, isTemplate, PLACEHOLDERS, placeholdersOf } from "../../record/topic_template.ts";
import { listItems } from "../../text/list.ts";

/** Reads the URL of a server that gives tokens: http or https, without user information. */
export function readTokenUrl(text: string): Read<string> {
  const expected = "a URL such as https://login.example.com/oauth2/token";
  if (!URL.canParse(text)) return wrong("it is no URL", expected);
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return wrong("its scheme is neither http nor https", expected);
  }
  if (url.username !== "" || url.password !== "") return wrong("it has user information", expected);
  return value(url.href);
}

const EVENT_HUBS = /\.servicebus\.(?:windows\.net|chinacloudapi\.cn|usgovcloudapi\.net|cloudapi\.de)$/i;

/** Says whether a broker (`host` or `host:port`) is an Event Hubs or Fabric endpoint, by the domain of its host. */
export function isEventHubsHost(broker: string): boolean {
  return EVENT_HUBS.test(broker.replace(/:\d+$/, ""));
}

const KAFKA_PORT = 9092;
/** The port of Event Hubs' Kafka endpoint. */
export const EVENT_HUBS_PORT = 9093;
const BROKERS_EXPECTED = "host:port, or several with commas between them,";

/** Reads `host:port[,...]`; a port left out is 9092, for Event Hubs 9093. The answer has each broker once. */
export function readBrokers(text: string): Read<readonly string[]> {
  const names = listItems(text);
  if (names.length === 0) return wrong("it names no server", BROKERS_EXPECTED);
  const brokers = new Set<string>();
  for (const name of names) {
    const read = readBroker(name);
    if (read.kind === "wrong") return read;
    brokers.add(read.value);
  }
  return value([...brokers]);
}

function readBroker(text: string): Read<string> {
  const shown = JSON.stringify(text);
  if (text.includes("://")) return wrong(`${shown} has a scheme`, BROKERS_EXPECTED);
  const [, ipv6, ipv6Port] = /^\[([0-9a-f:.]+)\](?::(.*))?$/i.exec(text) ?? [];
  if (ipv6 === undefined && (text.startsWith("[") || text.split(":").length > 2)) {
    return wrong(`${shown} is no address, or has more than one port`, `${BROKERS_EXPECTED} IPv6 as [::1]:9092,`);
  }
  const [host = "", port] = ipv6 === undefined ? text.split(":") : [`[${ipv6}]`, ipv6Port];
  if (ipv6 !== undefined && !URL.canParse(`http://${host}/`)) {
    return wrong(`${shown} is no IPv6 address`, BROKERS_EXPECTED);
  }
  if (ipv6 === undefined && !/^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\.?$/.test(host)) {
    return wrong(`${shown} has no usable host name`, BROKERS_EXPECTED);
  }
  if (port === undefined) return value(`${host}:${isEventHubsHost(host) ? EVENT_HUBS_PORT : KAFKA_PORT}`);
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0;
  if (number < 1 || number > 65535) return wrong(`${shown} has no port from 1 to 65535`, BROKERS_EXPECTED);
  return value(`${host}:${number}`);
}

/** Reads the name of a Kafka topic. */
export function readTopic(text: string): Read<string> {
  const expected = "a name of up to 249 letters, digits, dots, underscores and hyphens";
  if (text.length > 249) return wrong("it is too long", expected);
  if (text === "." || text === "..") return wrong("it is a name that Kafka forbids", expected);
  return /^[A-Za-z0-9._-]+$/.test(text)
    ? value(text)
    : wrong("it holds a character that Kafka forbids in a topic", expected);
}

/** Beside it there is room for each type, and for all but the longest collections. */
const MAX_FIXED_LENGTH = 180;

/** Reads the name of a topic, or a template of names such as `bluesky.{collection}`. */
export function readTopicTemplate(text: string): Read<string> {
  if (!isTemplate(text)) return readTopic(text);
  const expected = `${PLACEHOLDERS.map((name) => `{${name}}`).join(", ")} in the name of a topic`;
  const unknown = placeholdersOf(text).find((name) => !PLACEHOLDERS.some((each) => each === name));
  if (unknown !== undefined) {
    const meant = nearest(unknown, PLACEHOLDERS);
    return wrong(`{${unknown}} is unknown`, meant === null ? expected : `{${meant}}, or another of ${expected}`);
  }
  const fixed = fixedText(text);
  if (isTemplate(fixed)) return wrong("its braces do not match", expected);
  if (fixed.length > MAX_FIXED_LENGTH) {
    return wrong("it is too long", `at most ${MAX_FIXED_LENGTH} characters beside the placeholders`);
  }
  // What stands in the place of the braces is always good.
  const read = readTopic(text.replaceAll(/[{}]/g, ""));
  return read.kind === "value" ? value(text) : read;
}

/** Takes a name that brokers keep something under: no control characters, 249 bytes at most as for a topic. */
export function readName(text: string): Read<string> {
  const expected = "a name of 1 to 249 bytes without control characters";
  if (/\p{Cc}/u.test(text)) return wrong("it holds a control character", expected);
  return new TextEncoder().encode(text).length > 249 ? wrong("it is longer than 249 bytes", expected) : value(text);
}
