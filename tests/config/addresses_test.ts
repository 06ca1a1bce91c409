import { assertEquals } from "@std/assert";
import {
  isEventHubsHost,
  publicUrl,
  readBrokers,
  readFirehoseUrl,
  readFirehoseUrls,
  readHost,
  readTokenUrl,
  readTopic,
} from "../../src/config/addresses.ts";

function isOf(read: { readonly kind: string; readonly is?: string }): string | undefined {
  return read.kind === "wrong" ? read.is : undefined;
}

const JETSTREAM = "it is a Jetstream, which sends JSON instead of the firehose's signed commits";
const LABELER = "it is a labeler, whose stream has labels and no records";

Deno.test("readFirehoseUrl() takes ws and wss and keeps the path", () => {
  for (
    const url of [
      "wss://bsky.network/xrpc/com.atproto.sync.subscribeRepos",
      "ws://127.0.0.1:6008/xrpc/com.atproto.sync.subscribeRepos",
      "wss://relay.example/elsewhere?tier=1",
      "wss://jetstream1.example/xrpc/com.atproto.sync.subscribeRepos",
    ]
  ) {
    assertEquals(readFirehoseUrl(url), { kind: "value", value: url });
  }
});

Deno.test("readFirehoseUrl() completes a URL that has a host only", () => {
  assertEquals(readFirehoseUrl("ws://localhost:6008"), {
    kind: "value",
    value: "ws://localhost:6008/xrpc/com.atproto.sync.subscribeRepos",
  });
});

Deno.test("readFirehoseUrl() says what is wrong when the URL is none of a firehose", () => {
  for (
    const [url, is] of [
      ["bsky.network", "it is no URL"],
      ["", "it is no URL"],
      ["https://bsky.network/", "its scheme is neither ws nor wss"],
      ["localhost:6008", "its scheme is neither ws nor wss"],
      ["wss://bsky.network/#top", "it has a fragment"],
      ["wss://bsky.network/xrpc/com.atproto.sync.subscribeRepos?cursor=5", "it holds a cursor"],
      ["wss://jetstream2.us-east.bsky.network/subscribe?wantedCollections=a.b.c", JETSTREAM],
      ["ws://localhost:6008/subscribe", JETSTREAM],
      ["wss://jetstream1.us-west.bsky.network", JETSTREAM],
      ["wss://mod.bsky.app/xrpc/com.atproto.label.subscribeLabels", LABELER],
    ] as const
  ) {
    assertEquals(isOf(readFirehoseUrl(url)), is, url);
  }
});

Deno.test("publicUrl() drops user information, query and fragment", () => {
  assertEquals(publicUrl("wss://user:canary@relay.example:8443/path?token=canary#x"), "wss://relay.example:8443/path");
});

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

Deno.test("readTopic() takes what Kafka takes", () => {
  for (const topic of ["bluesky", "Bluesky.Feed_Post-1", "a".repeat(249)]) {
    assertEquals(readTopic(topic), { kind: "value", value: topic });
  }
  for (const topic of ["", ".", "..", "a b", "a/b", "a,b", "é", "a".repeat(250)]) {
    assertEquals(readTopic(topic).kind, "wrong", topic);
  }
});

Deno.test("readHost() takes names and addresses, and nothing with a port or a scheme", () => {
  for (const host of ["127.0.0.1", "0.0.0.0", "::", "::1", "fe80::1", "localhost", "pod-1.svc"]) {
    assertEquals(readHost(host), { kind: "value", value: host });
  }
  for (const host of ["localhost:1", "http://localhost", "[::1]", "::g", "1::2::3", "a b", "-a", "a/b"]) {
    assertEquals(readHost(host).kind, "wrong", host);
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

Deno.test("readFirehoseUrls() takes several, each of another host, and says what is wrong with one", () => {
  const path = "/xrpc/com.atproto.sync.subscribeRepos";
  assertEquals(readFirehoseUrls("wss://a.example, ws://b.example:80/x?y=1,2 ,"), {
    kind: "value",
    value: [`wss://a.example${path}`, "ws://b.example/x?y=1,2"],
  });
  assertEquals(readFirehoseUrls("wss://a.example/x,wss://a.example/y"), {
    kind: "wrong",
    is: "it names a.example twice",
    wanted: "a host once",
  });
  for (const text of ["", ",", "wss://a.example,https://b.example", "wss://a.example, b"]) {
    assertEquals(readFirehoseUrls(text).kind, "wrong", text);
  }
});
