import { assertEquals } from "@std/assert";
import { readFirehoseUrl, readFirehoseUrls } from "../../src/upstream/options.ts";

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

Deno.test("readFirehoseUrls() takes several, each of another host, and says what is wrong with one", () => {
  const path = "/xrpc/com.atproto.sync.subscribeRepos";
  assertEquals(readFirehoseUrls("wss://a.example, ws://b.example:80/x?y=1,2 ,"), {
    kind: "value",
    value: [`wss://a.example${path}`, "ws://b.example/x?y=1,2"],
  });
  assertEquals(readFirehoseUrls("wss://a.example/x,wss://a.example/y"), {
    kind: "wrong",
    is: "it names a.example twice",
    expected: "a host once",
  });
  for (const text of ["", ",", "wss://a.example,https://b.example", "wss://a.example, b"]) {
    assertEquals(readFirehoseUrls(text).kind, "wrong", text);
  }
});
