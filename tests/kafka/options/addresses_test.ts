import { assertEquals } from "@std/assert";
import {
  isEventHubsHost,
  readBrokers,
  readName,
  readTokenUrl,
  readTopic,
  readTopicTemplate,
} from "../../../src/kafka/options/addresses.ts";

function isOf(read: { readonly kind: string; readonly is?: string }): string | undefined {
  return read.kind === "wrong" ? read.is : undefined;
}

Deno.test("isEventHubsHost() knows the domains of every Azure cloud", () => {
  for (
    const host of [
      "ns.servicebus.windows.net:9093",
      "ns.servicebus.windows.net",
      "NS.ServiceBus.Windows.Net:9093",
      "ns.servicebus.chinacloudapi.cn:9093",
      "ns.servicebus.usgovcloudapi.net:9093",
    ]
  ) {
    assertEquals(isEventHubsHost(host), true, host);
  }
  for (const host of ["kafka:9092", "servicebus.windows.net.example:9093", "ns.windows.net:9093"]) {
    assertEquals(isEventHubsHost(host), false, host);
  }
});

Deno.test("readBrokers() takes lists, adds the usual port and folds repetitions", () => {
  assertEquals(readBrokers("a:9092, b.example:19092,a:9092,").kind, "value");
  assertEquals(readBrokers("a:9092, b.example:19092,a:9092,c,10.0.0.1:1,ns.servicebus.windows.net"), {
    kind: "value",
    value: ["a:9092", "b.example:19092", "c:9092", "10.0.0.1:1", "ns.servicebus.windows.net:9093"],
  });
});

Deno.test("readBrokers() takes IPv6 addresses in brackets", () => {
  assertEquals(readBrokers("[::1]:19092,[2001:db8::7], [::ffff:10.0.0.1]:1"), {
    kind: "value",
    value: ["[::1]:19092", "[2001:db8::7]:9092", "[::ffff:10.0.0.1]:1"],
  });
});

Deno.test("readBrokers() says which server of the list is wrong", () => {
  for (
    const [text, is] of [
      [",", "it names no server"],
      ["a:9092,b:0", '"b:0" has no port from 1 to 65535'],
      ["a:65536", '"a:65536" has no port from 1 to 65535'],
      ["a:", '"a:" has no port from 1 to 65535'],
      ["a:kafka", '"a:kafka" has no port from 1 to 65535'],
      [":9092", '":9092" has no usable host name'],
      ["a b:9092", '"a b:9092" has no usable host name'],
      ["SASL_SSL://a:9092", '"SASL_SSL://a:9092" has a scheme'],
      ["::1", '"::1" is no address, or has more than one port'],
      ["[::g]:9092", '"[::g]:9092" is no address, or has more than one port'],
      ["[1:2]:9092", '"[1:2]:9092" is no IPv6 address'],
      ["[::1]:0", '"[::1]:0" has no port from 1 to 65535'],
      ["a:1:2", '"a:1:2" is no address, or has more than one port'],
    ] as const
  ) {
    assertEquals(isOf(readBrokers(text)), is, text);
  }
});

Deno.test("readTopicTemplate() takes names of topics with placeholders that there are, and says which is meant", () => {
  for (const text of ["bluesky", "b.{type}", "{collection}", "{kind}-{collection}"]) {
    assertEquals(readTopicTemplate(text), { kind: "value", value: text });
  }
  const wanted = "{type}, {collection}, {kind} in the name of a topic";
  const wrongs: [string, string, string][] = [
    ["b.{colection}", "{colection} is unknown", `{collection}, or another of ${wanted}`],
    ["b.{}", "{} is unknown", wanted],
    ["b.{kind", "its braces do not match", wanted],
    ["b.{kind}}", "its braces do not match", wanted],
    [`${"b".repeat(181)}{kind}`, "it is too long", "at most 180 characters beside the placeholders"],
    ["b c{kind}", "it holds a character that Kafka forbids in a topic", wantedOf("b c")],
    ["", "it holds a character that Kafka forbids in a topic", wantedOf("b c")],
  ];
  for (const [text, is, expected] of wrongs) {
    assertEquals(readTopicTemplate(text), { kind: "wrong", is, expected }, text);
  }
});

function wantedOf(text: string): string {
  const read = readTopic(text);
  return read.kind === "wrong" ? read.expected : "";
}

Deno.test("readTopic() takes what Kafka takes", () => {
  for (const topic of ["bluesky", "Bluesky.Feed_Post-1", "a".repeat(249)]) {
    assertEquals(readTopic(topic), { kind: "value", value: topic });
  }
  for (const topic of ["", ".", "..", "a b", "a/b", "a,b", "é", "a".repeat(250)]) {
    assertEquals(readTopic(topic).kind, "wrong", topic);
  }
});

Deno.test("readTokenUrl() takes http and https, and no user information", () => {
  assertEquals(readTokenUrl("https://login.example/token"), { kind: "value", value: "https://login.example/token" });
  assertEquals(readTokenUrl("http://127.0.0.1:1"), { kind: "value", value: "http://127.0.0.1:1/" });
  for (const text of ["login.example", "ftp://h/", "https://me:canary@h/"]) {
    const read = readTokenUrl(text);
    assertEquals(read.kind, "wrong", text);
    assertEquals(JSON.stringify(read).includes("canary"), false);
  }
});

Deno.test("readName() takes what brokers take as a name", () => {
  assertEquals(readName("bluesky firehose-ä"), { kind: "value", value: "bluesky firehose-ä" });
  assertEquals(readName("a\nb").kind, "wrong");
  assertEquals(readName("ä".repeat(124)).kind, "value");
  assertEquals(readName("ä".repeat(125)).kind, "wrong");
});
