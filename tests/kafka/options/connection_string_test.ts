import { assertEquals, assertStringIncludes } from "@std/assert";
import { type ConnectionString, readConnectionString } from "../../../src/kafka/options/connection_string.ts";

const KEY = "canaryCanaryCanaryCanaryCanaryCanaryCanaryC=";
const NAMED = `SharedAccessKeyName=send;SharedAccessKey=${KEY}`;

function read(text: string): ConnectionString {
  const answer = readConnectionString(text);
  if (answer.kind === "wrong") throw new Error(`${answer.is}, ${answer.expected}`);
  return answer.value;
}

function assertWrong(text: string, is: string): void {
  const answer = readConnectionString(text);
  if (answer.kind === "value") throw new Error("an error was expected");
  assertStringIncludes(answer.is, is);
  assertEquals(/canary/i.test(answer.is + answer.expected), false, "the secret is told");
}

Deno.test("readConnectionString() takes the string of an event hub", () => {
  const text = `Endpoint=sb://ns.servicebus.windows.net/;${NAMED};EntityPath=bluesky`;
  assertEquals(read(text), {
    brokers: ["ns.servicebus.windows.net:9093"],
    topic: "bluesky",
    tls: true,
    sasl: { mechanism: "plain", username: "$ConnectionString", password: text },
    profile: "event-hubs",
  });
});

Deno.test("readConnectionString() takes the string of a namespace, which has no topic", () => {
  for (const end of ["", ";"]) {
    const text = `Endpoint=sb://ns.servicebus.windows.net/;${NAMED}${end}`;
    assertEquals([read(text).topic, read(text).sasl?.password], [null, text]);
  }
});

Deno.test("readConnectionString() takes the hosts of every Azure cloud, with and without slash or AMQP port", () => {
  for (
    const [endpoint, broker] of [
      ["sb://ns.servicebus.chinacloudapi.cn/", "ns.servicebus.chinacloudapi.cn:9093"],
      ["sb://ns.servicebus.usgovcloudapi.net/", "ns.servicebus.usgovcloudapi.net:9093"],
      ["sb://ns.servicebus.windows.net", "ns.servicebus.windows.net:9093"],
      ["SB://ns.servicebus.windows.net:5671/", "ns.servicebus.windows.net:9093"],
      ["sb://esehabc123.servicebus.windows.net/", "esehabc123.servicebus.windows.net:9093"],
      ["sb://hubs.stack.example:10093/", "hubs.stack.example:10093"],
    ] as const
  ) {
    const found = read(`Endpoint=${endpoint};${NAMED};EntityPath=t`);
    assertEquals([found.brokers, found.tls, found.profile], [[broker], true, "event-hubs"]);
  }
});

Deno.test("readConnectionString() reads keys in any case and in any order", () => {
  const text = `entitypath=t;SHAREDACCESSKEY=${KEY};sharedaccesskeyname=send;endpoint=sb://ns.servicebus.windows.net/`;
  assertEquals([read(text).topic, read(text).sasl?.password], ["t", text]);
});

Deno.test("readConnectionString() splits a part at its first equals sign only", () => {
  const text = `Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=a=b;SharedAccessKey=${KEY}=;EntityPath=t`;
  assertEquals(read(text).sasl?.password, text);
});

Deno.test("readConnectionString() tolerates quotes, white space and line ends, and cleans the password of them", () => {
  const clean = `Endpoint=sb://ns.servicebus.windows.net/;${NAMED};EntityPath=t`;
  for (
    const text of [
      `"${clean}"`,
      `'${clean}'`,
      `  ${clean}\n`,
      `"${clean}"\r\n`,
      `${clean}"`,
      clean.replaceAll(";", "; "),
      clean.replaceAll(";", ";\n  "),
      clean.replace("EntityPath=t", 'EntityPath="t"'),
      clean.replace("EntityPath=t", "EntityPath = t"),
      clean.replace("canaryCanary", "canary\nCanary"),
    ]
  ) {
    const { topic, sasl, brokers } = read(text);
    assertEquals([topic, sasl?.password, brokers], ["t", clean, ["ns.servicebus.windows.net:9093"]], text);
  }
});

Deno.test("readConnectionString() takes the emulator's string: its host, port 9092, no TLS", () => {
  for (
    const [endpoint, broker] of [
      ["sb://localhost", "localhost:9092"],
      ["sb://localhost:5672", "localhost:9092"],
      ["sb://eventhubs-emulator", "eventhubs-emulator:9092"],
      ["sb://localhost:19092/", "localhost:19092"],
    ] as const
  ) {
    const text = `Endpoint=${endpoint};${NAMED};UseDevelopmentEmulator=true;EntityPath=t`;
    assertEquals(read(text), {
      brokers: [broker],
      topic: "t",
      tls: false,
      sasl: { mechanism: "plain", username: "$ConnectionString", password: text },
      profile: "event-hubs",
    });
  }
  assertEquals(read(`Endpoint=sb://ns.servicebus.windows.net;${NAMED};UseDevelopmentEmulator=false`).tls, true);
});

Deno.test("readConnectionString() takes BootstrapServer for plain Kafka and leaves user and TLS open", () => {
  assertEquals(read("BootstrapServer=localhost:9092;EntityPath=t"), {
    brokers: ["localhost:9092"],
    topic: "t",
    tls: null,
    sasl: null,
    profile: "kafka",
  });
  assertEquals(read("bootstrapserver=a:9092, b:9093,").brokers, ["a:9092", "b:9093"]);
});

Deno.test("readConnectionString() uses the key of a BootstrapServer string that has one", () => {
  const text = `BootstrapServer=ns.servicebus.windows.net:9093;${NAMED};EntityPath=t`;
  assertEquals(read(text), {
    brokers: ["ns.servicebus.windows.net:9093"],
    topic: "t",
    tls: true,
    sasl: { mechanism: "plain", username: "$ConnectionString", password: text },
    profile: "event-hubs",
  });
});

Deno.test("readConnectionString() ignores the settings of other Azure clients", () => {
  const text = `Endpoint=sb://ns.servicebus.windows.net/;${NAMED};EntityPath=t;TransportType=AmqpWebSockets`;
  assertEquals(read(text).sasl?.password, text);
});

Deno.test("readConnectionString() refuses a SharedAccessSignature and says why", () => {
  assertWrong(
    "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessSignature=SharedAccessSignature sr=x&sig=canary;EntityPath=t",
    "which the Kafka endpoint of Event Hubs does not support",
  );
});

Deno.test("readConnectionString() tells each error without a piece of the secret", () => {
  const endpoint = "Endpoint=sb://ns.servicebus.windows.net/";
  for (
    const [text, is] of [
      [endpoint, "neither SharedAccessKeyName nor SharedAccessKey"],
      [`${endpoint};SharedAccessKeyName=canary`, "it has no SharedAccessKey"],
      [`${endpoint};SharedAccessKey=${KEY}`, "it has no SharedAccessKeyName"],
      [NAMED, "neither Endpoint nor BootstrapServer"],
      [`Endpoint=;${NAMED}`, "its Endpoint is empty"],
      [`${endpoint};SharedAccessKeyName=canary;SharedAccessKey=`, "its SharedAccessKey is empty"],
      [`${endpoint};SharedAcessKey=${KEY}`, "a misspelt SharedAccessKey"],
      [`${endpoint};${NAMED};EntityPaht=canary`, "a misspelt EntityPath"],
      [`${endpoint};${NAMED};${NAMED}`, "it has SharedAccessKeyName twice"],
      [`${endpoint};${NAMED};EntityPath=canary canary`, "its EntityPath is no name of a topic"],
      [`${endpoint};${NAMED};canary`, "a part of it has no ="],
      [`Endpoint=https://canary.servicebus.windows.net;${NAMED}`, "its Endpoint is not of the form sb://HOST/"],
      [`Endpoint=sb://;${NAMED}`, "its Endpoint is not of the form sb://HOST/"],
      [`Endpoint=sb://canary:70000/;${NAMED}`, "the port of its Endpoint is none"],
      [`${endpoint};${NAMED};UseDevelopmentEmulator=canary`, "its UseDevelopmentEmulator is neither true nor false"],
      ["BootstrapServer=canary:port;EntityPath=t", "its BootstrapServer is no list of host:port"],
      ["canary.servicebus.windows.net:9093", "a part of it has no ="],
      ["", "neither Endpoint nor BootstrapServer"],
      [";;;", "neither Endpoint nor BootstrapServer"],
    ] as const
  ) {
    assertWrong(text, is);
  }
});
